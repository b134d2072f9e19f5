/** @dhp/search-index/care: in which words links of care and those who ask meet, and the test of a row. */
export { careHash, memberDefinition, memberTypeNames, memberTypes } from './row-condition/care-words.ts';
export { cared } from './row-condition/cared.ts';
