/** Roles of a process: the servers that it may run. */
import { reject, wants } from './setting.ts';

const roles = ['sso', 'fhir', 'portal'] as const;
/** One role. */
export type Role = (typeof roles)[number];

/** A list of roles such as `sso,fhir`. */
export function parseRoles(text: string): Role[] {
  const parts = text.split(',').map((part) => part.trim());
  for (const part of parts) {
    if (!roles.some((role) => role === part)) reject(wants().role({ role: part, roles: roles.join(', ') }));
  }
  return roles.filter((role) => parts.includes(role));
}
