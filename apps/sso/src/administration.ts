/**
 * @dhp/sso/administration: what administers clients, people, keys and the audit trail on a migrated database, without the server.
 * It is a door of its own for commands: the server behind @dhp/sso takes most of a second to load.
 */
export { migrations } from './migrations.ts';
export { openSessions, type Session, type Sessions } from './sessions/sessions.ts';
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
