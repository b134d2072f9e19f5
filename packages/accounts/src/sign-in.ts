/** @dhp/accounts/sign-in: passwords and second factors. */
export { type Factors, type FactorState, openFactors } from './factors/factors.ts';
export { keyRecoveryCodes } from './factors/recovery-codes.ts';
export { base32, totpUri } from './factors/totp.ts';
export {
  allRanges,
  type BreachedPasswords,
  BreachedPasswordsError,
  inspectBreachedPasswords,
  openBreachedPasswords,
} from './passwords/breached-passwords.ts';
export { chooseOwnPassword, hasTemporaryPassword, temporarySeconds } from './passwords/own-password.ts';
export {
  isPasswordLink,
  makePasswordLink,
  makeResetLink,
  passwordLinkPath,
  usePasswordLink,
} from './passwords/password-links.ts';
export { openPaperCodes, paperCodePath, type PaperCodes } from './people/paper-codes.ts';
export { findPasswordFlaw, type PasswordFlaw, passwordLength } from './passwords/password-policy.ts';
