/** @dhp/search-index/consents: in which words consents and those who ask meet, and the test of a row. */
export { consentHash, consentVerbs, undecidedActors, consented, mayRefuse } from './row-condition/consented.ts';
