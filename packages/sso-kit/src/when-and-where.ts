/** Times and devices as pages show them. */
import type { Language } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';

export interface TimeOptions {
  language: Language;
  timeZone: string;
}

export const locales: Record<Language, string> = {
  uz: 'uz-UZ',
  'uz-Cyrl': 'uz-Cyrl-UZ',
  ru: 'ru-RU',
  en: 'en-GB',
};

export function time(at: Date, { language, timeZone }: TimeOptions): Html {
  const format = new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return markup`<time datetime="${at.toISOString()}">${format.format(at)}</time>`;
}

/** Browser and system in two words; browsers all claim to be each other, so the rarer names come first. */
export function deviceOf(agent: string | null): string {
  const first = (names: readonly (readonly [RegExp, string])[]): string =>
    names.find(([pattern]) => pattern.test(agent ?? ''))?.[1] ?? '';
  const browser = first([
    [/Edg\//, 'Edge'],
    [/OPR\/|Opera/, 'Opera'],
    [/YaBrowser/, 'Yandex Browser'],
    [/SamsungBrowser/, 'Samsung Internet'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = first([
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  return [browser, system].filter((word) => word !== '').join(', ') || '?';
}
