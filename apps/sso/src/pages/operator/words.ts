/** Texts that are written with the three languages side by side, and read by language. */
import type { Language } from '@dhp/negotiation';
import type { ActTexts } from './texts.ts';

export type Triple = readonly [uz: string, ru: string, en: string];

const columns: readonly (readonly [Language, 0 | 1 | 2])[] = [
  ['uz', 0],
  ['ru', 1],
  ['en', 2],
];

export function inLanguages<Key extends string>(table: Record<Key, Triple>): Record<Language, Record<Key, string>> {
  return byLanguage((column) => mapped(table, (words) => words[column]));
}

export interface ActWords {
  label: Triple;
  /** `{name}` is whom or what it is done to. */
  question: Triple;
  follows: readonly Triple[];
  done: Triple;
}

export function actsInLanguages<Key extends string>(
  table: Record<Key, ActWords>,
): Record<Language, Record<Key, ActTexts>> {
  return byLanguage((column) =>
    mapped(table, ({ label, question, follows, done }) => ({
      label: label[column],
      question: (name: string) => filled(question[column], { name }),
      follows: follows.map((one) => one[column]),
      done: done[column],
    })),
  );
}

/** Puts values in the place of `{name}`. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function byLanguage<Texts>(make: (column: 0 | 1 | 2) => Texts): Record<Language, Texts> {
  return Object.fromEntries(columns.map(([language, column]) => [language, make(column)])) as Record<Language, Texts>;
}

function mapped<Key extends string, From, To>(table: Record<Key, From>, to: (from: From) => To): Record<Key, To> {
  return Object.fromEntries(Object.entries<From>(table).map(([key, from]) => [key, to(from)])) as Record<Key, To>;
}
