/** Permissions that a SMART scope gives on a type: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/**
 * The permission that a token needs on the type of a route; `public` needs no token, `entries` leaves it to the entries of the Bundle,
 * `types` to the interaction, which asks for each type; `any`: any permission, for operations that read nothing stored; `own`: the
 * interaction asks for a right of its own.
 */
export type RoutePermission = Permission | 'public' | 'entries' | 'types' | 'any' | 'own';

/**
 * Returns the permission for the reads of a route: a caller who may write by criteria may search, and a caller who may patch need not have
 * read access.
 */
export function readingOf(permission: RoutePermission): Permission {
  if (permission === 'u' || permission === 'd' || permission === 's') return permission;
  return permission === 'types' || permission === 'c' ? 's' : 'r';
}
