/**
 * Invisible resources do not exist for a search: with narrow access it finds, counts, sorts, chains and includes exactly as it would in a
 * world that holds only the visible ones. A naive matcher without access rules determines the visible ones.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { patientCompartment } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { hash64, referenceText } from '@dhp/search-index/keys';
import type { ReadPermission, FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { inTurn, isFull } from '../../../tests/sample.ts';
import { storeUnderTest } from './database.ts';
import { assertSorted } from './search-sorted.ts';
import { allPages, expected, inMemory, parsed, put, stored, type Resource, type World } from './search-world.ts';
import { generator, population, queries } from './search-world-random.ts';

const underTest = await storeUnderTest('search_access_random');
const seed = Number(process.env['SEARCH_SEED'] ?? 11);
const rounds = Number(process.env['SEARCH_ROUNDS'] ?? (isFull ? 60 : 20));
/** No own parameters. */
const noParameters = { known: () => ownParameters(0, []) };

/** Visible resources of a type: all, none, those that match a query, or those in the compartment of a patient. */
type Rule = boolean | { query: string } | { patient: string };

/** Rules by type; types that are not named are not visible. */
const narrow: Record<string, Readonly<Record<string, Rule>>> = {
  'the compartment of a patient': Object.fromEntries(
    ['Patient', 'Observation', 'Encounter', 'Condition', 'Organization', 'Practitioner'].map((type) => [
      type,
      { patient: 'p3' },
    ]),
  ),
  'no Patients': { Observation: true, Encounter: true, Practitioner: true, Organization: true },
  'some Patients': { Patient: { query: 'gender=male' }, Observation: true, Encounter: true, Practitioner: true },
  'some Observations': { Patient: true, Observation: { query: 'status=final' }, Practitioner: { query: '_id=d0,d1' } },
  'what a chain leads to': {
    Patient: { query: 'organization=Organization/g1' },
    Observation: { query: 'subject:Patient.organization=Organization/g1' },
    Encounter: { query: 'subject:Patient.organization=Organization/g1' },
    Organization: { query: '_id=g1' },
  },
  'nothing at all': {},
};

describe('random searches by who may see a part', () => {
  let store: FhirStore;
  let resources: Resource[];
  let world: World;

  before(async () => {
    let now = Date.UTC(2019, 11, 25);
    store = await underTest.open({ clock: () => new Date((now += 3_600_000)) });
    resources = population(seed);
    await put(store, ...resources);
    resources = await Promise.all(resources.map((resource) => stored(store, resource)));
    world = inMemory(resources);
  });

  for (const [name, rules] of Object.entries(narrow)) {
    it(name, async () => {
      const access = accessOf(rules);
      const visible = resources.filter((resource) => isVisible(world, rules, resource));
      const own = inMemory(visible);
      const names = new Set(visible.map(({ resourceType, id }) => `${resourceType}/${id}`));
      assert.ok(visible.length < resources.length, 'something is hidden');
      const { maybe } = generator(seed);
      for (const { type, query: searched, count } of queries(seed, rounds)) {
        const query = `${searched}${maybe(0.4, () => '&_include=*&_revinclude=*') ?? ''}`.replace(/^&/, '');
        const request = { query: parsed(type, query).query, access, count };
        const label = `${type}?${query}`;
        const found = await allPages(store, request);
        const wanted = expected(own, type, query);
        assert.deepEqual(found.toSorted(), wanted, label);
        assertSorted(own, found, request.query.sort, label);
        const { total, included } = await store.search({ ...request, total: 'accurate' });
        assert.deepEqual(total, { value: wanted.length, accurate: true }, `total of ${label}`);
        for (const each of included) assert.ok(names.has(`${each.type}/${each.id}`), `${label} includes ${each.id}`);
        const identities = await store.find(type, request.query.branches[0]!.where, 1_000, access);
        assert.deepEqual(identities.map(({ id }) => `${type}/${id}`).sort(), wanted, `criteria ${label}`);
      }
    });
  }
});

