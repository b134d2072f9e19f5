/** Which language a page is written in. */
import { weighted } from '@dhp/negotiation';

export const languages = ['uz', 'ru', 'en'] as const;
export type Language = (typeof languages)[number];

/** The name of the cookie that remembers a choice made with `?lang=`, over https after `__Host-` or `__Secure-`. */
export const languageCookie = 'dhp_lang';

export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value);
}

/**
 * The language to answer in: what the address asks for (`?lang=`), else what was chosen before (cookie), else
 * Accept-Language by lookup (RFC 4647 section 3.4: `uz-Cyrl-UZ` finds `uz`), else `fallback`.
 */
export function chooseLanguage(
  wishes: { lang?: unknown; cookie?: string | undefined; acceptLanguage?: string | undefined },
  fallback: Language,
): Language {
  if (isLanguage(wishes.lang)) return wishes.lang;
  const remembered = ['__Host-', '__Secure-', '']
    .map((prefix) => cookieValue(wishes.cookie, prefix + languageCookie))
    .find((value) => isLanguage(value));
  if (isLanguage(remembered)) return remembered;
  return lookup(wishes.acceptLanguage, fallback);
}

function lookup(acceptLanguage: string | undefined, fallback: Language): Language {
  const ranges = weighted(acceptLanguage);
  const refused = ranges.filter((range) => range.weight === 0).map((range) => primary(range.value));
  for (const range of ranges) {
    if (range.weight === 0) break;
    const language = range.value === '*' ? fallback : primary(range.value);
    if (isLanguage(language) && !refused.includes(language)) return language;
  }
  return fallback;
}

function primary(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}
