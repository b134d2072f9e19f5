/** Words of the pages of subscriptions: states, failures with their cures, times and ages. */
import type { Language } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { subscriptionsMessages, type SubscriptionsMessages } from '../texts/subscriptions.ts';

export interface FailureWords {
  readonly cause: string;
  readonly cure: string;
}

/** Cause and cure by the code of the server; undefined for one without words here. */
export function failureWords(code: string | undefined, language: Language): FailureWords | undefined {
  const { known, answered } = subscriptionsMessages[language].errors;
  if (code !== undefined && Object.hasOwn(known, code)) return known[code as keyof typeof known];
  const status = /^answered-(\d{3})$/.exec(code ?? '')?.[1];
  if (status === undefined) return undefined;
  const { cause, cure } = answered[nameOf(Number(status))];
  return { cause: cause({ status }), cure };
}

function nameOf(status: number): keyof SubscriptionsMessages['errors']['answered'] {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'notFound';
  if (status === 413 || status === 429) return 'tooMuch';
  if (status >= 300 && status < 400) return 'redirect';
  return status >= 500 ? 'failed' : 'other';
}

/** The text of a name in a table; an unknown name unchanged. */
export const wordOf = (words: Readonly<Record<string, string>>, name: string): string =>
  (Object.hasOwn(words, name) ? words[name] : undefined) ?? name;

const localeOf = (language: Language): string => (language === 'en' ? 'en-GB' : language);

/** A moment, in the time of Tashkent. */
export function moment({ language }: Page, time: Date): Html {
  const shown = new Intl.DateTimeFormat(localeOf(language), {
    ...{ day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    timeZone: 'Asia/Tashkent',
  }).format(time);
  return markup`<time datetime="${time.toISOString()}">${shown}</time>`;
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A length of time in its largest unit, such as `3 hours`. */
export function ageWords(language: Language, milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const [unit, size] = units.find(([, one]) => seconds >= one) ?? units[3];
  const format = new Intl.NumberFormat(localeOf(language), { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.floor(seconds / size));
}
