/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export { createSso, migrations } from './sso.ts';
export type { SsoOptions } from './options.ts';
export { openClients, type Client, type Clients, type ClientsOptions } from './clients/clients.ts';
export { ClientError, type ClientErrorKind } from './clients/client-error.ts';
export { supportedGrants, type NewClient } from './clients/validate.ts';
export { oauthErrors, type OAuthError, type OAuthErrorKind } from './oauth-errors.ts';
export type { Environment } from './store/clients.ts';
export { operatingSystemUser } from './operating-system-user.ts';
export { chainAuditEvents, verifyAuditChain, type ChainReport } from './audit-chain.ts';
export { exportAuditEvents } from './audit-export.ts';
export { fileSender, smtpSender, type Sender } from './sender.ts';
export { addSigningKey, publishAheadSeconds } from './keys/key-ring.ts';
export { openAccounts, type Account, type Accounts } from './accounts/accounts.ts';
export { AccountError, type NewAccount } from './accounts/validate.ts';
export { openPolicies, PolicyError, type Policies, type Policy } from './policies/policies.ts';
export { passwordLength } from './accounts/password-policy.ts';
