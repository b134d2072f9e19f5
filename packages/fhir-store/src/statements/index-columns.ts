import { hash64, keyOf, oneOfPatients, referenceText, type IndexRow } from '@dhp/fhir-search';
import { separator } from './columns.ts';

/** The row of a resource in fhir.search as its columns travel: lists as array literals of PostgreSQL, `''` for none. */
export interface IndexColumns {
  /** Of the search parameters that it follows: `OwnParameters.generation`. */
  readonly generation: number;
  readonly own: string;
  readonly pat: string | undefined;
  /** Milliseconds since 1970. */
  readonly dt: number;
  readonly hi: number;
  readonly long: boolean;
  /** The codes that are posted come first. */
  readonly keys: string;
  /** The systems of these, one for each, and a hash of them all. */
  readonly tsys: string;
  readonly ts: number | undefined;
  readonly has: bigint;
  /** How many of the numbers are posted, those that come first; undefined: there are none. */
  readonly np: number | undefined;
  readonly nk: string;
  readonly nlo: string;
  /** `''` too where none is a range. */
  readonly nhi: string;
  readonly dk: string;
  readonly dlo: string;
  readonly dhi: string;
  readonly sk: string;
  /** Texts with `textSeparator` between them. */
  readonly sv: string;
  /** Of each, whether it is found by the trigrams of another one: `partsAmong`. */
  readonly sp: string;
}

/** UNIT SEPARATOR; `searchable` leaves none in a text. */
export const textSeparator = '\u001f';

const day = 86_400_000;

/**
 * What is stored of an index row.
 * @param type of the resource under whose `id` the row is stored (the body may not have it yet)
 * @param generation of the search parameters that the row follows
 */
export function indexColumns(row: IndexRow, type: string, id: string, generation: number): IndexColumns {
  const patients = row.patients.map((patient) => referenceText('Patient', patient));
  const several = patients.length > 1 ? patients.map((patient) => keyOf(oneOfPatients, patient)) : [];
  const { low, high } = row.mainDate ?? { low: -Infinity, high: -Infinity };
  const { postings, dates } = row;
  const numbers = postedFirst(row.numbers);
  const strings = searchableStrings(row.strings);
  const tsys = list(postings.map(({ system }) => system));
  return {
    generation,
    own: String(hash64(referenceText(type, id))),
    pat: patients.length === 1 ? String(hash64(patients[0]!)) : undefined,
    dt: low,
    hi: high,
    long: high - low > day,
    keys: `{${[...row.keys, ...several].join(',')}}`,
    tsys,
    ts: postings.length === 0 ? undefined : Number(BigInt.asIntN(32, hash64(tsys))),
    has: row.present,
    np: numbers.length === 0 ? undefined : numbers.filter(({ posted }) => posted).length,
    nk: list(numbers.map(({ key }) => key)),
    nlo: list(numbers.map((number) => number.low)),
    nhi: numbers.some(({ low, high }) => low !== high) ? list(numbers.map((number) => number.high)) : '',
    dk: list(dates.map(({ key }) => key)),
    dlo: list(dates.map((date) => timestamp(date.low))),
    dhi: list(dates.map((date) => timestamp(date.high))),
    sk: list(strings.map(({ key }) => key)),
    sv: strings.map(({ text }) => text).join(textSeparator),
    sp: list(partsAmong(strings).map((isPart) => (isPart ? 't' : 'f'))),
  };
}

function postedFirst(numbers: IndexRow['numbers']): IndexRow['numbers'] {
  if (numbers.every(({ posted }) => posted)) return numbers;
  return [...numbers.filter(({ posted }) => posted), ...numbers.filter(({ posted }) => !posted)];
}

/** How many of the longest texts of a resource may hold others: a name and an address as a whole are among them. */
const wholes = 4;

/**
 * Whether each text is a part of another one of its resource, or stands there before under another key. Whatever such a text
 * contains its whole contains too, so the trigrams of the whole lead to the resource, and its own need not be stored. It must
 * depend on the texts alone: rows that stay as they are keep what was said of them.
 */
function partsAmong(strings: IndexRow['strings']): boolean[] {
  if (strings.length < 2) return strings.map(() => false);
  const longest = [...new Set(strings.map(({ text }) => text))].sort((a, b) => b.length - a.length).slice(0, wholes);
  const seen = new Set<string>();
  return strings.map(({ text }) => {
    if (seen.has(text)) return true;
    seen.add(text);
    return longest.some((whole) => whole.length > text.length && whole.includes(text));
  });
}

/** A text without control characters, of which PostgreSQL refuses one and two separate columns. */
export function searchable(text: string): string {
  return control.test(text) ? text.replaceAll(controls, ' ') : text;
}

/* eslint-disable no-control-regex -- they are what it is about */
const control = /[\0-\u001f]/;
const controls = /[\0-\u001f]+/g;
/* eslint-enable no-control-regex */

/** Empty texts are found by nothing. */
function searchableStrings(strings: IndexRow['strings']): IndexRow['strings'] {
  if (!strings.some(({ text }) => text === '' || control.test(text))) return strings;
  const byName = new Map(
    strings.map(({ key, text }) => [`${key} ${searchable(text)}`, { key, text: searchable(text) }] as const),
  );
  return [...byName.values()].filter(({ text }) => text !== '');
}

/** For `string_to_array(…, ';', '')`: one array literal a row, an empty text for null. */
export function lists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(';');
}

/** For `string_to_array(…, separator, '')`. */
export function textLists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(separator);
}

function list(values: readonly (bigint | number | string)[]): string {
  return values.length === 0 ? '' : `{${values.join(',')}}`;
}

/** What PostgreSQL reads as the instant. Its calendar has no year 0 but the year 1 BC. */
function timestamp(milliseconds: number): string {
  if (milliseconds === Infinity) return 'infinity';
  if (milliseconds < yearZero) return '-infinity';
  const text = new Date(milliseconds).toISOString();
  return text.startsWith('0000') ? `0001${text.slice(4)} BC` : text.replace('+0', '');
}

const yearZero = Date.parse('0000-01-01T00:00:00Z'); // the first day of FHIR may still be in it, by its zone
