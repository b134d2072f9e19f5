/** Searches as criteria on one state of a resource. */
import { SearchFault, type GivenParameter } from '@dhp/fhir-search';
import { derivedParameters, searchParameter } from '@dhp/fhir-search/parameters';
import { conditionOf, type Condition } from '@dhp/search-index';
import { Failure } from '../http/errors.ts';
import { readPairs } from '../http/query.ts';
import { sentence } from '../http/search-problems.ts';
import { isTold } from './told.ts';
import type { Criteria, Reading } from './topic.ts';

/** Characters of a query. */
const longest = 4_000;

/** Criteria, or why they cannot be read: a sentence that states the correct form, without the full stop. */
type Read = Criteria | string;

/**
 * A query of a topic, with or without the type before it.
 * @param text `status=final&category=laboratory`, `Observation?status=final`
 */
export function readQuery(type: string, text: string, reading: Reading): Read {
  if (text.length > longest) return `a query of at most ${longest} characters, not ${text.length}`;
  const [, named, query = ''] = /^([A-Z][A-Za-z]*)?\?(.*)$/s.exec(text) ?? [undefined, undefined, text];
  if (named !== undefined && named !== type)
    return `a query of ${type}, which is the resource of the trigger, not of ${named}`;
  try {
    const pairs = readPairs(query, 'the query');
    return pairs.length === 0 ? 'criteria such as status=final' : readCriteria(type, pairs, reading);
  } catch (error) {
    if (error instanceof Failure) return error.detail.diagnostics.replace(/\.$/, '');
    throw error;
  }
}

/** Reads criteria that can be evaluated on a resource alone, with the same result at any time. */
export function readCriteria(type: string, pairs: readonly GivenParameter[], reading: Reading): Read {
  // A search passes over a parameter without a value; here that would be every resource.
  const empty = pairs.find(([, value]) => value.split(',').every((one) => one === ''));
  if (empty !== undefined) return `a value for ${empty[0].slice(0, 100)}`;
  try {
    const of = pairs.map((pair) => conditionOf(type, [pair], optionsAt(moment, reading)));
    const untold = of.findIndex((condition) => !isTold(condition));
    if (untold >= 0) return notTold(pairs[untold]![0]);
    const depends = pairs.findIndex((pair, n) => {
      return inWords(of[n]!) !== inWords(conditionOf(type, [pair], optionsAt(later, reading)));
    });
    if (depends >= 0)
      return `${pairs[depends]![0].slice(0, 100)} without ap, which asks for something else at another time`;
    // All together, for the limits of a search.
    return { condition: conditionOf(type, pairs, optionsAt(moment, reading)), looksAt: lookedAt(type, pairs, reading) };
  } catch (error) {
    if (error instanceof SearchFault) return error.problems.map(sentence).join(' ').replace(/\.$/, '');
    throw error;
  }
}

/** Undefined if a criterion examines more than the rows of its own parameter. */
function lookedAt(type: string, pairs: readonly GivenParameter[], { own }: Reading): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  for (const [name] of pairs) {
    const [code = ''] = name.split(':', 1);
    const parameter = searchParameter(type, code, own);
    if (code === '_id') continue;
    if (parameter === undefined || !byItself.has(parameter.type)) return undefined;
    for (const part of derivedParameters(type).get(code) ?? [code]) found.add(part);
    // Patients that are subjects are indexed under `subject`.
    if (code === 'patient') found.add('subject');
  }
  return found;
}

/** Types of search parameters without rows from other parameters: composites produce rows for quantities. */
const byItself: ReadonlySet<string> = new Set(['token', 'string', 'reference', 'date', 'uri', 'number']);

/** All parameters that the criteria examine; undefined for all parameters. */
export function lookedAtByAll(all: Iterable<Criteria['looksAt']>): Criteria['looksAt'] {
  const found = new Set<string>();
  for (const looksAt of all) {
    if (looksAt === undefined) return undefined;
    for (const code of looksAt) found.add(code);
  }
  return found;
}

/** The ids of which a resource must have one to meet the condition; an empty list if the condition requires none. */
export function idsIn(condition: Condition): readonly string[] {
  if (condition.op === 'id') return condition.any;
  return condition.op === 'all' ? (condition.of.map(idsIn).find((ids) => ids.length > 0) ?? []) : [];
}

const moment = new Date(0);
const later = new Date(Date.UTC(2100, 0));

function optionsAt(now: Date, { timeZone, ownBases, own }: Reading): Parameters<typeof conditionOf>[2] {
  return { timeZone, ownBases, now, lenient: false, ...(own === undefined ? {} : { own }) };
}

function notTold(name: string): string {
  return (
    `what the resource itself tells, which ${name.slice(0, 100)} is not: chains, _has, composites, places, full text, ` +
    'versions of canonicals and _lastUpdated are about more than one version of one resource'
  );
}

function inWords(condition: Condition): string {
  return JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
