/**
 * @dhp/administration: functions that administer sessions and identities without the server, and the administration's representation of its
 * objects.
 */
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
} from './acts/shapes.ts';
export { kindsOfCallers, type KindOfCallers } from './access/callers.ts';
export { assumedGrant } from './access/grant.ts';
export { type IdentitySources, openIdentitySources } from './acts/identity-sources.ts';
export { openSessions, type Session, type Sessions } from './acts/sessions.ts';
