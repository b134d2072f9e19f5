/** The language in which the command line speaks to a person. */
import { languageOf, type Language } from '@dhp/negotiation';

/**
 * The language of the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set, as POSIX specifies: `ru_RU.UTF-8`, `uz_UZ@cyrillic`.
 * @returns English for every other language, and for C and POSIX
 */
export function languageOfLocale(environment: Readonly<Record<string, string | undefined>>): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((one) => one !== undefined && one !== '') ?? '';
  return languageOf(locale.replace(/[.@].*/s, '').replaceAll('_', '-')) ?? 'en';
}

/** Returns the language of the locale of this process. */
export function spokenLanguage(): Language {
  return languageOfLocale(process.env);
}

/** Returns a number for a sentence in the language of the locale, with its thousands apart. */
export function grouped(count: number): string {
  return count.toLocaleString(spokenLanguage());
}
