/** @dhp/accounts/own: acts of a person on their own account, except the sign-in methods. */
export { deleteExpiredOwnLinks } from './store/own-links.ts';
export { eraseClosed, openClosing, type Closing, type Consequences } from './own/closing.ts';
export { openEmailChange, type EmailChange } from './own/email-change.ts';
export { openSignUp, signUpLinkPath, signUpPath, signUpSeconds, type SignUp } from './own/sign-up.ts';
export { deleteExpiredSignUps } from './store/sign-ups.ts';
export { nameKeeperOf, renameOwn, type NameKeeper } from './own/name-change.ts';
export { reopenPath, undoEmailPath } from './own/link.ts';