function accessOf(rules: Readonly<Record<string, Rule>>): ReadPermission {
  return (type) => {
    const rule = rules[type] ?? false;
    if (typeof rule === 'boolean') return rule;
    if ('patient' in rule) return inCompartment(rule.patient);
    return parsed(type, rule.query).query.branches[0]!.where;
  };
}

function inCompartment(patient: string): Condition {
  return { op: 'patient', any: [hash64(referenceText('Patient', patient))] };
}

function isVisible(world: World, rules: Readonly<Record<string, Rule>>, resource: Resource): boolean {
  const { resourceType: type, id } = resource;
  const rule = rules[type] ?? false;
  if (typeof rule === 'boolean') return rule;
  if ('patient' in rule) return patientCompartment(resource).includes(rule.patient);
  return expected(world, type, rule.query).includes(`${type}/${id}`);
}

/**
 * Combinations of codes, of which a resource must match one to be visible, as with many narrow scopes: fewer than become separate parts of a statement,
 * and more.
 */
const combinations: Record<string, readonly string[]> = {
  'three combinations': ['category=lab&code=8480-6', 'category=vital&status=final', 'code=718-7&date=ge2021'],
  'many combinations': Array.from({ length: 48 }, (_, n) => {
    const code = ['8480-6', '8462-4', '718-7', '2345-7'][n % 4]!;
    return `category=${n % 3 === 0 ? 'vital' : 'lab'}&code=${code}&date=${2020 + (n % 4)}-${String(1 + (n % 12)).padStart(2, '0')}`;
  }),
  'many combinations, and some with a patient': Array.from({ length: 36 }, (_, n) =>
    n % 5 === 0 ? `subject=Patient/p${n % 24}&code=8480-6` : `category=lab&code=c${n}`,
  ),
};
const efforts = {
  'the first attempt': undefined,
  'later attempts': { few: 3, farEnough: 40, ends: 2 },
  'the last attempt': { few: 0, farEnough: 0, ends: 0 },
};

describe('random searches by who may see what meets one of several combinations', () => {
  let resources: Resource[];
  let whole: World;

  before(async () => {
    const store = await underTest.open();
    resources = await Promise.all(population(seed).map((resource) => stored(store, resource)));
    whole = inMemory(resources);
  });

  for (const [name, queriesOfBranches] of Object.entries(combinations)) {
    for (const [effort, costLimits] of Object.entries(efforts)) {
      it(`${name}, by ${effort}`, async () => {
        const names = new Set(queriesOfBranches.flatMap((query) => expected(whole, 'Observation', query)));
        const own = inMemory(
          resources.filter(
            ({ resourceType, id }) => resourceType !== 'Observation' || names.has(`${resourceType}/${id}`),
          ),
        );
        assert.ok(names.size > 0 && names.size < 90, `${names.size} are seen`);
        const of = queriesOfBranches.map((query) => parsed('Observation', query).query.branches[0]!.where);
        const where: Condition = { op: 'any', of };
        const access: ReadPermission = (type) => (type === 'Observation' ? where : true);
        const searches = openSearch(
          underTest.database.url,
          { ownBases: [], parameters: noParameters, reading: (work) => work(), ...(costLimits && { costLimits }) },
          { search: 20_000, total: 20_000 },
        );
        const some = [
          ...inTurn(
            [...queries(seed, rounds)].filter(({ type }) => type === 'Observation'),
            2,
          ),
        ];
        for (const query of ['_sort=-date', '_sort=date', '', '_sort=_id', '_sort=-_lastUpdated', '_sort=code']) {
          some.push({ type: 'Observation', query, count: 4 });
        }
        for (const { type, query, count } of some) {
          const request = { query: parsed(type, query).query, access, count };
          const label = `${type}?${query}`;
          const found = await allPages(searches, request);
          const wanted = expected(own, type, query);
          assert.deepEqual(found.toSorted(), wanted, label);
          assertSorted(own, found, request.query.sort, label);
          const { total } = await searches.search({ ...request, total: 'accurate' });
          assert.deepEqual(total, { value: wanted.length, accurate: true }, `total of ${label}`);
        }
        await searches.close();
      });
    }
  }
});
