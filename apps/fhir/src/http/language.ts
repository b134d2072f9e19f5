import type { Language } from '../contract/language.ts';

/**
 * The language to answer in, from Accept-Language (RFC 9110 section 12.5.4): the highest weight wins, at equal weight the
 * first named. `uz` means Latin script, so `uz-Cyrl` is not taken for it. What is absent, unreadable or unknown gives
 * `fallback`.
 */
export function chooseLanguage(acceptLanguage: string | undefined, fallback: Language): Language {
  if (acceptLanguage === undefined || acceptLanguage === '') return fallback;
  const refused = new Set<Language>();
  let best: Language | undefined;
  let bestWeight = 0;
  for (const range of acceptLanguage.split(',')) {
    const [tag = '', ...parameters] = range.split(';');
    const weight = weightOf(parameters);
    const language = tag.trim() === '*' ? fallback : languageOf(tag.trim().toLowerCase());
    if (language === undefined) continue;
    if (weight === 0) refused.add(language);
    else if (weight > bestWeight) {
      best = language;
      bestWeight = weight;
    }
  }
  if (best !== undefined) return best;
  if (!refused.has(fallback)) return fallback;
  return (['uz', 'ru', 'en'] as const).find((language) => !refused.has(language)) ?? fallback;
}

function languageOf(tag: string): Language | undefined {
  const [primary, ...subtags] = tag.split('-');
  if (primary === 'uz') return subtags.includes('cyrl') || subtags.includes('arab') ? undefined : 'uz';
  return primary === 'ru' || primary === 'en' ? primary : undefined;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name?.trim().toLowerCase() !== 'q') continue;
    const weight = Number(value?.trim());
    return weight >= 0 && weight <= 1 ? weight : 0;
  }
  return 1;
}
