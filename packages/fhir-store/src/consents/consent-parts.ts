/** Provisions as `fhir.consent_part` has them, and as earlier servers ask of them. */
import type { Criteria, Data, Refusal } from '@dhp/consent';
import { typeNumber } from '@dhp/fhir-model';
import { consentHash, consentVerbs, undecidedActors } from '@dhp/search-index/consents';
import { timeText } from '@dhp/search-index/sql';
import {
  actorsAs,
  actorWords,
  codingKeys,
  groupHashes,
  labelNames,
  referenceWords,
  undecided,
  type CodingData,
} from './consent-keys.ts';

/** Returns all provisions of some refusals. Members are columns; absent ones are null. */
export function consentParts(refusals: readonly Refusal[]): object[] {
  return refusals.flatMap(({ all, except }, refusal) => [
    ...all.map((criteria) => typed(criteria, { refusal, excepts: false })),
    ...except.map((criteria) => typed(criteria, { refusal, excepts: true })),
  ]);
}

/** Returns bits of the kinds of actors that the provisions name. */
export function actorKinds(refusals: readonly Refusal[]): number {
  const criteria = refusals.flatMap(({ all, except }) => [...all, ...except]);
  return criteria.reduce(
    (kinds, { actors }) => kinds | (actors === undefined ? 0 : undecided(actorsAs(actors, { excepts: false }))),
    0,
  );
}

interface Place {
  readonly refusal: number;
  readonly excepts: boolean;
}

function typed({ since, until, actions, actors: given, purposes, data, understood }: Criteria, place: Place): object {
  const actors = given && actorsAs(given, place);
  return {
    ...place,
    ...{ vague: !understood, since: timeText(since), until: timeText(until) },
    ...(actions !== undefined && { verbs: verbsOf(actions) }),
    ...(actors !== undefined && { actors: actorWords(actors), groups: groupHashes(actors), kinds: undecided(actors) }),
    ...(purposes !== undefined && { purposes: purposes.map((code) => String(consentHash.purpose(code))) }),
    // A provision has at most one of each kind.
    ...data.reduce((columns, each) => ({ ...columns, ...typedData(each) }), {}),
  };
}

function verbsOf(actions: NonNullable<Criteria['actions']>): number {
  return actions.reduce((verbs, action) => verbs | consentVerbs[action], 0);
}

function typedData(data: Data): object {
  switch (data.kind) {
    case 'type':
      return { types: numbersOf(data.any) };
    case 'code':
      return { codes: codingKeys(data) };
    case 'document':
      return { documents: codingKeys(data) };
    case 'label': {
      const { full, codes } = labelNames(data.any);
      return { labels: codingKeys(data), label_names: full, label_codes: codes };
    }
    case 'date':
      return { low: timeText(data.since), high: timeText(data.until) };
    case 'reference': {
      const { keys, owns, isSure } = referenceWords(data);
      return { refs: keys, owns, vague_refs: !isSure };
    }
  }
}

function numbersOf(types: readonly string[]): number[] {
  return types.flatMap((type) => typeNumber(type) ?? []);
}

/** Criteria as `fhir.consent_meets` reads them. */
export function earlierPart(criteria: Criteria, place: Pick<Place, 'excepts'>): object {
  const { since, until, actions, purposes, data, understood } = criteria;
  const actors = criteria.actors && actorsAs(criteria.actors, place);
  return {
    ...(!understood && { x: 1 }),
    ...(since !== -Infinity && { s: since }),
    ...(until !== Infinity && { u: until }),
    ...(actions !== undefined && { v: verbsOf(actions) }),
    ...(actors !== undefined && { a: actorWords(actors), w: earlierKinds(undecided(actors)) }),
    ...(purposes !== undefined && { p: purposes.map((code) => String(consentHash.purpose(code))) }),
    ...(data.length > 0 && { d: data.map(earlierData) }),
  };
}

/** Of groups they know as little as of others. */
function earlierKinds(kinds: number): number {
  const { members, others } = undecidedActors;
  return (kinds & members) === 0 ? kinds : (kinds & ~members) | others;
}

function earlierData(data: Data): object {
  switch (data.kind) {
    case 'type':
      return { t: numbersOf(data.any) };
    case 'code':
    case 'label':
    case 'document':
      return { k: codingKeys(data), o: [], ...(data.kind === 'label' && earlierNames(data)) };
    case 'date':
      return { l: finite(data.since), h: finite(data.until) };
    case 'reference': {
      const { keys, owns, isSure } = referenceWords(data);
      return { k: keys, o: owns, ...(!isSure && { x: 1 }) };
    }
  }
}

function earlierNames({ any }: CodingData): object {
  const { full, codes } = labelNames(any);
  return { n: full, c: codes };
}

/** Null if it is open. */
export function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
