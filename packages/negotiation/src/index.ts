/** Preferences of a request: languages and content codings (RFC 9110 section 12), language tags (BCP 47). */
export { chooseCoding } from './content-coding.ts';
export { chooseLanguage, isLanguage, languageNames, languageOf, languages, type Language } from './language.ts';
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
