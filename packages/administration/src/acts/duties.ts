/**
 * Separation of duties: for each act of the administration, the actors who may carry it out and those who never may. The administration API
 * and the operators' pages enforce this table, docs/administration.md is made from it, and an act without a line stops the start.
 */

/** Reasons to refuse an act to somebody who may otherwise carry it out. The sentence completes "never …". */
export const guards = {
  'own-account': 'on one’s own account',
  administrator: 'by a client, on the account of a platform administrator',
  'own-role': 'for a role that one has oneself, or that somebody has who holds one’s credentials',
  'credential-holder': 'to somebody who holds one’s credentials',
  'organization-administrator': 'by a client, for the role organization-administrator',
  'own-client': 'by the client itself',
  'administering-client': 'by a client, on a client with admin/ scopes',
  'stronger-client': 'by a client, on an approved client of production whose scopes it does not have itself',
  'administering-scope': 'with an admin/ scope that the client does not have already',
  'own-work':
    'by who registered the client, has widened it since it was approved or is among its developers, nor by who holds credentials of theirs or whose credentials they hold',
  'other-environment': 'by a data protection officer, in another environment than those of the own role',
  'other-organization': 'in an organisation that one does not administer',
  'undelegated-role': 'for a role that is not delegated',
  'own-emergency': 'on an emergency of one’s own',
  'administrator-of-any-kind': 'on an administrator, of the platform or of an organisation',
} as const;

export type Guard = keyof typeof guards;

/** Officers: in the environments in which a role of theirs may read the trail of requests. */
export const officersToo = 'platform administrators, data protection officers';

export interface Duty {
  /** Method and path below `/admin`; absent if only the operators' pages have the act. */
  readonly act?: string;
  /** Path below `/operate`; absent if only the API has the act. */
  readonly page?: string;
  /** Actors who may act on the page; absent: only platform administrators. */
  readonly by?: 'organization administrators' | typeof officersToo;
  /** The actor can sign in as the person afterwards. */
  readonly givesCredentials?: true;
  readonly never: readonly Guard[];
}

const person = ['own-account', 'administrator'] as const;
const client = ['own-client', 'administering-client'] as const;
const staff = ['other-organization', 'undelegated-role', 'own-account', 'administrator-of-any-kind'] as const;

