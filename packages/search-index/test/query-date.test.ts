import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { finds, ids } from './searching.ts';

const dates: Record<string, string> = {
  midnight: '2013-01-14T00:00',
  ten: '2013-01-14T10:00',
  next: '2013-01-15T00:00',
  day: '2013-01-14',
};

const periods: Record<string, readonly [start?: string | undefined, end?: string]> = {
  untilNoon: ['2013-01-13T12:00', '2013-01-14T12:00'],
  eight: ['2013-01-14T08:00', '2013-01-15T08:00'],
  fromNoon: ['2013-01-14T12:00', '2013-01-15T12:00'],
  onwards: ['2013-01-21'],
  march: ['2013-03-15'],
  before: [undefined, '2013-01-21'],
};

/** The same dates where a search looks at the main date, and where at another one. */
const observations: JsonResource[] = Object.entries(dates)
  .map(([id, effectiveDateTime]): JsonResource => ({ resourceType: 'Observation', id, effectiveDateTime }))
  .concat(
    Object.entries(periods).map(([id, [start, end]]) => ({
      resourceType: 'Observation',
      id,
      effectivePeriod: { ...(start && { start }), ...(end && { end }) },
    })),
  );

const valued: JsonResource[] = observations.map(({ id, effectiveDateTime, effectivePeriod }) => ({
  resourceType: 'Observation',
  id,
  ...(effectiveDateTime === undefined ? { valuePeriod: effectivePeriod } : { valueDateTime: effectiveDateTime }),
}));

const all = [...Object.keys(dates), ...Object.keys(periods)];

const but = (...names: string[]) => all.filter((name) => !names.includes(name));

/** Rows of the table of https://hl7.org/fhir/R5/search.html#date; each lists all matches, in order. */
const rows: readonly (readonly [value: string, hits: readonly string[]])[] = [
  ['eq2013-01-14', ['midnight', 'ten', 'day']],
  ['2013-01-14', ['midnight', 'ten', 'day']],
  ['2013-01', ['midnight', 'ten', 'next', 'day', 'untilNoon', 'eight', 'fromNoon']],
  ['2013', ['midnight', 'ten', 'next', 'day', 'untilNoon', 'eight', 'fromNoon']],
  ['2013-01-14T10:00', ['ten']],
  ['ne2013-01-14', but('midnight', 'ten', 'day')],
  ['lt2013-01-14T10:00', ['midnight', 'day', 'untilNoon', 'eight', 'before']],
  ['gt2013-01-14T10:00', ['next', 'day', 'untilNoon', 'eight', 'fromNoon', 'onwards', 'march', 'before']],
  ['ge2013-03-14', ['onwards', 'march']],
  ['le2013-03-14', but('march')],
  ['ge2013-01-14', but('untilNoon')],
  // A period that ends on the 15th but begins before it is neither after that day nor within it.
  ['ge2013-01-15', ['next', 'onwards', 'march', 'before']],
  ['ge2013-01-14T12:00', ['next', 'day', 'eight', 'fromNoon', 'onwards', 'march', 'before']],
  ['le2013-01-14', ['midnight', 'ten', 'day', 'untilNoon', 'before']],
  ['le2013-01-13', ['before']],
  ['sa2013-03-14', ['march']],
  ['sa2013-01-13', ['midnight', 'ten', 'next', 'day', 'eight', 'fromNoon', 'onwards', 'march']],
  ['eb2013-03-14', ['midnight', 'ten', 'next', 'day', 'untilNoon', 'eight', 'fromNoon', 'before']],
  ['eb2013-01-14T10:00', ['midnight']],
  // now is 2023-01-01, ten years later: about a year to either side.
  ['ap2013-03-14', all],
  ['ap2015-06-15', ['onwards', 'march']],
  ['2013-01-14,sa2013-03-14', ['midnight', 'ten', 'day', 'march']],
];

finds(
  'date: the main date',
  'Observation',
  observations,
  rows.map(([value, hits]) => [`date=${value}`, hits]),
);

finds(
  'date: any other date',
  'Observation',
  valued,
  rows.map(([value, hits]) => [`value-date=${value}`, hits]),
);

finds('date: parameters together', 'Observation', observations, [
  ['date=ge2013-01-14T11:00&date=lt2013-01-15', ['day', 'untilNoon', 'eight', 'fromNoon', 'before']],
  ['date=sa2013-01-14&date=eb2013-02', ['next']],
  ['date:missing=true', []],
  ['date:missing=false', all],
]);

describe('date: zones', () => {
  const instants = [
    { resourceType: 'Observation', id: 'z', effectiveDateTime: '2020-01-01T20:00:00Z' },
    { resourceType: 'Observation', id: 'tashkent', effectiveDateTime: '2020-01-01T20:00:00+05:00' },
  ];
  it('a day is a day of the zone', () => {
    assert.deepEqual(ids('Observation', 'date=2020-01-01', instants), ['tashkent']);
    assert.deepEqual(ids('Observation', 'date=2020-01-02', instants), ['z']);
    assert.deepEqual(ids('Observation', 'date=2020-01-01', instants, { timeZone: 'UTC' }), ['z', 'tashkent']);
  });
  it('an offset is taken as it is', () => {
    assert.deepEqual(ids('Observation', 'date=2020-01-01T15:00:00Z', instants), ['tashkent']);
    assert.deepEqual(ids('Observation', 'date=2020-01-02T01:00:00%2B05:00', instants), ['z']);
    assert.deepEqual(ids('Observation', 'date=2020-01-02T01:00:00', instants), ['z']);
  });
});

const updated = (id: string, lastUpdated: string): JsonResource => ({
  resourceType: 'Patient',
  id,
  meta: { lastUpdated },
});

finds(
  'date: _lastUpdated is an instant',
  'Patient',
  [
    updated('a', '2020-01-01T00:00:00.000+05:00'),
    updated('b', '2020-01-01T12:00:00.000+05:00'),
    updated('c', '2020-01-02T00:00:00.000+05:00'),
  ],
  [
    ['_lastUpdated=2020-01-01', ['a', 'b']],
    ['_lastUpdated=ne2020-01-01', ['c']],
    ['_lastUpdated=gt2020-01-01', ['c']],
    ['_lastUpdated=sa2020-01-01', ['c']],
    ['_lastUpdated=gt2020-01-01T00:00:00.000%2B05:00', ['b', 'c']],
    ['_lastUpdated=ge2020-01-01T12:00', ['b', 'c']],
    ['_lastUpdated=lt2020-01-01T12:00', ['a']],
    ['_lastUpdated=eb2020-01-02', ['a', 'b']],
    ['_lastUpdated=le2020-01-01', ['a', 'b']],
    ['_lastUpdated=ap2020-03', ['a', 'b', 'c']],
    ['_lastUpdated=ap2021-06', []],
    ['_lastUpdated:missing=false', ['a', 'b', 'c']],
    ['_lastUpdated:missing=true', []],
  ],
);
