/** Several criteria on numbers, and on a quantity together with a code, find the intersection of their single results. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { inTurn } from '../../../tests/sample.ts';
import { storeUnderTest } from './database.ts';
import { allPages, everyone, parsed, put, type Resource } from './search-world.ts';
import { generator } from './search-world-random.ts';

const underTest = await storeUnderTest('search_ranges');
const { below, pick, maybe } = generator(11);

const loinc = 'http://loinc.org';
const codes = ['8480-6', '718-7', '2345-7'];
const units = ['mg', 'g', 'mmol/L'];

function coding(): object {
  const code = pick([...codes, undefined]);
  return { ...maybe(0.8, () => ({ system: pick([loinc, 'urn:other']) })), ...(code === undefined ? {} : { code }) };
}

function quantity(): object {
  const unit = pick(units);
  return {
    value: below(40) / pick([1, 4]),
    ...pick<object>([{ system: 'http://unitsofmeasure.org', code: unit }, { unit }, {}]),
    ...maybe(0.2, () => ({ comparator: pick(['<', '<=', '>=', '>']) })),
  };
}

function value(): object {
  return pick<object>([
    { valueQuantity: quantity() },
    { valueQuantity: quantity() },
    {
      valueSampledData: { origin: { value: below(9) }, lowerLimit: below(9), upperLimit: 9 + below(20), dimensions: 1 },
    },
    { valueString: 'none' },
    {},
  ]);
}

const resources: Resource[] = Array.from({ length: 160 }, (_, n) => ({
  ...{ resourceType: 'Observation', id: `o${n}`, status: 'final' },
  code: { coding: Array.from({ length: below(4) }, coding), text: 'measured' },
  ...value(),
  component: Array.from({ length: pick([1, 1, 2]) }, () => ({ code: { coding: [coding()] }, ...value() })),
}));
const risks: Resource[] = Array.from({ length: 60 }, (_, n) => ({
  ...{ resourceType: 'RiskAssessment', id: `r${n}`, status: 'final', subject: { reference: 'Patient/p' } },
  prediction: Array.from({ length: 1 + below(3) }, () => ({ probabilityDecimal: below(100) / 100 })),
}));

const limit = (): string =>
  `${pick(['gt', 'ge', 'lt', 'le', 'eq', 'ne', 'sa', 'eb', 'ap', ''])}${below(40) / pick([1, 2])}`;
const withUnit = (): string => `${limit()}${pick(['', '', '||mg', '|http://unitsofmeasure.org|g'])}`;
const code = (): string => pick([`code=${pick(codes)}`, `code=${loinc}|${pick(codes)}`, `code=|${pick(codes)}`]);

const made: Record<string, readonly (() => string)[]> = {
  Observation: [
    code,
    () => `value-quantity=${withUnit()}`,
    () => `value-quantity=${withUnit()}`,
    () => `value-quantity=${withUnit()},${withUnit()}`,
    () => `combo-value-quantity=${withUnit()}`,
    () => `component-value-quantity=${withUnit()}`,
    () => `component-code=${pick(codes)}`,
    () => `code:not=${pick(codes)}`,
    () => `value-quantity:missing=${pick(['true', 'false'])}`,
  ],
  RiskAssessment: [
    () => `probability=${pick(['gt', 'lt', 'ge', 'le'])}${below(100) / 100}`,
    () => `probability=${pick(['gt', 'lt', 'ge', 'le'])}${below(100) / 100}`,
  ],
};

/** Rounds of 150 that this run asks. */
const ofTurn = new Set(inTurn([...Array(150).keys()], 2));

describe('several criteria find what each of them finds', () => {
  let store: FhirStore;
  before(async () => {
    store = await underTest.open();
    await put(store, ...resources, ...risks);
  });

  for (const [name, costLimits] of Object.entries({
    usual: undefined,
    'after little': { few: 4, farEnough: 20, ends: 1 },
    'after nothing': { few: 1, farEnough: 3, ends: 1 },
  }))
    it(`where plans are given up: ${name}`, async () => {
      const searches = openSearch(
        underTest.database.url,
        {
          ...{ ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work() },
          ...(costLimits && { costLimits }),
        },
        { search: 20_000, total: 20_000 },
      );
      const found = async (type: string, query: string, count: number): Promise<string[]> =>
        (await allPages(searches, { query: parsed(type, query).query, access: everyone, count })).sort();
      let some = 0;
      try {
        for (let round = 0; round < 150; round += 1) {
          const type = pick(['Observation', 'Observation', 'Observation', 'RiskAssessment']);
          const criteria = Array.from({ length: 2 + below(2) }, () => pick(made[type]!)());
          const count = pick([3, 20, 500]);
          if (!ofTurn.has(round)) continue;
          const alone = await Promise.all(criteria.map((each) => found(type, each, 500)));
          const wanted = alone.reduce((both, each) => both.filter((id) => each.includes(id)));
          assert.deepEqual(await found(type, criteria.join('&'), count), wanted, criteria.join('&'));
          if (wanted.length > 0) some += 1;
          const total = await searches.search({
            ...{ query: parsed(type, criteria.join('&')).query, access: everyone, count: 0, total: 'accurate' },
          });
          assert.deepEqual(total.total, { value: wanted.length, accurate: true }, criteria.join('&'));
        }
        assert.ok(some > ofTurn.size / 5, `${some} searches found something`);
      } finally {
        await searches.close();
      }
    });
});
