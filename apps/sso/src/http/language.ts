/** The languages of the platform, and which one a browser gets. */

export const languages = ['uz', 'ru', 'en'] as const;

export type Language = (typeof languages)[number];

/** Each in itself. */
export const languageNames: Readonly<Record<Language, string>> = { uz: 'Oʻzbekcha', ru: 'Русский', en: 'English' };

/**
 * The language that the header prefers among ours (RFC 9110 section 12.5.4); `uz-Cyrl-UZ` counts as `uz`.
 * @param header the value of Accept-Language, if any
 */
export function preferredLanguage(header: string | undefined, fallback: Language): Language {
  let best: { language: Language; quality: number } | undefined;
  for (const range of (header ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const language = tag === '*' ? fallback : asLanguage(tag.split('-', 1)[0]);
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language ?? fallback;
}

/** The language itself when it is one of ours. */
export function asLanguage(value: unknown): Language | undefined {
  return languages.find((language) => language === value);
}
