import type { Access } from '../contract/access.ts';

/** Whether a client acts in its own name, for no person. */
export function isByItself({
  authority,
  clientId,
  subject,
}: Pick<Access, 'authority' | 'clientId' | 'subject'>): boolean {
  return authority === 'system' && subject === clientId;
}

/**
 * References to the organisations for which a client acts by itself: a resource that one of their clients writes counts as written by each
 * of them.
 */
export function organizationsByItself(access: Access): string[] {
  return isByItself(access) ? access.positions.map(({ organization }) => organization) : [];
}
