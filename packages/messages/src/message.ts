/** One message of ICU MessageFormat (https://unicode-org.github.io/icu/userguide/format_parse/messages/) as a function of its values. */
import { parse, TYPE, type MessageFormatElement, type PluralElement } from '@formatjs/icu-messageformat-parser';
import { textLanguageOf, type Language } from '@dhp/negotiation';
import { toCyrillic } from './cyrillic.ts';

export type MessageValue = string | number;

export type MessageValues = Readonly<Record<string, MessageValue | undefined>>;

type Part = (values: MessageValues) => string;

/** In a `select`, the choice for a value that is absent or empty. */
const absent = 'absent';

/**
 * Returns a function that inserts values at their places: unchanged, numbers without grouping. A place whose value is absent keeps its name
 * in braces. `plural` chooses by the rules of the language; `select` has a choice `absent` for values that may be missing.
 * @throws SyntaxError if the text is not a message, or requires a format of numbers, dates or times
 * @example
 * readMessage('{count, plural, one {# session} other {# sessions}}', 'en')({ count: 2 }); // '2 sessions'
 */
export function readMessage(text: string, language: Language): Part {
  return sequence(parse(text, { ignoreTag: true, shouldParseSkeletons: false }), language, undefined);
}

function sequence(elements: readonly MessageFormatElement[], language: Language, plural: string | undefined): Part {
  const parts = elements.map((element) => partOf(element, language, plural));
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return typeof only === 'string' ? () => only : only;
  return (values) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(values);
    return text;
  };
}

/** @param plural the argument of the enclosing plural, which replaces `#` */
function partOf(element: MessageFormatElement, language: Language, plural: string | undefined): string | Part {
  switch (element.type) {
    case TYPE.literal:
      return language === 'uz-Cyrl' ? toCyrillic(element.value) : element.value;
    case TYPE.argument:
      return argument(element.value);
    case TYPE.pound:
      return argument(plural ?? '#');
    case TYPE.select:
      return select(element.value, choices(element.options, language, plural));
    case TYPE.plural:
      return pluralOf(element, choices(element.options, language, element.value), language);
    case TYPE.number:
    case TYPE.date:
    case TYPE.time:
    case TYPE.tag:
      throw new SyntaxError(`{${element.value}} asks for a format; give it as text`);
  }
}

function argument(name: string): Part {
  return (values) => String(values[name] ?? `{${name}}`);
}

type Choices = ReadonlyMap<string, Part>;

function choices(
  options: Readonly<Record<string, { readonly value: MessageFormatElement[] }>>,
  language: Language,
  plural: string | undefined,
): Choices {
  return new Map(Object.entries(options).map(([key, { value }]) => [key, sequence(value, language, plural)]));
}

function select(name: string, options: Choices): Part {
  const other = options.get('other')!;
  const without = options.get(absent) ?? other;
  return (values) => {
    const value = values[name] ?? '';
    if (value === '') return without(values);
    const key = String(value);
    return ((key === absent ? undefined : options.get(key)) ?? other)(values);
  };
}

function pluralOf({ value: name, offset, pluralType }: PluralElement, options: Choices, language: Language): Part {
  if (offset !== 0) throw new SyntaxError(`The plural of {${name}} has an offset`);
  const rules = new Intl.PluralRules(textLanguageOf(language), { type: pluralType ?? 'cardinal' });
  const other = options.get('other')!;
  return (values) => {
    const count = Number(values[name]);
    return (options.get(`=${count}`) ?? options.get(rules.select(count)) ?? other)(values);
  };
}
