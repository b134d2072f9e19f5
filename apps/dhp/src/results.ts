/** Sentences of the results, of wrong use and of failures of commands. */
import type { Language } from '@dhp/negotiation';
import { languageOfLocale } from './help.ts';
import { resultMessages, type ResultMessages } from './texts/result.ts';

/** Returns them in the language of the locale. */
export function results(): ResultMessages {
  return resultMessages[languageOfLocale(process.env)];
}

/**
 * Returns the message of an error in a language: a sentence for its kind, and behind it the English message, which names the value. In
 * English, and for a kind without a sentence, the message alone.
 */
export function failureIn(language: Language, { message, ...error }: Error & { readonly kind?: unknown }): string {
  const { failures } = resultMessages[language];
  if (language === 'en' || typeof error.kind !== 'string' || !Object.hasOwn(failures, error.kind)) return message;
  return `${failures[error.kind as keyof typeof failures]} (${message})`;
}
