import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GivenParameter, JsonResource, ParseOptions } from '@dhp/fhir-search';
import { understandSearch } from '../src/index.ts';
import { found, keep } from './matcher.ts';

/** How the tests of the query language understand searches, unless they say otherwise. */
export const options: ParseOptions = {
  timeZone: 'Asia/Tashkent',
  now: new Date('2023-01-01T00:00:00Z'),
  ownBases: ['https://dhp.example/fhir'],
  lenient: false,
};

/** A query string as it is in a URL, `%` and `+` decoded. */
export function parametersOf(query: string): GivenParameter[] {
  return [...new URLSearchParams(query)];
}

/** The ids that a search of a type finds among the resources, in their order. */
export function ids(type: string, query: string, resources: readonly JsonResource[], more: Partial<ParseOptions> = {}) {
  const { query: parsed } = understandSearch({ type }, parametersOf(query), { ...options, ...more });
  return found(parsed, keep(resources, options)).map((name) => name.slice(type.length + 1));
}

/** A search and the ids of the resources that it finds; all others must be missed. */
export type Row = readonly [query: string, hits: readonly string[]];

/** A test for each search over the same resources. */
export function finds(
  title: string,
  type: string,
  resources: readonly JsonResource[],
  rows: readonly Row[],
  more: Partial<ParseOptions> = {},
): void {
  describe(title, () => {
    for (const [query, hits] of rows) {
      it(`${type}?${query} → ${hits.length === 0 ? 'nothing' : hits.join(' ')}`, () =>
        assert.deepEqual(ids(type, query, resources, more), hits));
    }
  });
}
