/**
 * Whether a resource that is about to be written meets a condition, as the database decides for stored resources. Needed for a transaction,
 * whose entries may match each other's criteria.
 */
import type { Condition, Interval, Limits, TextMatch } from '@dhp/search-index';
import { hash64, longTextKey, referenceText } from '@dhp/search-index/keys';
import type { IndexRow } from '@dhp/search-index/rows';

export interface Candidate {
  readonly id: string;
  readonly row: IndexRow;
  /** Keys of the row as a set, where the row is tested many times. */
  readonly keys?: ReadonlySet<bigint>;
}

/**
 * Undefined if the resource alone does not suffice: chains, `_has`, full text, places, quantities, times of storing. Such a condition does
 * not match resources that the transaction writes.
 */
export function meets({ id, row, keys = new Set(row.keys) }: Candidate, condition: Condition): boolean | undefined {
  return meetsAll(condition);

  function meetsAll(part: Condition): boolean | undefined {
    switch (part.op) {
      case 'all':
        return every(part.of.map(meetsAll));
      case 'any':
        return negated(every(part.of.map((each) => negated(meetsAll(each)))));
      case 'not':
        return negated(meetsAll(part.of));
      case 'keys':
        return part.any.some((key) => keys.has(key)) || (part.postings ?? []).some(isPosted);
      case 'present':
        return ((row.present >> BigInt(part.bit)) & 1n) === 1n;
      case 'term':
        return row.words.some((word) => word.parameter === part.parameter && isWord(word.text, part));
      case 'number':
        return row.numbers.some((number) => number.key === part.key && isWithin(number, part.interval));
      case 'string':
        return row.strings.some(({ key, text }) => isUnder(key, part) && isText(text, part.match, part.text));
      case 'date': {
        const dates = part.key === 'main' ? [row.mainDate].flatMap((date) => date ?? []) : row.dates;
        return dates.some((date) => (!('key' in date) || date.key === part.key) && isWithin(date, part.interval));
      }
      case 'id':
        return part.any.includes(id);
      case 'patient':
        return row.patients.some((patient) => part.any.includes(hash64(referenceText('Patient', patient))));
      case 'quantity':
      case 'repetition':
      case 'last-updated':
      case 'refers':
      case 'referred':
      case 'near':
      case 'full-text':
      case 'version':
      case 'boundary':
      case 'cared':
      case 'consented':
      case 'labelled':
      case 'unlabelled':
        return undefined;
    }
  }

  function isPosted({ key, system }: { key: bigint; system?: number }): boolean {
    return row.postings.some((posting) => posting.key === key && (system === undefined || posting.system === system));
  }
}

/** Whether a resource that is written can be tested for it: nothing of it is in the database alone. Chains are looked up. */
export function isToldByResource(condition: Condition): boolean {
  switch (condition.op) {
    case 'all':
    case 'any':
      return condition.of.every(isToldByResource);
    case 'not':
      return isToldByResource(condition.of);
    case 'keys':
    case 'present':
    case 'term':
    case 'number':
    case 'string':
    case 'date':
    case 'id':
    case 'patient':
    case 'refers':
    case 'cared':
    case 'consented':
    case 'unlabelled':
      return true;
    case 'quantity':
    case 'repetition':
    case 'last-updated':
    case 'referred':
    case 'near':
    case 'full-text':
    case 'version':
    case 'boundary':
    case 'labelled':
      return false;
  }
}

/** False as soon as one is false, undefined when one is unknown. */
function every(parts: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function negated(part: boolean | undefined): boolean | undefined {
  return part === undefined ? undefined : !part;
}

/** Parts and ends of long texts are under a key of their own. */
function isUnder(key: bigint, asked: { readonly key: bigint; readonly match: TextMatch }): boolean {
  const isAnywhere = asked.match === 'contains' || asked.match === 'ends';
  return key === asked.key || (isAnywhere && key === longTextKey(asked.key));
}

/** With `ignoreCase`, the text asked for is in lower case already. */
function isWord(text: string, asked: Condition & { op: 'term' }): boolean {
  return isText(asked.ignoreCase === true ? text.toLowerCase() : text, asked.match, asked.text);
}

function isText(text: string, match: TextMatch, asked: string): boolean {
  switch (match) {
    case 'equals':
      return text === asked;
    case 'starts':
      return text.startsWith(asked);
    case 'contains':
      return text.includes(asked);
    case 'ends':
      return text.endsWith(asked);
    case 'gt':
      return inCodePoints(text, asked) > 0;
    case 'ge':
      return inCodePoints(text, asked) >= 0;
    case 'lt':
      return inCodePoints(text, asked) < 0;
    case 'le':
      return inCodePoints(text, asked) <= 0;
  }
}

/** UTF-8 has the order of code points, UTF-16 has not. */
function inCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function isWithin({ low, high }: { low: number; high: number }, interval: Interval): boolean {
  return holds(low, interval.low) && holds(high, interval.high);
}

function holds(value: number, { gt, ge, lt, le }: Limits = {}): boolean {
  return (
    (gt === undefined || value > gt) &&
    (ge === undefined || value >= ge) &&
    (lt === undefined || value < lt) &&
    (le === undefined || value <= le)
  );
}
