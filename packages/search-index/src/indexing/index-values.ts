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
   * Search parameters, `Type.code`, whose values are left out. A parameter whose values cannot be computed is added before the error is
   * thrown, so that a second attempt makes the rows without it (`packages/fhir-store`, "indexing"). For rows of the index alone.
   */
  readonly leftOut?: Set<string> | undefined;
  /**
   * Also the rows by which definition 10 found composites of several compared parts, for servers of the previous release
   * (`repetitionText`). For rows of the index alone.
   */
  readonly firstRepetitions?: boolean;
  /**
   * As definition 12 had them and those before it, for servers of the release before: of a long text its start alone, and no long label.
   * For rows of the index alone.
   */
  readonly cutTexts?: boolean;
  /**
   * In the form of definition 13 and earlier, for servers of the previous release: parts of names and addresses also have a row of
   * `fhir.str` under the whole, and texts as written are among the keys. For rows of the index alone.
   */
  readonly allPosted?: boolean;
  /**
   * Codes of the only search parameters whose rows are made, for tests of a row in memory: without rows of derived ones, labels, local references and
   * contained resources. For rows of the index alone; undefined: all.
   */
  readonly only?: ReadonlySet<string> | undefined;
};

/** Default units of work for the index values of a resource. */
export const usualWork = 20_000_000;

/**
 * Additional units of work for each byte of a resource: large resources are not limited, only those with costs out of proportion to their
 * size.
 */
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
 * All search values of a resource: the values of all search parameters of its type, in the order of the parameters; `notIndexed` lists
 * parameters without values. Parts of the wrong shape are skipped; an unknown type has no values.
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
