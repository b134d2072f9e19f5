/** Inputs of the columns of a search row. */
import { keyOf, oneOfPatients, referenceText } from '../keys/keys.ts';
import type { IndexRow } from '../row/index-row.ts';
import { array } from './literals.ts';
import { searchableStrings } from './texts.ts';

export interface RowSource {
  /** `Type/id` */
  readonly name: string;
  /** The names of the patients in whose compartments it is. */
  readonly patients: readonly string[];
  /** The keys of the index row; of several patients, that of each. */
  readonly keys: readonly bigint[];
  /** The systems of the posted keys, which come first, as an array literal; `''` for an empty list. */
  readonly postedSystems: string;
  /** Infinite without a main date. */
  readonly mainDate: { readonly low: number; readonly high: number };
  readonly present: bigint;
  /** Numbers; posted ones come first. */
  readonly numbers: IndexRow['numbers'];
  readonly dates: IndexRow['dates'];
  /** Without empty texts and control characters. */
  readonly strings: IndexRow['strings'];
}

const noDate = { low: -Infinity, high: -Infinity };

/** @param type of the resource under whose `id` the row is stored: the body may not have it yet */
export function rowSource(row: IndexRow, type: string, id: string): RowSource {
  const several =
    row.patients.length > 1 ? row.patients.map((patient) => keyOf(oneOfPatients, patientName(patient))) : [];
  return {
    name: referenceText(type, id),
    patients: row.patients.map(patientName),
    keys: several.length === 0 ? row.keys : [...row.keys, ...several],
    postedSystems: array(row.postings.map(({ system }) => system)),
    mainDate: row.mainDate ?? noDate,
    present: row.present,
    numbers: postedFirst(row.numbers),
    dates: row.dates,
    strings: searchableStrings(row.strings),
  };
}

function patientName(patient: string): string {
  return referenceText('Patient', patient);
}

function postedFirst(numbers: IndexRow['numbers']): IndexRow['numbers'] {
  if (numbers.every(({ posted }) => posted)) return numbers;
  return [...numbers.filter(({ posted }) => posted), ...numbers.filter(({ posted }) => !posted)];
}
