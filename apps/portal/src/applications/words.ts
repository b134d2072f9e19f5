/** Texts for kinds, tasks, states and failures that the SSO names; an unknown one is shown unchanged. */
import type { Language } from '@dhp/negotiation';
import { applicationsMessages } from '../texts/applications.ts';

type Words = Readonly<Record<string, string>>;
type Titled = Readonly<Record<string, { readonly title: string; readonly about: string }>>;

/** Name and explanation of a kind. */
export const kindWords = (kind: string, language: Language): Titled[string] =>
  titled(applicationsMessages[language].kinds, kind);

/** Name and explanation of a task. */
export const taskWords = (task: string, language: Language): Titled[string] =>
  titled(applicationsMessages[language].tasks, task);

export const stateWords = (state: string, language: Language): string =>
  wordOf(applicationsMessages[language].states, state) ?? state;

export const roleWords = (role: string, language: Language): string =>
  wordOf(applicationsMessages[language].roles, role) ?? role;

/** Text for a refusal; undefined if only the message of the SSO says more. */
export const failureWords = (reason: string, language: Language): string | undefined =>
  wordOf(applicationsMessages[language].failures, reason);

const titled = (words: Titled, name: string): Titled[string] =>
  (Object.hasOwn(words, name) ? words[name] : undefined) ?? { title: name, about: '' };

const wordOf = (words: Words, name: string): string | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined;
