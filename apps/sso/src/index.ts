/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export * from './administration.ts';
export { createSso } from './sso.ts';
export type { SsoOptions } from './options.ts';
export { supportedGrants } from './clients/validate.ts';
export { revocationFeedKey } from './server-keys.ts';
export { oauthErrors, type OAuthError, type OAuthErrorKind } from './oauth-errors.ts';
export type { Environment } from './store/clients.ts';
export { fileSender, smtpSender, type Sender } from './sender.ts';
export { PatientsError, type Patients, type PatientSummary } from './records/patients.ts';
export { oneId } from './upstream/oneid.ts';
export { openIdConnect, type OpenIdConnectOptions } from './upstream/openid-connect.ts';
export { testOneIdPath, type TestCitizen } from './upstream/test-oneid.ts';
export type { Upstream } from './upstream/upstream.ts';
export { passwordLength } from './accounts/password-policy.ts';
