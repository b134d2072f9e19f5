import { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { compositeValues } from '../types/composite/reading.ts';
import { type Reading, simpleValues } from '../types/simple-values.ts';
import type { IndexValue } from '../types/value.ts';
import { extractorsOf } from './extractors.ts';

export type IndexOptions = Partial<Reading> & {
  /** The search parameters of the environment, whose values are wanted too. */
  readonly own?: OwnParameters | undefined;
  /** Limits the work for the values; the default is far above that of R5's parameters. */
  readonly budget?: Budget | undefined;
  /**
   * Search parameters, `Type.code`, whose values are left out. One whose values cannot be computed is added before the error is thrown,
   * so that whoever begins again gets the rows without it (`packages/fhir-store`, "indexing"). For rows of the index alone.
   */
  readonly leftOut?: Set<string> | undefined;
  /**
   * Also the rows by which definition 10 found composites of several parts that are compared, for servers of the release before
   * (`repetitionText`). For rows of the index alone.
   */
  readonly firstRepetitions?: boolean;
  /**
   * As definition 12 had them and those before it, for servers of the release before: of a long text its start alone, and no long label.
   * For rows of the index alone.
   */
  readonly cutTexts?: boolean;
  /**
   * As definition 13 had them and those before it, for servers of the release before: parts of names and addresses have a row of `fhir.str`
   * under the whole, too, and texts as they are written are among the keys. For rows of the index alone.
   */
  readonly allPosted?: boolean;
  /**
   * Codes of search parameters whose rows alone are made, for whoever looks at the row in memory: without those of derived ones, of labels, of local references, and
   * of what is contained. For rows of the index alone; undefined: all.
   */
  readonly only?: ReadonlySet<string> | undefined;
};

/** Units of work for the index values of a resource of which nothing else is said. */
export const usualWork = 20_000_000;

/** Units of work on top for each byte of a resource: what is large is not limited, what costs more than in proportion to its size is. */
const workOfByte = 4;

/**
 * Returns the limit of work for the index values of a resource of this many bytes.
 * @param base units for a small resource
 */
export function indexWork(base: number, bytes: number): number {
  return base + workOfByte * bytes;
}

export function indexBudget({ budget }: IndexOptions): Budget {
  return budget ?? new Budget({ work: usualWork }, 'resource');
}

/** Defaults of the options: dates in the zone of Tashkent, no own base. */
export function readingOf({ timeZone = 'Asia/Tashkent', ownBases = [] }: IndexOptions): Reading {
  return { timeZone, ownBases };
}

/**
 * Everything by which a resource is found: the values of all search parameters of its type, in the order of the parameters;
 * `notIndexed` lists those that have none. Parts of the wrong shape are passed over; for an unknown type there is nothing.
 * @throws BudgetSpent
 */
export function indexValues(resource: JsonResource, options: IndexOptions = {}): IndexValue[] {
  const reading = readingOf(options);
  const work = indexBudget(options);
  const found: IndexValue[] = [];
  for (const { parameter, type, components, items } of extractorsOf(resource.resourceType)) {
    for (const item of items(resource, undefined, work)) {
      const values =
        type === undefined
          ? compositeValues(item, components, reading, work)
          : simpleValues(item, type, reading, resource.resourceType);
      for (const value of values) found.push({ parameter, value });
    }
  }
  return found;
}
