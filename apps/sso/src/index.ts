/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export {
  migrations,
  clientDetails,
  clientFields,
  openClients,
  logoOf,
  ClientError,
  openSessions,
  openRegistrationTokens,
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
  type ClientField,
  type ClientChange,
  type Clients,
  type ClientsOptions,
  type Client,
  type Logo,
  type ClientErrorKind,
  type NewClient,
  type Session,
  type Sessions,
  type RegistrationToken,
  type RegistrationTokens,
  type IdentitySources,
} from './administration.ts';
export { createSso } from './sso.ts';
export type { SsoOptions } from './options.ts';
export { supportedGrants } from './clients/grants-and-scopes.ts';
export { oauthErrors, type OAuthError, type OAuthErrorKind } from './oauth-errors.ts';
export { testOneIdPath, type TestCitizen } from './upstream/test-oneid.ts';
