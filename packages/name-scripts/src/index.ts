/** Names in Latin and Cyrillic, with any apostrophe, compared as one (docs/names-across-scripts.md). */
export { normaliseString, searchForms } from './normalise-string.ts';
