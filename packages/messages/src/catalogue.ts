import { languages, type Language, type TextLanguage } from '@dhp/negotiation';
import { toCyrillic } from './cyrillic.ts';
import { readMessage, type MessageValues } from './message.ts';

/** A catalogue as in its file: messages of ICU MessageFormat by their keys, in groups. */
export interface CatalogueTree {
  readonly [key: string]: string | CatalogueTree;
}

/** One area of messages: the same tree in each language. */
export type CatalogueFiles = Readonly<Record<TextLanguage, CatalogueTree>>;

/**
 * Returns the messages of an area by language, in the groups of its files: a text if a message has no values, otherwise a function of them.
 * A message is compiled at its first use.
 * @param Texts the type that scripts/messages.mjs writes for the area
 * @example
 * const tree = { open: '{count, plural, one {# session} other {# sessions}}' };
 * const messages = readCatalogue<{ open: (values: { count: number }) => string }>({ uz: tree, ru: tree, en: tree });
 * messages.en.open({ count: 1 }); // '1 session'
 */
export function readCatalogue<Texts>(files: CatalogueFiles): Readonly<Record<Language, Texts>> {
  const read = languages.map((language) => [language, group(files[language], language)] as const);
  let cyrillic: object | undefined;
  const all = Object.defineProperty(Object.fromEntries(read), 'uz-Cyrl', {
    enumerable: true,
    get: () => (cyrillic ??= group(files.uz, 'uz-Cyrl')), // rarely used, and slow to make
  });
  return all as unknown as Readonly<Record<Language, Texts>>;
}

function group(tree: CatalogueTree, language: Language): object {
  const members = Object.entries(tree).map(
    ([key, value]) => [key, typeof value === 'string' ? member(value, language) : group(value, language)] as const,
  );
  return Object.fromEntries(members);
}

function member(text: string, language: Language): string | ((values: MessageValues) => string) {
  if (!hasValues(text)) {
    if (text.includes("'")) return readMessage(text, language)({});
    return language === 'uz-Cyrl' ? toCyrillic(text) : text;
  }
  let compiled: ReturnType<typeof readMessage> | undefined;
  return (values) => (compiled ??= readMessage(text, language))(values);
}

/** Braces quoted by apostrophes do not name a value; two apostrophes are a literal one. */
function hasValues(text: string): boolean {
  if (!text.includes('{')) return false;
  return !text.includes("'") || /\{/.test(text.replaceAll("''", '').replace(/'[{}][^']*('|$)/g, ''));
}

/** A message of a catalogue: its text, or a function of the values that it names. */
export type Message = string | Taking;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each message takes other values
type Taking = (values: any) => string;

/** The values that a message needs; for several messages, the values that any one of them needs. */
export type ArgumentsOf<One extends Message> = One extends (values: infer Values) => string
  ? Values
  : Readonly<Record<string, never>>;

/** The combined values of several messages, one of which is chosen at run time: then none is missing. */
export type ArgumentsOfEach<Several extends Message> = [Extract<Several, Taking>] extends [never]
  ? Readonly<Record<string, never>>
  : [Extract<Several, Taking>] extends [(values: infer Values) => string]
    ? Values
    : never;

/**
 * The text of a message that is chosen by a key known only at run time. A value that one of the messages needs and `values` lacks does not
 * compile. If a key is stored with its values, `ArgumentsOf` checks them where they are combined, and the message is a `Message` here.
 * @example
 * const texts = { none: 'no session', some: ({ count }: { count: number }) => `sessions: ${count}` };
 * const keys = ['none', 'some'] as const;
 * keys.map((key) => render(texts[key], { count: 2 })); // [ 'no session', 'sessions: 2' ]
 */
export function render<One extends Message>(message: One, values: ArgumentsOfEach<One>): string {
  return typeof message === 'string' ? message : message(values);
}
