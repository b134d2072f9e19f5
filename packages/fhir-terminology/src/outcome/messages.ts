import { parseLanguages, type Language } from '@dhp/negotiation';
import { render, type Message } from '@dhp/messages';
import { outcomeMessages, type OutcomeMessages } from '../texts/outcome.ts';

export type MessageId = keyof OutcomeMessages['sentences'];

/** A text that `in` writes in the language of the answer, when the answer is made. */
export interface Wording {
  in(language: Language): string;
}

/** A value of a sentence; an absent one is an empty text. */
type SentenceValue = string | Wording | undefined;

type ValuesOf<Id extends MessageId> = Id extends MessageId
  ? OutcomeMessages['sentences'][Id] extends (values: infer Values extends readonly unknown[]) => string
    ? { [Place in keyof Values]: SentenceValue }
    : []
  : never;

/** A message and its values. Its English is that which HL7's test suite fixes. */
export class Sentence implements Wording {
  readonly id: MessageId;
  readonly #values: readonly SentenceValue[];

  constructor(id: MessageId, values: readonly SentenceValue[]) {
    this.id = id;
    this.#values = values;
  }

  in(language: Language): string {
    const values: Record<number, string> = {};
    this.#values.forEach((value, n) => (values[n] = textOf(value, language)));
    return render<Message>(outcomeMessages[language].sentences[this.id], values);
  }
}

/** In an unvalidated value set this may be null or a number. */
function textOf(value: unknown, language: Language): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return isWording(value) ? value.in(language) : JSON.stringify(value);
}

const isWording = (value: unknown): value is Wording => typeof (value as Partial<Wording>).in === 'function';

/** A sentence with its values in place. */
export function message<Id extends MessageId>(id: Id, ...values: ValuesOf<Id>): Sentence {
  return new Sentence(id, values);
}

/** `1.0.0, 1.1.0 and 1.2.0`, two with an "or", as the suite's sentences list versions. */
export function versionList(versions: readonly string[]): Wording {
  return listed(versions, versions.length < 3 ? 'or' : 'and');
}

/** `a, b or c`. */
export function choiceList(items: readonly string[]): Wording {
  return listed(items, 'or');
}

function listed(items: readonly string[], word: keyof OutcomeMessages['lists']): Wording {
  return {
    in(language) {
      if (items.length < 2) return items.join('');
      return `${items.slice(0, -1).join(', ')} ${outcomeMessages[language].lists[word]} ${items.at(-1) ?? ''}`;
    },
  };
}

/** Readers of Karakalpak get Uzbek, which is closer to it than English. */
const languageOfTag: ReadonlyMap<string, Language> = new Map(
  Object.entries<Language>({ en: 'en', ru: 'ru', uz: 'uz', kaa: 'uz' }),
);

/** The first language of a list (`uz, ru;q=0.5`) that there are sentences in, else English. */
export function sentenceLanguage(wanted: string | undefined): Language {
  const ranges = wanted === undefined ? [] : (parseLanguages(wanted)?.ranges ?? []);
  return ranges.flatMap(({ language, quality }) => (quality > 0 ? (languageOfTag.get(language) ?? []) : []))[0] ?? 'en';
}
