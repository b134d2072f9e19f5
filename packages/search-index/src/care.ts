/** @dhp/search-index/care: the hashes in which care links and callers are compared, and the test of a row. */
export { careHash, memberDefinition, memberTypeNames, memberTypes } from './row-condition/care-words.ts';
export { cared } from './row-condition/cared.ts';
