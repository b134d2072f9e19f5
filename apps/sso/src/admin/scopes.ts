/** Scopes of the administration, one pair for each part; no wildcard contains them, and only an operator can register them. */
export const adminParts = ['clients', 'users', 'sessions', 'keys', 'policies'] as const;

/** The audit trail is read, and written by what happens alone. */
const auditScope = 'admin/audit.read';

export type AdminScope = `admin/${(typeof adminParts)[number]}.${'read' | 'write'}` | typeof auditScope;

export const adminScopes: readonly AdminScope[] = [
  ...adminParts.flatMap((part) => [`admin/${part}.read`, `admin/${part}.write`] as const),
  auditScope,
];

export function isAdminScope(token: string): token is AdminScope {
  return (adminScopes as readonly string[]).includes(token);
}
