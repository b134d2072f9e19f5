import { weighted } from './weighted.ts';

/** The languages of the platform's texts; Uzbek, in Latin script, is the authoritative one. */
export const languages = ['uz', 'ru', 'en'] as const;

/** Languages of pages: Uzbek in Cyrillic is made from that in Latin script by rule. */
export const pageLanguages = ['uz', 'uz-Cyrl', 'ru', 'en'] as const;

export type TextLanguage = (typeof languages)[number];
export type Language = (typeof pageLanguages)[number];

/** The name of each in itself. */
export const languageNames: Readonly<Record<Language, string>> = {
  uz: 'Oʻzbekcha',
  'uz-Cyrl': 'Ўзбекча',
  ru: 'Русский',
  en: 'English',
};

/**
 * Whether a value is one of the languages of the platform.
 * @example
 * isLanguage('kk'); // false
 */
export function isLanguage(value: unknown): value is TextLanguage {
  return languages.some((language) => language === value);
}

/**
 * Whether a value is one of the languages of pages.
 * @example
 * isPageLanguage('uz-Cyrl'); // true
 */
export function isPageLanguage(value: unknown): value is Language {
  return pageLanguages.some((language) => language === value);
}

/** A range of RFC 4647 section 2.1, in lower case. */
const rangeForm = /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/;

/**
 * The language that fits a tag or range best by lookup (RFC 4647 section 3.4): `ru-RU` finds `ru`. Uzbek in any script finds `uz`: a reader
 * of Uzbek in Cyrillic is served better in Latin script than in another language.
 * @returns undefined for another language, and for a text that is not a tag
 * @example
 * languageOf('uz-Cyrl-UZ'); // 'uz'
 */
export function languageOf(tag: string): TextLanguage | undefined {
  const range = tag.toLowerCase();
  const [primary] = range.split('-', 1);
  return rangeForm.test(range) && isLanguage(primary) ? primary : undefined;
}

/**
 * Like `languageOf`, for a page: Uzbek in Cyrillic is a separate language.
 * @example
 * pageLanguageOf('uz-Cyrl-UZ'); // 'uz-Cyrl'
 */
export function pageLanguageOf(tag: string): Language | undefined {
  const language = languageOf(tag);
  return language === 'uz' && /^uz-cyrl(?:-|$)/i.test(tag) ? 'uz-Cyrl' : language;
}

/**
 * The language whose texts are written by hand, and in which texts are stored.
 * @example
 * textLanguageOf('uz-Cyrl'); // 'uz'
 */
export function textLanguageOf(language: Language): TextLanguage {
  return language === 'uz-Cyrl' ? 'uz' : language;
}

/**
 * As `chooseLanguage`, for a page: Uzbek in the script that the heaviest range of Uzbek names.
 * @example
 * choosePageLanguage('uz-Cyrl, ru;q=0.5', 'en'); // 'uz-Cyrl'
 */
export function choosePageLanguage(acceptLanguage: string | undefined, fallback: Language): Language {
  const base = textLanguageOf(fallback);
  if (acceptLanguage === undefined) return fallback;
  const language = chooseLanguage(acceptLanguage, base);
  if (language !== 'uz') return language;
  const range = weighted(acceptLanguage).find(({ value, weight }) => weight > 0 && languageOf(value) === 'uz');
  return range === undefined ? language : (pageLanguageOf(range.value) ?? language);
}

/**
 * The language to answer in, from Accept-Language (RFC 9110 section 12.5.4): that of the range with the greatest weight that finds one, the
 * first of equals. `*` means the languages that no other range finds, `fallback` before the others. A weight of 0 refuses a language only
 * by its own tag (`ru`, and `uz-Latn`, which means the same as `uz`), not by that of a country or another script. Unreadable members are
 * ignored.
 * @returns `fallback` if nothing is preferred; another one only if the header refuses the fallback
 * @example
 * chooseLanguage('de, ru;q=0.5', 'uz'); // 'ru'
 */
export function chooseLanguage(acceptLanguage: string | undefined, fallbackLanguage: Language): TextLanguage {
  const fallback = textLanguageOf(fallbackLanguage);
  if (acceptLanguage === undefined) return fallback; // programs usually send no such header
  const ranges = weighted(acceptLanguage);
  const preference = [fallback, ...languages.filter((language) => language !== fallback)];
  const found = new Set(ranges.flatMap(({ value, weight }) => (weight > 0 ? (languageOf(value) ?? []) : [])));
  const refused = new Set(ranges.flatMap(({ value, weight }) => (weight === 0 ? (refusedBy(value) ?? []) : [])));
  for (const { value, weight } of ranges) {
    if (weight === 0) break;
    const language = value === '*' ? preference.find((one) => !found.has(one) && !refused.has(one)) : languageOf(value);
    if (language !== undefined && !refused.has(language)) return language;
  }
  return preference.find((one) => !refused.has(one)) ?? fallback;
}

function refusedBy(range: string): TextLanguage | undefined {
  return isLanguage(range) ? range : range === 'uz-latn' ? 'uz' : undefined;
}
