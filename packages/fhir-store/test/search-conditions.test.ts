import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { Condition, Limits } from '@dhp/search-index';
import { anyReference, hash64, keyOf, referenceSeed, referenceText, seedOf } from '@dhp/search-index/keys';
import { matches } from '@dhp/search-index/testing';
import type { FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { isFull } from '../../../tests/sample.ts';
import { storeUnderTest } from './database.ts';
import { allPages, everyone, inMemory, put, stored, type Resource, type World } from './search-world.ts';

/** No own parameters. */
const parameters = { known: () => ownParameters(0, []) };

const underTest = await storeUnderTest('search_conditions');
const day = 86_400_000;
const noon = Date.UTC(2024, 2, 15, 12);
const iso = (ms: number): string => new Date(ms).toISOString();

/** Periods around noon of one day, of every length about a day, open ones among them. */
const periods: { start?: string; end?: string }[] = [
  ...[-2, -1, 0, 1].flatMap((from) =>
    [1, day - 1, day, day + 1, 3 * day].map((length) => ({
      start: iso(noon + from * day),
      end: iso(noon + from * day + length),
    })),
  ),
  { start: iso(noon - 300 * day), end: iso(noon + 5) },
  { start: iso(noon - 300 * day), end: iso(noon - 5 * day) },
  { start: iso(noon) },
  { end: iso(noon) },
  {},
];

const units = ['mg', 'g', '%'];
const texts = ['alpha', 'alphabet', 'beta', 'Gamma ray', 'бета', 'betalpha'];

const resources: Resource[] = [
  ...periods.flatMap((period, n): Resource[] => [
    {
      resourceType: 'Encounter',
      id: `e${n}`,
      status: n % 2 === 0 ? 'completed' : 'planned',
      class: [{ coding: [{ system: 'urn:c', code: n % 3 === 0 ? 'AMB' : 'IMP' }] }],
      ...(Object.keys(period).length === 0 ? {} : { actualPeriod: period }),
      subject: { reference: `Patient/p${n % 5}` },
    },
    {
      resourceType: 'Condition',
      id: `c${n}`,
      clinicalStatus: { coding: [{ code: 'active' }] },
      subject: { reference: `Patient/p${n % 5}` },
      ...(Object.keys(period).length === 0 ? {} : { onsetPeriod: period }),
      code: { text: texts[n % texts.length] },
    },
  ]),
  ...Array.from({ length: 5 }, (_, n): Resource => ({
    resourceType: 'Patient',
    id: `p${n}`,
    name: [{ family: texts[n] }, { family: 'other' }],
    gender: n % 2 === 0 ? 'male' : 'female',
    ...(n === 4 ? { link: [{ other: { reference: 'Patient/p0' }, type: 'seealso' }] } : {}),
  })),
  ...Array.from({ length: 12 }, (_, n): Resource => ({
    resourceType: 'Observation',
    id: `o${n}`,
    status: 'final',
    code: { coding: [{ system: 'urn:codes', code: `Code-${n % 3}` }] },
    ...(n === 11
      ? {}
      : { valueQuantity: { value: n, system: 'http://unitsofmeasure.org', code: units[n % 3], unit: 'u' } }),
    ...(n % 4 === 0 ? { subject: { reference: 'Patient/p1' }, performer: [{ reference: 'Patient/p2' }] } : {}),
    encounter: { reference: `Encounter/e${n}` },
  })),
  ...Array.from({ length: 6 }, (_, n): Resource => ({
    resourceType: 'RiskAssessment',
    id: `r${n}`,
    status: 'final',
    subject: { reference: 'Patient/p3' },
    prediction:
      n === 5
        ? []
        : [{ probabilityDecimal: n / 10 }, { probabilityRange: { low: { value: n }, high: { value: n + 2 } } }],
  })),
  ...Array.from({ length: 6 }, (_, n): Resource => ({
    resourceType: 'Location',
    id: `l${n}`,
    ...(n === 5 ? {} : { position: { latitude: 41.3 + n / 100, longitude: n === 4 ? -110 : 69.2 } }),
  })),
];

const all = (...of: Condition[]): Condition => ({ op: 'all', of });
const any = (...of: Condition[]): Condition => ({ op: 'any', of });
const not = (of: Condition): Condition => ({ op: 'not', of });
const keys = (type: string, parameter: string, ...values: string[]): Condition => ({
  op: 'keys',
  any: values.map((value) => keyOf(seedOf(type, parameter), value)),
  expect: 'some',
});
const key = (type: string, parameter: string): bigint => seedOf(type, parameter);
const patients = (...ids: string[]): bigint[] => ids.map((id) => hash64(referenceText('Patient', id)));
const limits = (value: number): Limits[] => [{ gt: value }, { ge: value }, { lt: value }, { le: value }];

const dates = (asked: bigint | 'main'): Condition[] =>
  [0, day - 1, day + 1].flatMap((offset) =>
    limits(noon + offset).flatMap((limit): Condition[] => [
      { op: 'date', key: asked, interval: { low: limit } },
      { op: 'date', key: asked, interval: { high: limit } },
      { op: 'date', key: asked, interval: { low: { ge: noon - day }, high: limit } },
    ]),
  );

const matchKinds = ['starts', 'contains', 'equals', 'ends', 'gt', 'ge', 'lt', 'le'] as const;

const cases: Record<string, { type: string; conditions: Condition[] }> = {
  all: { type: 'Patient', conditions: [all(), all(keys('Patient', 'gender', 'male'), keys('Patient', 'family', 'x'))] },
  any: {
    type: 'Patient',
    conditions: [
      any(),
      any(keys('Patient', 'gender', 'male')),
      any({ op: 'id', any: ['p1'] }, keys('Patient', 'gender', 'male')),
    ],
  },
  not: {
    type: 'Patient',
    conditions: [not(all()), not(any()), not(keys('Patient', 'gender', 'male')), not(not(any()))],
  },
  keys: {
    type: 'Encounter',
    conditions: [
      keys('Encounter', 'status', 'planned'),
      keys('Encounter', 'status', 'planned', 'completed'),
      keys('Encounter', 'status', 'x'),
      keys('Encounter', 'status'),
      { op: 'keys', any: [anyReference ^ patients('p1')[0]!], expect: 'some' },
    ],
  },
  words: {
    type: 'Condition',
    conditions: matchKinds.map((match): Condition => ({
      op: 'term',
      parameter: seedOf('Condition', 'code', 'text'),
      match,
      text: 'beta',
    })),
  },
  'words of codes': {
    type: 'Observation',
    conditions: [
      { op: 'term', parameter: key('Observation', 'code'), match: 'equals', text: 'code-1', ignoreCase: true },
      { op: 'term', parameter: key('Observation', 'code'), match: 'starts', text: 'code', ignoreCase: true },
      { op: 'term', parameter: key('Observation', 'code'), match: 'equals', text: 'code-1' },
    ],
  },
  number: {
    type: 'RiskAssessment',
    conditions: [0, 0.2, 2, 3.5].flatMap((value) =>
      limits(value).flatMap((limit): Condition[] => [
        { op: 'number', key: key('RiskAssessment', 'probability'), interval: { low: limit } },
        { op: 'number', key: key('RiskAssessment', 'probability'), interval: { high: limit } },
        { op: 'number', key: key('RiskAssessment', 'probability'), interval: { low: limit, high: { le: 4 } } },
      ]),
    ),
  },
  quantity: {
    type: 'Observation',
    conditions: limits(5).flatMap((limit): Condition[] => {
      const seed = key('Observation', 'value-quantity');
      const posted = { words: seedOf('Observation', 'value-quantity', 'posted') };
      return [
        { op: 'quantity', seed, posted, interval: { low: limit } },
        {
          op: 'quantity',
          seed,
          posted,
          interval: { low: limit },
          unit: { system: 'http://unitsofmeasure.org', code: 'mg' },
        },
        { op: 'quantity', seed, posted, interval: { low: limit }, unit: { system: 'urn:x', code: 'mg' } },
        { op: 'quantity', seed, posted, interval: { low: limit }, unit: { code: 'u' } },
      ];
    }),
  },
  string: {
    type: 'Patient',
    conditions: matchKinds.flatMap((match) =>
      ['alpha', 'bet', 'other', 'zzz', ''].map((text): Condition => ({
        op: 'string',
        key: key('Patient', 'family'),
        match,
        text,
      })),
    ),
  },
  'the main date': { type: 'Encounter', conditions: dates('main') },
  'another date': { type: 'Condition', conditions: dates(key('Condition', 'onset-date')) },
  'last-updated': {
    type: 'Patient',
    conditions: limits(noon + 1000).map((limit): Condition => ({ op: 'last-updated', interval: { low: limit } })),
  },
  id: {
    type: 'Patient',
    conditions: [
      { op: 'id', any: ['p1', 'p3', 'nobody'] },
      { op: 'id', any: [] },
    ],
  },
  patient: {
    type: 'Observation',
    conditions: [
      { op: 'patient', any: patients('p1') },
      { op: 'patient', any: patients('p2', 'p4') },
      { op: 'patient', any: [] },
    ],
  },
  'patient, of encounters': { type: 'Encounter', conditions: [{ op: 'patient', any: patients('p1', 'p2') }] },
  'patient, of patients': {
    type: 'Patient',
    conditions: [
      { op: 'patient', any: patients('p0') },
      { op: 'patient', any: patients('p4') },
    ],
  },
  refers: {
    type: 'Observation',
    conditions: [keys('Encounter', 'status', 'planned'), all(), any(), ...dates('main').slice(0, 4)].map(
      (where): Condition => ({ op: 'refers', seeds: [key('Observation', 'encounter')], type: 'Encounter', where }),
    ),
  },
  'refers, to patients': {
    type: 'Encounter',
    conditions: [
      {
        op: 'refers',
        seeds: [referenceSeed('Encounter', 'patient')],
        type: 'Patient',
        where: keys('Patient', 'gender', 'male'),
      },
      {
        op: 'refers',
        seeds: [referenceSeed('Encounter', 'patient')],
        type: 'Patient',
        where: not(keys('Patient', 'gender', 'male')),
      },
    ],
  },
  referred: {
    type: 'Patient',
    conditions: [
      {
        op: 'referred',
        seeds: [referenceSeed('Encounter', 'patient')],
        type: 'Encounter',
        where: { op: 'id', any: ['e1', 'e2'] },
      },
      { op: 'referred', seeds: [key('Observation', 'performer')], type: 'Observation', where: all() },
      {
        op: 'referred',
        seeds: [key('Observation', 'subject'), key('Observation', 'performer')],
        type: 'Observation',
        where: all(),
      },
      {
        op: 'referred',
        seeds: [key('Observation', 'subject')],
        type: 'Observation',
        where: not(keys('Observation', 'status', 'final')),
      },
    ],
  },
  near: {
    type: 'Location',
    conditions: [1, 1200, 2300, 50_000, 30_000_000].map((metres): Condition => ({
      op: 'near',
      latitudeKey: key('Location', 'near.latitude'),
      longitudeKey: key('Location', 'near.longitude'),
      latitude: 41.3,
      longitude: 69.2,
      metres,
    })),
  },
};

describe('every kind of condition finds what it says', () => {
  let world: World;
  let store: FhirStore;
  before(async () => {
    let now = noon;
    store = await underTest.open({ clock: () => new Date((now += 50)) });
    await put(store, ...resources);
    world = inMemory(await Promise.all(resources.map((resource) => stored(store, resource))));
  });

  for (const [name, { type, conditions }] of Object.entries(cases)) {
    it(name, async () => {
      const searches = openSearch(
        underTest.database.url,
        { ownBases: [], parameters, reading: (work) => work(), costLimits: { few: 4, farEnough: 3, ends: 1 } },
        { search: 20_000, total: 20_000 },
      );
      const kept = world.kept.filter((one) => one.type === type);
      const hit = new Set<string>();
      const missed = new Set<string>();
      // Alone, and together with conditions that may lead instead: the patient, a key, a range of dates.
      const beside: Condition[] = [
        all(),
        { op: 'patient', any: patients('p1', 'p2', 'p3') },
        not(keys(type, 'status', 'planned')),
        { op: 'date', key: 'main', interval: { high: { gt: noon } } },
      ];
      for (const [nth, condition] of conditions.entries()) {
        for (const [at, other] of beside.entries()) {
          const turn = nth + at;
          const where = all(condition, other);
          const wanted = kept.filter((one) => matches(one, where, world.kept)).map(({ id }) => `${type}/${id}`);
          for (const descending of [true, false]) {
            // Beside others each condition has one order and one way to search, the next condition another.
            if (!isFull && other !== beside[0] && descending !== (turn % 2 === 0)) continue;
            const query = {
              branches: [{ type, where }],
              sort: [{ by: { kind: 'main-date' as const }, descending }],
              includes: [],
            };
            for (const searcher of isFull || other === beside[0]
              ? [store, searches]
              : [[store, searches][(turn >> 1) % 2]!]) {
              const found = await allPages(searcher, { query, access: everyone, count: 5 });
              assert.deepEqual(found.toSorted(), wanted.toSorted(), print(where));
            }
          }
          if (other !== beside[0]) continue;
          for (const { id } of kept) (wanted.includes(`${type}/${id}`) ? hit : missed).add(id);
        }
      }
      await searches.close();
      assert.ok(hit.size > 0 && missed.size > 0, `${hit.size} found, ${missed.size} not`);
    });
  }
});

function print(condition: Condition): string {
  return JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}
