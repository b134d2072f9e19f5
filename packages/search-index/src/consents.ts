/** @dhp/search-index/consents: in which words consents and those who ask meet. */
export { consentHash, consentVerbs, undecidedActors } from './row-condition/consent-words.ts';
