/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export { createSso, migrations } from './sso.ts';
export type { SsoOptions } from './options.ts';
export type { Client } from './clients/client.ts';
export { openClients, type ClientChange, type Clients, type ClientsOptions } from './clients/clients.ts';
export { logoOf, type Logo } from './clients/logo.ts';
export { ClientError, type ClientErrorKind } from './clients/client-error.ts';
export { supportedGrants, type NewClient } from './clients/validate.ts';
export { oauthErrors, type OAuthError, type OAuthErrorKind } from './oauth-errors.ts';
export type { Environment } from './store/clients.ts';
export { operatingSystemUser } from './operating-system-user.ts';
export { chainAuditEvents, verifyAuditChain, type ChainReport } from './audit-chain.ts';
export { exportAuditEvents } from './audit-export.ts';
export { openMessages, type Messages } from './messages/messages.ts';
export { fileSender, smtpSender, type Sender } from './sender.ts';
export { PatientsError, type Patients, type PatientSummary } from './records/patients.ts';
export { oneId } from './upstream/oneid.ts';
export { openIdConnect, type OpenIdConnectOptions } from './upstream/openid-connect.ts';
export { testOneIdPath, type TestCitizen } from './upstream/test-oneid.ts';
export type { Upstream } from './upstream/upstream.ts';
export { openKeys, publishAheadSeconds, type KeyInfo, type Keys } from './keys/keys.ts';
export { openSessions, type Session, type Sessions } from './sessions/sessions.ts';
export { AdministrationError } from './administration-error.ts';
export { openRegistrationTokens, type RegistrationToken, type RegistrationTokens } from './registration/tokens.ts';
export { openAdministrators, type Administrators } from './accounts/administrators.ts';
export { openAccounts, type Account, type Accounts } from './accounts/accounts.ts';
export { openPeople, type People, type Person, type PersonChange } from './accounts/people.ts';
export { AccountError, type NewAccount } from './accounts/validate.ts';
export { openPolicies, PolicyError, type Policies, type Policy } from './policies/policies.ts';
export { passwordLength } from './accounts/password-policy.ts';
export {
  shownClient,
  shownKey,
  shownPerson,
  shownPolicy,
  shownRegistrationToken,
  shownSession,
  shownUser,
} from './admin/shapes.ts';
