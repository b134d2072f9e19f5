/** One change of a resource, as topics judge it. */
import { Budget } from '@dhp/budget';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow, usualWork, type IndexRow } from '@dhp/search-index/rows';
import type { Interaction, Reading } from './topic.ts';

/** A state of the resource, with its index row, which is made on first use. */
export interface State {
  readonly resource: JsonResource;
  /** @throws BudgetSpent */
  readonly row: () => IndexRow;
}

export interface TopicChange {
  readonly interaction: Interaction;
  readonly type: string;
  readonly id: string;
  /** Time at which it was stored: `now` in expressions, so that every evaluation gives the same result. */
  readonly at: Date;
  /** Minutes east of UTC at that time. */
  readonly zoneOffset: () => number;
  readonly previous: State | undefined;
  readonly current: State | undefined;
  /** The state after the change; for a deletion the state before it. */
  readonly told: State | undefined;
}

/** A version of a resource, and the one before. */
export interface StoredChange {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  readonly lastUpdated: Date;
  readonly deleted: boolean;
  /** Whether the resource did not exist before, or was deleted; absent if unknown. */
  readonly isNew?: boolean | undefined;
  /** Undefined for a deletion. */
  readonly current: JsonResource | undefined;
  /** Undefined if the resource did not exist before or was deleted, and if it was not read. */
  readonly previous: JsonResource | undefined;
}

interface RowReading extends Reading {
  /** Pays for the rows. */
  readonly budget?: Budget | undefined;
  /** `Criteria.looksAt` of all that look at the change. */
  readonly only?: ReadonlySet<string> | undefined;
}

/** Rows are made once for all topics and filters that examine the change. */
export function changeOf(stored: StoredChange, reading: RowReading): TopicChange {
  const { type, id, versionId, lastUpdated: at, deleted, isNew = versionId === 1 } = stored;
  const interaction = deleted ? 'delete' : isNew ? 'create' : 'update';
  const current = deleted ? undefined : stateOf(stored.current, reading);
  const previous = interaction === 'create' ? undefined : stateOf(stored.previous, reading);
  const told = deleted ? previous : current;
  return { interaction, type, id, at, zoneOffset: () => offsetAt(at, reading.timeZone), previous, current, told };
}

function stateOf(
  resource: JsonResource | undefined,
  { timeZone, ownBases, own, budget, only }: RowReading,
): State | undefined {
  if (resource === undefined) return undefined;
  let made: IndexRow | undefined;
  const row = (): IndexRow => {
    const limits = { work: 10 * usualWork };
    const work = budget?.part(limits, scopeOfRows) ?? new Budget(limits, scopeOfRows);
    const options = { timeZone, ownBases, budget: work, only, ...(own === undefined ? {} : { own }) };
    return (made ??= indexRow(resource, options));
  };
  return { resource, row };
}

/** The scope of the budget of a row. */
export const scopeOfRows = 'resource';

function offsetAt(at: Date, timeZone: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(formatInstant(at, timeZone)) ?? [];
  return (sign === '-' ? -1 : 1) * (60 * Number(hours ?? 0) + Number(minutes ?? 0));
}
