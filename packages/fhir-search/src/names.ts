/** The side door for who only compares names across scripts and must not load the search with its definitions for it. */
export { normaliseString, searchForms } from './values/normalise-string.ts';
