/** The parameters of a history. https://hl7.org/fhir/R5/http.html#history */
import type { HistoryTimes } from '@dhp/fhir-store';
import { fail } from '../http/errors.ts';
import type { Query } from '../contract/query.ts';
import { periodOf, type Period } from './history-period.ts';

export interface HistoryQuery {
  readonly count: number;
  readonly times: HistoryTimes;
  readonly order: 'newest-first' | 'oldest-first';
  /** These parameters as they were sent, to be repeated in links: `&_since=…`. */
  readonly filter: string;
}

const defaultCount = 20;
const maxCount = 500;
/** Parameters that links to pages repeat, so that all pages are of the same history and have the same form. */
const repeated = ['_since', '_at', '_list', '_sort', '_summary', '_elements', '_format', '_pretty'];
const sorts = ['-_lastUpdated', '_lastUpdated', 'none'];

/** Fails with `parameter-invalid` for a value that cannot be, and a parameter that stands twice. */
export function readHistoryQuery(query: Query, timeZone: string): HistoryQuery {
  const sort = single(query, '_sort');
  if (sort !== undefined && !sorts.includes(sort)) {
    const meaning = '-_lastUpdated (newest first), _lastUpdated (oldest first) or none';
    invalid('_sort', `_sort is ${meaning} here, not ${JSON.stringify(sort)}.`);
  }
  const count = Math.min(wholeNumber(query, '_count') ?? defaultCount, maxCount);
  const since = readPeriod(query, '_since', timeZone);
  const at = readPeriod(query, '_at', timeZone);
  const filter = repeated.flatMap((name) => {
    // Of several that are the same format, as the answer was negotiated, one is enough.
    const value = name === '_format' ? [query[name]].flat()[0] : single(query, name);
    return value === undefined ? [] : [`&${name}=${encodeURIComponent(value.replace(' ', '+'))}`];
  });
  const times: HistoryTimes = {
    ...(since === undefined ? {} : { since: since.start }),
    ...(at === undefined ? {} : { at: [at.start, at.end] }),
  };
  return { count, times, order: sort === '_lastUpdated' ? 'oldest-first' : 'newest-first', filter: filter.join('') };
}

/** A whole number of 0 or more. */
export function wholeNumber(query: Query, name: string): number | undefined {
  const value = single(query, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) {
    invalid(name, `${name} is a whole number of 0 or more, not ${JSON.stringify(value)}.`);
  }
  return Number(value);
}

/** The value of a parameter that stands once. */
export function single(query: Query, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) invalid(name, `${name} stands ${value.length} times; it can stand once.`);
  return value;
}

export function invalid(name: string, diagnostics: string): never {
  fail('parameter-invalid', { name }, { diagnostics, expression: `http.${name}` });
}

function readPeriod(query: Query, name: string, timeZone: string): Period | undefined {
  const value = single(query, name);
  if (value === undefined) return undefined;
  const period = periodOf(value, timeZone);
  if (period === undefined) {
    const example = '2026-11-25T09:30:00+05:00';
    invalid(
      name,
      `${name} is a date or a time such as ${example} (as ${encodeURIComponent(example)}), not ${JSON.stringify(value)}.`,
    );
  }
  return period;
}
