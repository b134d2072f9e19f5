/**
 * @dhp/sso/administration: what administers clients, people, keys and the audit trail on a migrated database, without the server.
 * It is a door of its own for commands: the server behind @dhp/sso takes most of a second to load.
 */
export { migrations } from './migrations.ts';
export type { ClientField } from './clients/client-field.ts';
export { clientDetails, clientFields } from './clients/client-fields.ts';
export { openClients, type ClientChange, type Clients, type ClientsOptions } from './clients/clients.ts';
export type { Client } from './clients/client.ts';
export { logoOf, type Logo } from './clients/logo.ts';
export { ClientError, type ClientErrorKind } from './clients/client-error.ts';
export type { NewClient } from './clients/validate.ts';
export { openSessions, type Session, type Sessions } from './sessions/sessions.ts';
export { openRegistrationTokens, type RegistrationToken, type RegistrationTokens } from './registration/tokens.ts';
export { openIdentitySources, type IdentitySources } from './accounts/identity-sources.ts';
export {
  shownCase,
  shownClient,
  shownKey,
  shownPerson,
  shownPolicy,
  shownRegistrationToken,
  shownSession,
  shownSource,
  shownUnconfirmed,
  shownUser,
} from './admin/shapes.ts';
