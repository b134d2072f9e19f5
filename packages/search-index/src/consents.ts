/** @dhp/search-index/consents: the hashes in which consents and callers are compared, and the test of a row. */
export { consentHash, consentVerbs, undecidedActors, consented, mayRefuse } from './row-condition/consented.ts';
