/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export {
  migrations,
  openSessions,
  openIdentitySources,
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
  type Session,
  type Sessions,
  type IdentitySources,
} from './administration.ts';
export { createSso } from './sso.ts';
export type { SsoOptions } from './options.ts';