// prettier-ignore
export const duties: readonly Duty[] = [
  { act: 'GET /clients', page: '/clients', never: [] },
  { act: 'GET /clients/{client_id}', page: '/clients/{client_id}', never: [] },
  { act: 'POST /clients', page: '/add-client', never: ['administering-scope'] },
  { act: 'PATCH /clients/{client_id}', page: '/clients/{client_id}/change', never: [...client, 'administering-scope'] },
  { act: 'POST /clients/{client_id}/approve', page: '/clients/{client_id}/approve', never: [...client, 'own-work'] },
  { act: 'POST /clients/{client_id}/disable', page: '/clients/{client_id}/disable', never: client },
  { act: 'POST /clients/{client_id}/enable', page: '/clients/{client_id}/enable', never: client },
  { act: 'POST /clients/{client_id}/rotate-secret', page: '/clients/{client_id}/rotate-secret', never: [...client, 'stronger-client'] },
  { act: 'POST /clients/{client_id}/drop-old-secret', page: '/clients/{client_id}/drop-old-secret', never: client },
  { act: 'POST /clients/{client_id}/sign-out', page: '/clients/{client_id}/sign-out', never: [] },
  { act: 'GET /registration-tokens', never: [] },
  { act: 'GET /registration-tokens/{token_id}', never: [] },
  { act: 'POST /registration-tokens', never: ['administering-scope'] },
  { act: 'POST /registration-tokens/{token_id}/end', never: [] },
  { act: 'GET /users', page: '/users', never: [] },
  { act: 'GET /users/{username}', page: '/users/{sub}', never: [] },
  { act: 'POST /users', page: '/add-person', givesCredentials: true, never: [] },
  { act: 'PATCH /users/{username}', page: '/users/{sub}/change', givesCredentials: true, never: person },
  { act: 'POST /users/{username}/unlock', page: '/users/{sub}/unlock', never: person },
  { act: 'POST /users/{username}/reset-factors', page: '/users/{sub}/reset-factors', givesCredentials: true, never: person },
  { act: 'POST /users/{username}/reset-link', page: '/users/{sub}/reset-link', givesCredentials: true, never: person },
  { act: 'POST /users/{username}/paper-code', page: '/users/{sub}/paper-code', givesCredentials: true, never: person },
  { act: 'POST /users/{username}/set-password', page: '/users/{sub}/reset-password', givesCredentials: true, never: person },
  { act: 'DELETE /users/{username}/links/{upstream}', page: '/users/{sub}/unlink', never: person },
  { act: 'GET /unconfirmed', page: '/identity', never: [] },
  { act: 'POST /users/{username}/confirm', page: '/users/{sub}/confirm', givesCredentials: true, never: person },
  { act: 'POST /users/{username}/reject', page: '/users/{sub}/reject', never: person },
  { act: 'GET /identity-sources', never: [] },
  { act: 'POST /identity-sources', never: ['own-client'] },
  { act: 'DELETE /identity-sources', never: ['own-client'] },
  { act: 'GET /identity-cases', page: '/identity', never: [] },
  { act: 'POST /identity-cases/{case_id}/decide', page: '/identity/cases/{case_id}/decide', never: person },
  { act: 'POST /users/{username}/disable', page: '/users/{sub}/disable', never: person },
  { act: 'POST /users/{username}/enable', page: '/users/{sub}/enable', never: person },
  { act: 'GET /users/{username}/roles', page: '/users/{sub}', never: [] },
  { act: 'POST /users/{username}/roles', page: '/users/{sub}/give-role', never: [...person, 'organization-administrator', 'credential-holder'] },
  { act: 'DELETE /users/{username}/roles', page: '/users/{sub}/take-role', never: [...person, 'organization-administrator'] },
  { page: '/staff/{environment}/{organization}/give', by: 'organization administrators', never: staff },
  { page: '/staff/{environment}/{organization}/take', by: 'organization administrators', never: staff },
  { page: '/staff/{environment}/{organization}/paper-code', by: 'organization administrators', givesCredentials: true, never: ['other-organization'] },
  { act: 'GET /sessions', page: '/sessions', never: [] },
  { act: 'DELETE /sessions/{session_id}', page: '/sessions/{session_id}/end', never: [] },
  { act: 'POST /users/{username}/sign-out', page: '/users/{sub}/sign-out', never: [] },
  { act: 'GET /keys', page: '/keys', never: [] },
  { act: 'POST /keys', page: '/keys/{rotate|replace}', never: [] },
  { act: 'POST /keys/{kid}/retire', page: '/keys/retire', never: [] },
  { act: 'GET /policies', page: '/policies', never: [] },
  { act: 'PUT /policies/{environment}/{role}', page: '/policies/{environment}/{role}/set', never: ['own-role'] },
  { page: '/policies/add', never: ['own-role'] },
  { act: 'DELETE /policies/{environment}/{role}', page: '/policies/{environment}/{role}/remove', never: ['own-role'] },
  { act: 'GET /access-policies/{environment}', page: '/access', never: [] },
  { act: 'GET /access-policies/{environment}/versions', page: '/access/{environment}', never: [] },
  { act: 'GET /access-policies/{environment}/versions/{version}', page: '/access/{environment}/versions/{version}', never: [] },
  { act: 'POST /access-policies/{environment}/check', page: '/access/{environment}/draft', never: [] },
  { act: 'POST /access-policies/{environment}/try', page: '/access/{environment}/draft', never: [] },
  { act: 'POST /access-policies/{environment}/explain', page: '/access/{environment}/explain', by: officersToo, never: ['other-environment'] },
  { act: 'POST /access-policies/{environment}/activate', page: '/access/{environment}/draft', never: [] },
  { act: 'POST /access-policies/{environment}/rollback', page: '/access/{environment}/rollback/{version}', never: [] },
  { page: '/explain', by: officersToo, never: [] },
  { act: 'GET /broken-glass/{environment}', page: '/glass', by: officersToo, never: [] },
  { act: 'POST /broken-glass/{environment}/{id}/review', page: '/glass/{environment}/{id}/review', by: officersToo, never: ['own-emergency', 'other-environment'] },
  { act: 'GET /legal-holds/{environment}', page: '/holds', by: officersToo, never: [] },
  { act: 'POST /legal-holds/{environment}', page: '/holds/{environment}/set', by: officersToo, never: ['other-environment'] },
  { act: 'POST /legal-holds/{environment}/{id}/lift', page: '/holds/{environment}/{id}/lift', by: officersToo, never: ['other-environment'] },
  { act: 'GET /jobs/{environment}', page: '/jobs', never: [] },
  { act: 'POST /jobs/{environment}/{id}/cancel', page: '/jobs/{environment}/{id}/cancel', never: [] },
  { act: 'POST /jobs/{environment}/{id}/retry', page: '/jobs/{environment}/{id}/retry', never: [] },
  { act: 'GET /subscriptions/{environment}', page: '/subscriptions', never: [] },
  { act: 'POST /subscriptions/{environment}/{id}/pause', page: '/subscriptions/{environment}/{id}/pause', never: [] },
  { act: 'POST /subscriptions/{environment}/{id}/resume', page: '/subscriptions/{environment}/{id}/resume', never: [] },
  { act: 'POST /subscriptions/{environment}/{id}/turn-off', page: '/subscriptions/{environment}/{id}/turn-off', never: [] },
  { act: 'GET /audit-events', page: '/audit', never: [] },
  { page: '/audit/export', never: [] },
];

/** @throws Error for an act without a line: an act that the table does not list is never carried out */
export function dutyOf({ method, path }: { method: string; path: string }): Duty {
  const duty = duties.find(({ act }) => act === `${method} ${path}`);
  if (duty === undefined) throw new Error(`${method} ${path} has no line in the table of duties`);
  return duty;
}
