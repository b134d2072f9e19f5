/** Scopes of the administration, one pair for each part; no wildcard contains them, and only an operator can register them. */
export const adminParts = ['clients', 'users', 'sessions', 'keys', 'policies'] as const;

export type AdminScope = `admin/${(typeof adminParts)[number]}.${'read' | 'write'}`;

export const adminScopes: readonly AdminScope[] = adminParts.flatMap(
  (part) => [`admin/${part}.read`, `admin/${part}.write`] as const,
);

export function isAdminScope(token: string): token is AdminScope {
  return (adminScopes as readonly string[]).includes(token);
}
