/** @dhp/sign-in/pages: pages and texts that other packages use, too. */
export { passkeyScript } from './pages/passkey-script.ts';
export { resourceName } from './pages/resource-names.ts';
export { scopeWords } from './pages/scope-words.ts';
export { invalidRequestPage } from './pages/sign-in-pages.ts';
export { accountMessages } from './texts/account.ts';
