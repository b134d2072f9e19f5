/** Descriptions of faults in an operator's input, by the kind of the failure; the server's own sentence names the value, in English. */
import type { Language } from '@dhp/negotiation';
import { failureMessages } from '../texts/failure.ts';

/** @param kind of a failure; a kind without a text gets the text of `invalid-value` */
export function failureWords(kind: string, language: Language): string {
  const words = failureMessages[language];
  return Object.hasOwn(words, kind) ? words[kind as 'invalid-value'] : words['invalid-value'];
}
