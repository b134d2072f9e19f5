/** The gist of a consent: often it alone shows that no provision can hold. docs/decisions/0080-consents-in-reads.md */
import type { Criteria, Refusal } from '@dhp/consent';
import { typeNumber } from '@dhp/fhir-model';
import { actorsAs, actorWords, undecided } from './consent-keys.ts';

/**
 * Each refusal is covered by one of the members: it cannot hold for a caller or a type outside that member. Hashes are texts, times ms
 * since 1970.
 */
export interface ConsentGist {
  /** Words of callers who may be refused something. */
  readonly actors: readonly string[];
  /** The range of main dates of resources that may be refused; undefined: no refusal is covered by dates. */
  readonly dates: { readonly low: number; readonly high: number } | undefined;
  /** Numbers of the types of which resources may be refused. */
  readonly types: readonly number[];
  /** Words of callers whom an exception always spares, whatever the resource is; undefined: no refusal is covered by an exception. */
  readonly spared: readonly string[] | undefined;
}

/** Returns the gist of some refusals; undefined if one of them has no member that covers it, such as one by codes alone. */
export function consentGist(refusals: readonly Refusal[]): ConsentGist | undefined {
  const told: Told[] = [];
  for (const refusal of refusals) {
    const one = toldBy(refusal);
    if (one === undefined) return undefined;
    told.push(one);
  }
  const dates = told.flatMap((one) => one.dates ?? []);
  const spared = told.flatMap((one) => (one.spared === undefined ? [] : [one.spared]));
  return {
    actors: [...new Set(told.flatMap((one) => one.actors ?? []))],
    dates: dates.length === 0 ? undefined : dates.reduce(around),
    types: [...new Set(told.flatMap((one) => one.types ?? []))],
    spared: spared.length === 0 ? undefined : spared.reduce((some, other) => some.filter((one) => other.includes(one))),
  };
}

/** One of the members. */
type Told = Partial<ConsentGist>;

/** Actors go before dates, dates before types, since they exclude the most. */
function toldBy({ all, except }: Refusal): Told | undefined {
  const actors = first(all, actorsOf);
  if (actors !== undefined) return { actors };
  const dates = first(all, datesOf);
  if (dates !== undefined) return { dates };
  const types = first(all, typesOf);
  if (types !== undefined) return { types };
  const spared = except.flatMap((each) => (isOpenToAll(each) ? sparedBy(each) : []));
  return spared.length === 0 ? undefined : { spared };
}

function first<Found>(all: readonly Criteria[], of: (criteria: Criteria) => Found | undefined): Found | undefined {
  for (const criteria of all) {
    const found = of(criteria);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Only actors whose names decide whether a caller is one of them. */
function actorsOf({ actors: given }: Criteria): string[] | undefined {
  if (given === undefined) return undefined;
  const actors = actorsAs(given, { excepts: false });
  return undecided(actors) === 0 ? actorWords(actors) : undefined;
}

function datesOf({ data }: Criteria): ConsentGist['dates'] {
  const date = data.find((each) => each.kind === 'date');
  return date && { low: date.since, high: date.until };
}

function typesOf({ data }: Criteria): number[] | undefined {
  const types = data.find((each) => each.kind === 'type');
  return types?.any.flatMap((each) => typeNumber(each) ?? []);
}

function around(one: { low: number; high: number }, other: { low: number; high: number }) {
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) };
}

/** Whether the criteria limit the actors alone: any time, any action, any purpose, any data. */
function isOpenToAll({ since, until, actions, purposes, data, understood }: Criteria): boolean {
  const isAlways = since === -Infinity && until === Infinity;
  return understood && isAlways && actions === undefined && purposes === undefined && data.length === 0;
}

function sparedBy({ actors }: Criteria): string[] {
  return actors === undefined ? [] : actorWords(actorsAs(actors, { excepts: true }));
}
