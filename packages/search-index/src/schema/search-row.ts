/**
 * The columns of fhir.search, each declared once: every list of them in a statement, the values that are sent, the check against the
 * database and the table in README.md are made from this. A new column is one more entry and a migration that adds it; its place
 * here is its place in all statements.
 */
import { hash64 } from '../keys/hash.ts';
import type { Columns, Declared, EncodedValues, Encoding, SentColumn } from './column.ts';
import type { RowSource } from './row-source.ts';
import { array, timestamp } from './literals.ts';
import { partsAmong, textSeparator } from './texts.ts';

const day = 86_400_000;
const mainDate = { notNull: true, default: "'-infinity'::timestamp with time zone", filledBy: ['date'] } as const;
const measured = { filledBy: ['number', 'quantity', 'composite', 'special'], ofContained: true } as const;
const dated = { filledBy: ['date', 'composite'], ofContained: true } as const;
const text = { filledBy: ['string', 'uri', 'composite'] } as const;

export const searchRow = {
  rowNumber: { column: 'rid', type: 'bigint', from: 'identity', notNull: true, holds: 'the resource' },
  shard: { column: 'shard', type: 'int', from: 'identity', notNull: true, holds: 'where its rows are' },
  resourceType: { column: 'ty', type: 'smallint', from: 'identity', notNull: true, holds: 'the number of its type' },
  definition: {
    ...{
      column: 'version',
      type: 'smallint',
      notNull: true,
      holds: 'the definition of the index that the row follows',
    },
    from: 'definition',
  },
  ownHash: sent('own', 'bigint', 'hash', {
    holds: 'hash of `Type/id`, which the keys of references to it are made of',
    notNull: true,
    ofContained: 'fixed',
    of: ({ name }) => String(hash64(name)),
  }),
  patientHash: sent('pat', 'bigint', 'hash', {
    holds: 'hash of `Patient/id`, when it is in exactly one compartment',
    ofContained: true,
    of: ({ patients }) => (patients.length === 1 ? String(hash64(patients[0]!)) : undefined),
  }),
  mainDateLow: sent('dt', 'timestamptz', 'instant', {
    ...mainDate,
    holds: 'where the main date of the type begins',
    ofContained: true,
    of: ({ mainDate: { low } }) => low,
  }),
  mainDateHigh: sent('hi', 'timestamptz', 'instant', {
    ...mainDate,
    holds: 'where the main date has ended',
    ofContained: true,
    of: ({ mainDate: { high } }) => high,
  }),
  mainDateIsLong: sent('long', 'boolean', 'flag', {
    holds: 'whether the main date covers more than a day',
    filledBy: ['date'],
    of: ({ mainDate: { low, high } }) => high - low > day,
  }),
  keys: sent('keys', 'bigint[]', 'array', {
    holds: 'keys of values, of presence and of words; those that are posted come first',
    notNull: true,
    default: "'{}'::bigint[]",
    filledBy: ['token', 'reference', 'uri', 'string', 'composite', 'special'],
    ofContained: true,
    of: ({ keys }) => `{${keys.join(',')}}`,
  }),
  postedKeysBefore: {
    column: 'tk',
    type: 'bigint[]',
    from: 'retired',
    holds: 'the posted keys, in rows of a version before',
  },
  postedSystemsBefore: { column: 'tsys', type: 'int[]', from: 'retired', holds: 'their systems, in the same rows' },
  postedSystems: sent('tsys', 'int[]', 'array', {
    holds: 'the systems of the posted keys, for fhir.tok',
    filledBy: ['token'],
    unstored: true,
    of: ({ postedSystems }) => postedSystems,
  }),
  postedKeyCount: {
    ...{ column: 'tn', type: 'smallint', filledBy: ['token'], counts: 'postedSystems' },
    holds: 'how many of the first keys have a row in fhir.tok',
    from: 'count',
  },
  postedSystemsHash: sent('ts', 'int', 'number', {
    holds: 'hash of the systems of the posted keys',
    filledBy: ['token'],
    of: ({ postedSystems }) => (postedSystems === '' ? undefined : Number(BigInt.asIntN(32, hash64(postedSystems)))),
  }),
  present: sent('has', 'bigint', 'bits', {
    holds: 'which of the usual parameters have a value, a bit for each',
    notNull: true,
    default: '0',
    filledBy: ['token', 'reference', 'uri', 'string', 'date', 'number', 'quantity'],
    ofContained: true,
    of: ({ present }) => present,
  }),
  postedNumberCount: sent('np', 'smallint', 'number', {
    holds: 'how many of the first numbers have a row in fhir.num',
    filledBy: measured.filledBy,
    of: ({ numbers }) => (numbers.length === 0 ? undefined : numbers.filter(({ posted }) => posted).length),
  }),
  numberKeys: sent('nk', 'bigint[]', 'array', {
    ...measured,
    holds: 'keys of numbers and quantities; those that are posted come first',
    of: ({ numbers }) => array(numbers.map(({ key }) => key)),
  }),
  numberLows: sent('nlo', 'float8[]', 'array', {
    ...measured,
    holds: 'their lower ends',
    of: ({ numbers }) => array(numbers.map(({ low }) => low)),
  }),
  numberHighs: sent('nhi', 'float8[]', 'array', {
    ...measured,
    holds: 'their upper ends; null where none of them is a range',
    of: ({ numbers }) => (numbers.some(({ low, high }) => low !== high) ? array(numbers.map(({ high }) => high)) : ''),
  }),
  dateKeys: sent('dk', 'bigint[]', 'array', {
    ...dated,
    holds: 'keys of dates other than the main one',
    of: ({ dates }) => array(dates.map(({ key }) => key)),
  }),
  dateLows: sent('dlo', 'timestamptz[]', 'array', {
    ...dated,
    holds: 'where they begin',
    of: ({ dates }) => array(dates.map(({ low }) => timestamp(low))),
  }),
  dateHighs: sent('dhi', 'timestamptz[]', 'array', {
    ...dated,
    holds: 'where they have ended',
    of: ({ dates }) => array(dates.map(({ high }) => timestamp(high))),
  }),
  stringKeys: sent('sk', 'bigint[]', 'array', {
    ...text,
    holds: 'keys of normalised strings',
    ofContained: true,
    of: ({ strings }) => array(strings.map(({ key }) => key)),
  }),
  strings: sent('sv', 'text[]', 'texts', {
    ...text,
    holds: 'the strings',
    ofContained: true,
    of: ({ strings }) => strings.map(({ text }) => text).join(textSeparator),
  }),
  stringIsPart: sent('sp', 'boolean[]', 'array', {
    ...text,
    holds: 'whether each of them is found by the trigrams of another one, for fhir.str; null for what is not there',
    unstored: true,
    of: ({ strings }) => array(partsAmong(strings).map(partText)),
  }),
} satisfies Columns;

function partText(isPart: boolean | undefined): string {
  return isPart === undefined ? 'null' : isPart ? 't' : 'f';
}

/** A column that is made from search values. */
function sent<E extends Encoding>(
  column: string,
  type: string,
  encoding: E,
  rest: Omit<Declared, 'column' | 'type'> & Pick<SentColumn, 'unstored'> & { of: (row: RowSource) => EncodedValues[E] },
): SentColumn<E> {
  return { column, type, encoding, from: 'resource', ...rest };
}
