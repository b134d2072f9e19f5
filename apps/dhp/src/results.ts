/** Sentences of the results, of wrong use and of failures of commands. */
import type { Language } from '@dhp/negotiation';
import { spokenLanguage } from './locale.ts';
import { resultMessages, type ResultMessages } from './texts/result.ts';

/** Returns them in the language of the locale. */
export function results(): ResultMessages {
  return resultMessages[spokenLanguage()];
}

/** An error of the platform's packages, or one with a message in each language. */
type Failure = Error & { readonly kind?: unknown; readonly inLanguage?: (language: Language) => string };

/**
 * Returns the message of an error in a language: its own message in that language or, if it has none, a sentence for its kind followed by
 * the English message, which names the value. In English, and for a kind without a sentence, only the message.
 */
export function failureIn(language: Language, error: Failure): string {
  const { message } = error;
  if (error.inLanguage !== undefined) return error.inLanguage(language);
  const { failures } = resultMessages[language];
  if (language === 'en' || typeof error.kind !== 'string' || !Object.hasOwn(failures, error.kind)) return message;
  return `${failures[error.kind as keyof typeof failures]} (${message})`;
}
