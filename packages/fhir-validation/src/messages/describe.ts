import type { Issue } from '../issue.ts';
import { english } from './en.ts';
import type { MessageId } from './kinds.ts';
import { russian } from './ru.ts';
import { uzbek } from './uz.ts';

/** Languages in which findings are told. */
export type Language = 'en' | 'ru' | 'uz';

const catalogues: Readonly<Record<Language, Readonly<Record<MessageId, string>>>> = {
  en: english,
  ru: russian,
  uz: uzbek,
};

/** The text of a finding: what is wrong and what to do. Invariants carry the words of the guide that states them. */
export function describeIssue({ id, values }: Issue, language: Language = 'en'): string {
  const isKnown = (name: string) => Object.hasOwn(values, name);
  const template = catalogues[language][id].replaceAll(/ ?\[\[([^[\]]*)\]\]/g, (part, inner: string) =>
    [...inner.matchAll(/\{(\w+)\}/g)].every(([, name]) => isKnown(name!))
      ? part.replace('[[', '').replace(']]', '')
      : '',
  );
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (isKnown(name) ? String(values[name]) : whole));
}
