import type { ValueOf } from '@dhp/fhir-search';
import { allOf, anyOf } from '../condition/combine.ts';
import type { Condition, Interval } from '../condition/condition.ts';

/** https://hl7.org/fhir/R5/search.html#prefix */
export type Prefix = ValueOf<'date'>['comparator'];

/** Condition of a prefix: the value is in at least one of the intervals. */
interface Comparison {
  readonly any: readonly Interval[];
  /** With several intervals: one that contains all of them, for a scan of an index. */
  readonly within?: Interval;
}

/** The comparison as a condition; `ask` makes that of one interval. */
export function compare({ any, within }: Comparison, ask: (interval: Interval) => Condition): Condition {
  const alternatives = anyOf(any.map(ask));
  return within === undefined ? alternatives : allOf([ask(within), alternatives]);
}

/**
 * A number against values that are points or ranges, both ends included. `eq` and `ne` use the range that the number means by its
 * precision, [low, high); for all others it is exact. https://hl7.org/fhir/R5/search.html#number
 */
export function numberComparison(
  prefix: Prefix,
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
): Comparison {
  const about = Math.abs(value) * 0.1;
  switch (prefix) {
    case 'eq':
      return { any: [{ low: { ge: low }, high: { lt: high } }] };
    case 'ne':
      return { any: [{ low: { lt: low } }, { high: { ge: high } }] };
    case 'gt':
      return { any: [{ high: { gt: value } }] };
    case 'ge':
      return { any: [{ high: { ge: value } }] };
    case 'lt':
      return { any: [{ low: { lt: value } }] };
    case 'le':
      return { any: [{ low: { le: value } }] };
    case 'sa':
      return { any: [{ low: { gt: value } }] };
    case 'eb':
      return { any: [{ high: { lt: value } }] };
    case 'ap':
      return { any: [{ low: { le: value + about }, high: { ge: value - about } }] };
  }
}

/**
 * A date, as the time [low, high) that it covers, against values that cover [low, high) too.
 * `ge` is: some of the value is after the date, or all of it is within; `le` the same the other way round.
 * https://hl7.org/fhir/R5/search.html#date
 */
export function dateComparison(
  prefix: Prefix,
  { low, high }: { readonly low: number; readonly high: number },
  now: number,
): Comparison {
  switch (prefix) {
    case 'eq':
      return { any: [{ low: { ge: low }, high: { le: high } }] };
    case 'ne':
      return { any: [{ low: { lt: low } }, { high: { gt: high } }] };
    case 'gt':
      return { any: [{ high: { gt: high } }] };
    case 'ge':
      return { any: [{ high: { gt: high } }, { low: { ge: low } }], within: { high: { gt: low } } };
    case 'lt':
      return { any: [{ low: { lt: low } }] };
    case 'le':
      return { any: [{ low: { lt: low } }, { high: { le: high } }], within: { low: { lt: high } } };
    case 'sa':
      return { any: [{ low: { ge: high } }] };
    case 'eb':
      return { any: [{ high: { le: low } }] };
    case 'ap': {
      const about = Math.max(0, low > now ? low - now : now - high) * 0.1;
      return { any: [{ low: { lt: high + about }, high: { gt: low - about } }] };
    }
  }
}

/** A date against an instant: its begin is also its end. */
export function instantComparison(
  prefix: Prefix,
  date: { readonly low: number; readonly high: number },
  now: number,
): Comparison {
  const { low, high } = date;
  switch (prefix) {
    case 'eq':
      return { any: [{ low: { ge: low, lt: high } }] };
    case 'ne':
      return { any: [{ low: { lt: low } }, { low: { ge: high } }] };
    case 'gt':
    case 'sa':
      return { any: [{ low: { ge: high } }] };
    case 'lt':
    case 'eb':
      return { any: [{ low: { lt: low } }] };
    case 'ge':
      return { any: [{ low: { ge: low } }] };
    case 'le':
      return { any: [{ low: { lt: high } }] };
    case 'ap': {
      const about = Math.max(0, low > now ? low - now : now - high) * 0.1;
      return { any: [{ low: { ge: low - about, lt: high + about } }] };
    }
  }
}
