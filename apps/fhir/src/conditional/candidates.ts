/**
 * Resources that are about to be written, found by conditions without comparing each resource with each condition: a Bundle of
 * n conditional entries would otherwise cost n² comparisons.
 */
import { type Budget, createPauses } from '@dhp/budget';
import type { Condition, Interval } from '@dhp/search-index';
import { hash64, referenceText } from '@dhp/search-index/keys';
import { meets, type Candidate } from '../matching/meets.ts';
import { ordered, type Indexes, type Ordered } from './ordered.ts';

export interface Candidates<Given extends Candidate> {
  /**
   * Yields the candidates that meet the condition, in the order given. Each comparison is charged.
   * @throws BudgetSpent
   */
  meeting(condition: Condition): Generator<Given>;
}

/** Indexes of candidates that include all which meet a condition; undefined if any candidate may meet it. */
type Narrowed = Indexes | undefined;

/** Units of work that one comparison takes, about. */
const comparison = 10;

/**
 * Takes time in proportion to the index values of all candidates. The list of keys, which nearly all conditions ask for, is made
 * at once, and others get their turn meanwhile.
 */
export async function candidatesAmong<Given extends Candidate>(
  all: readonly Given[],
  budget: Budget,
): Promise<Candidates<Given>> {
  const byKey = new Map<bigint, number[]>();
  const pause = createPauses();
  for (const [index, { row }] of all.entries()) {
    const due = pause();
    if (due !== undefined) await due;
    for (const key of row.keys) list(byKey, key, index);
    for (const { key } of row.postings) list(byKey, key, index);
  }
  const keys = (key: bigint): Indexes => indexesOf(byKey.get(key));
  const ids = lists(all, ({ id }) => [id]);
  const patients = lists(all, ({ row }) => row.patients.map((id) => hash64(referenceText('Patient', id))));
  const words = ordered(all, ({ row }) => row.words.map(({ parameter, text }) => [parameter, text]));
  const strings = ordered(all, ({ row }) => row.strings.map(({ key, text }) => [key, text]));
  const dates = ordered(all, ({ row }) => row.dates.map(({ key, low }) => [key, low]));
  const mainDates = ordered(all, ({ row: { mainDate } }) => (mainDate === undefined ? [] : [['main', mainDate.low]]));

  function narrowed(part: Condition): Narrowed {
    switch (part.op) {
      case 'all':
        return part.of.map(narrowed).reduce(shorter, undefined);
      case 'any':
        return union(part.of.map(narrowed));
      case 'keys':
        return union([...part.any, ...(part.postings ?? []).map(({ key }) => key)].map(keys));
      case 'id':
        return union(part.any.map(ids));
      case 'patient':
        return union(part.any.map(patients));
      case 'term':
        return isFromStart(part) ? from(words(part.parameter), part.text) : undefined;
      case 'string':
        return isFromStart(part) ? from(strings(part.key), part.text) : undefined;
      case 'date':
        return within(part.key === 'main' ? mainDates('main') : dates(part.key), part.interval);
      case 'not':
      case 'present':
      case 'number':
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

  return {
    *meeting(condition) {
      const some = narrowed(condition);
      for (const index of some === undefined ? all.keys() : inOrder(some.list())) {
        budget.spend(comparison, 'conditional entries');
        const candidate = all[index]!;
        if (meets(candidate, condition) === true) yield candidate;
      }
    },
  };
}

/** For each name, the candidates that have it; brought together when a name is requested first. */
function lists<Name>(
  all: readonly Candidate[],
  namesOf: (candidate: Candidate) => readonly Name[],
): (name: Name) => Indexes {
  let made: Map<Name, number[]> | undefined;
  return (name) => {
    if (made === undefined) {
      made = new Map();
      for (const [index, candidate] of all.entries()) for (const each of namesOf(candidate)) list(made, each, index);
    }
    return indexesOf(made.get(name));
  };
}

function list<Name>(lists: Map<Name, number[]>, name: Name, index: number): void {
  const indexes = lists.get(name);
  if (indexes === undefined) lists.set(name, [index]);
  else indexes.push(index);
}

function indexesOf(indexes: readonly number[] = []): Indexes {
  return { size: indexes.length, list: () => indexes };
}

function shorter(one: Narrowed, other: Narrowed): Narrowed {
  if (one === undefined || other === undefined) return one ?? other;
  return one.size <= other.size ? one : other;
}

function union(parts: readonly Narrowed[]): Narrowed {
  if (parts.length === 1) return parts[0];
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return { size: known.reduce((sum, { size }) => sum + size, 0), list: () => known.flatMap(({ list }) => list()) };
}

function inOrder(indexes: readonly number[]): readonly number[] {
  return indexes.length < 2 ? indexes : [...new Set(indexes)].sort((a, b) => a - b);
}

function isFromStart({ match }: { match: string }): boolean {
  return match === 'equals' || match === 'starts';
}

/** Returns the indexes of texts that begin with `start`. */
function from(texts: Ordered<string>, start: string): Indexes {
  return texts.between(start, (text) => text.startsWith(start));
}

/** A value covers from `low` to `high`, so that an upper limit on either is one on `low`. */
function within(lows: Ordered<number>, { low = {}, high = {} }: Interval): Narrowed {
  const least = low.ge ?? low.gt;
  const most = low.le ?? low.lt ?? high.le ?? high.lt;
  if (least === undefined && most === undefined) return undefined;
  return lows.between(least ?? -Infinity, (value) => value <= (most ?? Infinity));
}
