/** Conditional references: a search in the place of a reference, relative or below the own base. https://hl7.org/fhir/R5/http.html#trules */
import { type Budget, createPauses } from '@dhp/budget';
import { missingPermission } from '../http/access.ts';
import { failure, Failure } from '../http/errors.ts';
import { readPairs } from '../http/query.ts';
import { turnAtLong } from '../json/turn-at-long.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { readCriteria, type Criteria } from './criteria.ts';
import { enough, multipleMatches } from './matches.ts';
import { matchesTogether, type Looked } from './matches-together.ts';
import { conditionalReference } from './search-address.ts';

/** The conditional references that entries hold, by their text; a failure for one that cannot be understood. */
export type AskedReferences = ReadonlyMap<string, Criteria | Failure>;

/** Targets of the references, such as `Patient/1`, by their text. */
export type FoundReferences = ReadonlyMap<string, string | Failure>;

/** The resources that a transaction writes; their state in the database no longer counts. */
export interface Written {
  /** The ids of a type that the transaction writes or deletes: the rows in the database do not count for these. */
  readonly touched: (type: string) => ReadonlySet<string>;
  /** The ids of written resources that meet criteria. */
  readonly meeting: (criteria: Criteria) => Iterable<string>;
}

/** `texts`: resources and patches as JSON. A value that is not a reference after all only costs a useless search. */
export async function askedReferences(
  services: Services,
  call: Call,
  texts: Iterable<string>,
): Promise<AskedReferences> {
  const asked = new Map<string, Criteria | Failure>();
  const pause = createPauses();
  for (const text of texts) {
    const due = pause();
    if (due !== undefined) await due;
    await turnAtLong(text);
    // Nearly all texts have none: a question mark can only stand for itself or as an escape.
    const mayAsk = text.includes('?') || /\\u003f/i.test(text);
    await turnAtLong(text);
    if (!mayAsk) continue;
    for (const value of conditionalTexts(text, services.baseUrl)) {
      if (!asked.has(value)) asked.set(value, criteriaOf(services, call, value));
    }
  }
  return asked;
}

function* conditionalTexts(text: string, baseUrl: string): Generator<string> {
  const open: unknown[] = [JSON.parse(text)];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') {
      if (conditionalReference(value, baseUrl) !== undefined) yield value;
    } else if (typeof value === 'object' && value !== null) {
      // One by one: an array may have more elements than a call takes arguments.
      for (const part of Object.values(value) as unknown[]) open.push(part);
    }
  }
}

function criteriaOf(services: Services, { access, budget }: Call, value: string): Criteria | Failure {
  const { type, query } = conditionalReference(value, services.baseUrl)!;
  const missing = access && missingPermission(access, 's', type, 'a conditional reference');
  if (missing !== undefined) return missing;
  try {
    return readCriteria(services, type, readPairs(query, 'a conditional reference'), budget);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/**
 * Does not fail itself: for a reference without or with several matches, the result is an error, thrown where the reference is replaced.
 */
export async function foundReferences(
  services: Services,
  asked: AskedReferences,
  budget: Budget,
  written?: Written,
): Promise<FoundReferences> {
  const found = new Map<string, string | Failure>();
  if (asked.size === 0) return found;
  const looked: (Looked & { value: string; touched: ReadonlySet<string> })[] = [];
  for (const [value, criteria] of asked) {
    const touched = written?.touched(criteria instanceof Failure ? '' : criteria.type) ?? new Set();
    if (criteria instanceof Failure) found.set(value, criteria);
    else looked.push({ value, criteria, limit: enough + touched.size, touched });
  }
  const matches = await matchesTogether(services, looked, budget);
  const pause = createPauses();
  for (const [n, { value, criteria, touched }] of looked.entries()) {
    const due = pause();
    if (due !== undefined) await due;
    const ids = matches[n]!.map(({ id }) => id).filter((id) => !touched.has(id));
    for (const id of written?.meeting(criteria) ?? []) {
      if (ids.length >= enough) break;
      ids.push(id);
    }
    found.set(value, referenceOf(value, criteria, ids));
  }
  return found;
}

function referenceOf(value: string, criteria: Criteria, ids: readonly string[]): string | Failure {
  if (ids.length > 1) return multipleMatches(criteria, ids);
  if (ids[0] !== undefined) return `${criteria.type}/${ids[0]}`;
  const reference = value.slice(0, 200);
  return failure('reference-no-match', { reference }, { diagnostics: `${value.slice(0, 500)} matches nothing.` });
}

/** The failure with the element named that holds the reference. */
export function atElement(error: Failure, expression: string): Failure {
  return new Failure(error.code, error.values, { ...error.detail, expression });
}
