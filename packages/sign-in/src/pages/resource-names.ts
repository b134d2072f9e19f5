/** Kinds of records in words that a patient knows; a kind without an entry has its name in the standard. */
import type { Language } from '@dhp/negotiation';
import { resourceMessages } from '../texts/resource.ts';

/** @param type a resource type */
export function resourceName(type: string, language: Language): string {
  const names = resourceMessages[language];
  return Object.hasOwn(names, type) ? names[type as keyof typeof names] : type;
}
