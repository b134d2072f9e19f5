/** Scopes of the administration, one pair for each part; no wildcard contains them, and only an operator can register them. */
export const adminParts = [
  'clients',
  'users',
  'sessions',
  'keys',
  'policies',
  'access-policies',
  'broken-glass',
  'legal-holds',
  'jobs',
] as const;

/** Approving a client of production must be done by someone other than the person who registers it. */
const approvalScope = 'admin/clients.approve';

/** The audit trail has only a read scope; events alone write to it. */
const auditScope = 'admin/audit.read';

export type AdminScope =
  `admin/${(typeof adminParts)[number]}.${'read' | 'write'}` | typeof approvalScope | typeof auditScope;

export const adminScopes: readonly AdminScope[] = [
  ...adminParts.flatMap((part) => [`admin/${part}.read`, `admin/${part}.write`] as const),
  approvalScope,
  auditScope,
];

export function isAdminScope(token: string): token is AdminScope {
  return (adminScopes as readonly string[]).includes(token);
}
