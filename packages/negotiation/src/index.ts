/** Preferences of a request: weighted lists (RFC 9110 section 12.4.2), languages and their tags (BCP 47). */
export {
  closenesses,
  fits,
  languageSummary,
  parseLanguages,
  parseTag,
  type Closeness,
  type Languages,
  type LanguageTag,
} from './language-range.ts';
export { weighted } from './weighted.ts';
