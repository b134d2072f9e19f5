import { AsyncLocalStorage } from 'node:async_hooks';
import { parseLanguages } from '@dhp/negotiation';
import { english } from './sentences/en.ts';
import { russian } from './sentences/ru.ts';
import { uzbek } from './sentences/uz.ts';

export type MessageId = keyof typeof english;

interface Spoken {
  readonly sentences: Readonly<Record<MessageId, string>>;
  readonly and: string;
  readonly or: string;
}

const inEnglish: Spoken = { sentences: english, and: 'and', or: 'or' };
const inUzbek: Spoken = { sentences: uzbek, and: 'va', or: 'yoki' };

/** Readers of Karakalpak get Uzbek, which is closer to it than English. */
const languages: Readonly<Record<string, Spoken>> = {
  en: inEnglish,
  ru: { sentences: russian, and: 'и', or: 'или' },
  uz: inUzbek,
  kaa: inUzbek,
};

const current = new AsyncLocalStorage<Spoken>();

/**
 * Runs something whose messages are in the first language of the list that there are sentences in (`uz, ru;q=0.5`), else in
 * English, whose sentences are those that HL7's test suite fixes.
 */
export function speaking<T>(wanted: string | undefined, run: () => T): T {
  const ranges = wanted === undefined ? [] : (parseLanguages(wanted)?.ranges ?? []);
  const known = ranges.flatMap(({ language, quality }) => (quality > 0 ? (languages[language] ?? []) : []));
  return current.run(known[0] ?? inEnglish, run);
}

/** The sentence of a message with its values in place. */
export function message(id: MessageId, ...values: readonly (string | undefined)[]): string {
  const { sentences } = current.getStore() ?? inEnglish;
  return sentences[id].replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '');
}

/** `1.0.0, 1.1.0 and 1.2.0`, two with an "or", as the suite's sentences list versions. */
export function versionList(versions: readonly string[]): string {
  const { and, or } = current.getStore() ?? inEnglish;
  if (versions.length < 3) return versions.join(` ${or} `);
  return `${versions.slice(0, -1).join(', ')} ${and} ${versions.at(-1) ?? ''}`;
}

/** `a, b or c`. */
export function choiceList(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  const { or } = current.getStore() ?? inEnglish;
  return `${items.slice(0, -1).join(', ')} ${or} ${items.at(-1) ?? ''}`;
}
