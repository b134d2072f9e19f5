/** Members of a request by the Single Sign-On server, each read by its type. A wrong one is that server's mistake. */
import type { Authority, Position } from '@dhp/access-policies';
import { isObject, invalid } from '../operations/input.ts';

/** The members of one act, beside its name. */
export type Asked = Readonly<Record<string, unknown>>;

const wrong = (name: string): never => invalid(name, `${name} is wrong.`);

export function textIn(asked: Asked, name: string): string {
  return optionalText(asked, name) ?? wrong(name);
}

export function optionalText(asked: Asked, name: string): string | undefined {
  const value = asked[name];
  return value === undefined || value === null || typeof value === 'string' ? (value ?? undefined) : wrong(name);
}

export function textsIn(asked: Asked, name: string): string[] {
  const value = asked[name] ?? [];
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : wrong(name);
}

/** A version of the access policies; null: none. */
export function versionIn(asked: Asked, name: string): number | null {
  const value = asked[name];
  if (value === null) return null;
  const isVersion = Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31;
  return isVersion ? (value as number) : wrong(name);
}

export function objectsIn(asked: Asked, name: string): Asked[] {
  const value = asked[name] ?? [];
  return Array.isArray(value) && value.every(isObject) ? value : wrong(name);
}

export function authorityIn(asked: Asked): Authority {
  const authority = textIn(asked, 'authority');
  return authority === 'system' || authority === 'user' || authority === 'patient' ? authority : wrong('authority');
}

/** Roles as tokens have them: `family-doctor Organization/7`; and the organisation of a client. */
export function positionsIn(asked: Asked): Position[] {
  const roles = textsIn(asked, 'roles').map((text) => {
    const [role = '', organization = ''] = text.split(' ');
    return { role, organization };
  });
  const own = optionalText(asked, 'organization');
  return own === undefined ? roles : [...roles, { organization: own }];
}
