/** Observations by their time: the most recent ones of many, holding only a few in memory. */
import type { Observation } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { dateBounds } from '@dhp/fhir-search/values';
import type { Budget } from '@dhp/budget';

/** The time of an Observation, in ms since 1970: the beginning of its effective time, as searches sort; undefined if it has none. */
export function timeOf(observation: Observation, timeZone: string): number | undefined {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming } = observation;
  const at = (text: string | undefined): number | undefined => dateBounds(text, timeZone)?.low;
  const events = [effectiveTiming?.event ?? []].flat().flatMap((text) => at(text) ?? []);
  const first = events.reduce((least, time) => Math.min(least, time), Infinity);
  return (
    at(effectiveDateTime) ??
    at(effectiveInstant) ??
    at(effectivePeriod?.start) ??
    (first === Infinity ? at(effectiveTiming?.repeat?.boundsPeriod?.start) : first)
  );
}

/** A version, and the time of its Observation. */
export interface Timed {
  readonly version: StoredVersion;
  readonly time: number | undefined;
}

/** The most recent first. Those of unknown time come last, by when they were stored. */
export function byRecency(a: Timed, b: Timed): number {
  if (a.time !== b.time) return (b.time ?? -Infinity) > (a.time ?? -Infinity) ? 1 : -1;
  const stored = b.version.lastUpdated.getTime() - a.version.lastUpdated.getTime();
  return stored === 0 ? (a.version.id < b.version.id ? -1 : 1) : stored;
}

/** How many are kept, and whether those with the same time as the last one are kept too. */
export interface Most {
  readonly most: number;
  readonly withTies: boolean;
}

/** The most recent of those that are added. Their bytes are held in the budget. */
export class Recent {
  #kept: Timed[] = [];
  /** Length at which excess ones are dropped: chosen so that all trims together cost no more than sorting. */
  #trimAt: number;
  readonly #limit: Most;
  readonly #budget: Budget;

  constructor(limit: Most, budget: Budget) {
    this.#limit = limit;
    this.#budget = budget;
    this.#trimAt = 2 * limit.most;
  }

  /** @throws BudgetSpent */
  add(one: Timed): void {
    this.#budget.hold(one.version.content.length, 'the most recent observations');
    this.#kept.push(one);
    if (this.#kept.length > this.#trimAt) this.#trim();
  }

  /** Takes over all of another one. */
  takeOver(other: Recent): void {
    for (const one of other.#kept) this.#kept.push(one);
    other.#kept = [];
    if (this.#kept.length > this.#trimAt) this.#trim();
  }

  get size(): number {
    return this.#kept.length;
  }

  /** The most recent first. */
  all(): readonly Timed[] {
    this.#trim();
    return this.#kept;
  }

  #trim(): void {
    const { most, withTies } = this.#limit;
    const sorted = this.#kept.sort(byRecency);
    this.#budget.spend(sorted.length, 'the most recent observations');
    const last = sorted[most - 1]?.time;
    let end = Math.min(most, sorted.length);
    while (withTies && last !== undefined && sorted[end]?.time === last) end += 1;
    for (const { version } of sorted.splice(end)) this.#budget.release(version.content.length);
    this.#trimAt = 2 * Math.max(most, end);
  }
}
