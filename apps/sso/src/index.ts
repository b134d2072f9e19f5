/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export {
  migrations,
  clientDetails,
  clientFields,
  openClients,
  logoOf,
  ClientError,
  openMessages,
  openSessions,
  openRegistrationTokens,
  openAdministrators,
  openAccounts,
  allRanges,
  BreachedPasswordsError,
  inspectBreachedPasswords,
  openBreachedPasswords,
  openPeople,
  openIdentitySources,
  openUnconfirmed,
  AccountError,
  openPolicies,
  PolicyError,
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
  type Messages,
  type Session,
  type Sessions,
  type RegistrationToken,
  type RegistrationTokens,
  type Administrators,
  type Account,
  type Accounts,
  type BreachedPasswords,
  type People,
  type Person,
  type PersonChange,
  type IdentitySources,
  type ProofName,
  type UnconfirmedProofs,
  type NewAccount,
  type Policies,
  type Policy,
} from './administration.ts';
export { createSso } from './sso.ts';
export type { SsoOptions } from './options.ts';
export { supportedGrants } from './clients/grants-and-scopes.ts';
export { oauthErrors, type OAuthError, type OAuthErrorKind } from './oauth-errors.ts';
export { fileSender, smtpSender, type Sender } from './sender.ts';
export { PatientsError, type Patients, type PatientSummary } from './records/patients.ts';
export { oneId } from './upstream/oneid.ts';
export { openIdConnect, type OpenIdConnectOptions } from './upstream/openid-connect.ts';
export { testOneIdPath, type TestCitizen } from './upstream/test-oneid.ts';
export type { Upstream } from './upstream/upstream.ts';
export { passwordLength } from './accounts/password-policy.ts';
