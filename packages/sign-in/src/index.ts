/** @dhp/sign-in: the pages for people: signing in, passwords and factors, their own account. */
export { addAccountPages } from './account/account.ts';
export { addPaperCodePage } from './account/paper-code.ts';
export { addRecipientPages } from './account/recipients.ts';
export { addPasswordPages } from './account/password.ts';
export { operatorBackPath, ownClientId, ownRegistration, ownSignInAddress } from './own-client.ts';
export { addSignUpPages } from './account/sign-up.ts';
export { openSecondFactor } from './second-factor/second-factor.ts';
export type { SecondFactorGroup } from './second-factor/steps.ts';
export { openChoosePatient } from './sign-in/choose-patient.ts';
export { addSignIn } from './sign-in/sign-in.ts';
export { addTestOneId, type TestCitizen, testOneIdPath } from './test-oneid/test-oneid.ts';
