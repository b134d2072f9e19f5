/** Preferences of a request: languages and content codings (RFC 9110 section 12), language tags (BCP 47). */
export { chooseCoding } from './content-coding.ts';
export {
  chooseLanguage,
  choosePageLanguage,
  isLanguage,
  isPageLanguage,
  languageNames,
  languageOf,
  languages,
  pageLanguageOf,
  pageLanguages,
  textLanguageOf,
  type Language,
  type TextLanguage,
} from './language.ts';
export {
  closenesses,
  fits,
  languageSummary,
  parseLanguages,
  type Closeness,
  type Languages,
} from './language-range.ts';
export { parseTag, tagParts, type LanguageTag, type TagParts } from './language-tag.ts';
