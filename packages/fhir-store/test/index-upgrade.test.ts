/**
 * A database of the previous release, of definition 10, is upgraded while it is written to and searched: only queries that this definition cannot
 * answer are refused, until the next one takes over.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { indexRow, indexVersion, type IndexRow } from '@dhp/search-index/rows';
import { IndexNotReady, type FhirStore } from '../src/index.ts';
import { programDefinitions, type IndexDefinition } from '../src/statements/index-definition.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';
import { createOracle } from './side-by-side/oracle.ts';
import { randomFrom } from './side-by-side/random.ts';

const underTest = await storeUnderTest('index_upgrade');
const { sql } = underTest.database;

const composites = ['strength-concentration-ratio', 'strength-presentation-ratio'];

/** As the release before made them: no rows of every repetition, and a code and a unit of at most 64 characters. */
const before: IndexDefinition = {
  version: 10,
  row(resource, options) {
    const cut = cutUnits(resource);
    const [both, now, neither] = [{ firstRepetitions: true }, {}, { leftOut: leftOut(resource.resourceType) }].map(
      (more) => indexRow(cut, { ...options, budget: undefined, ...more }),
    ) as [IndexRow, IndexRow, IndexRow];
    const key = (one: { key: bigint }): bigint => one.key;
    const isOfBefore = (of: (row: IndexRow) => bigint[]) => {
      const [kept, gone] = [new Set(of(neither)), new Set(of(now))];
      return (one: bigint): boolean => kept.has(one) || !gone.has(one);
    };
    const [ofKeys, ofNumbers] = [isOfBefore(({ keys }) => [...keys]), isOfBefore((row) => row.numbers.map(key))];
    return {
      ...both,
      keys: both.keys.filter(ofKeys),
      numbers: both.numbers.filter((one) => ofNumbers(one.key)),
      words: both.words
        .filter((one) => ofNumbers(one.key) || ofKeys(one.key))
        .map((word) => (word.text.includes('hash of') ? { ...word, text: `["${'x'.repeat(254)}` } : word)),
    };
  },
};

function leftOut(type: string): Set<string> {
  return new Set(composites.map((name) => `${type}.${name}`));
}

function cutUnits<R extends object>(resource: R): R {
  const cut = (name: string, value: unknown): unknown =>
    (name === 'code' || name === 'unit') && typeof value === 'string' ? value.slice(0, 64) : value;
  return JSON.parse(JSON.stringify(resource, cut)) as R;
}

const random = randomFrom(1012);
const some = (count: number): number => Math.floor(random() * count);
const counts = { Observation: 60, Ingredient: 40, RiskAssessment: 30 } as const;
const long = 'u'.repeat(100);

function resourceAt(resourceType: string, id: string): Resource {
  const amount = (unit: string, most = 30) => ({ value: 1 + some(most), system: 'urn:units', code: unit, unit });
  if (resourceType === 'Ingredient') {
    const strength = Array.from({ length: 1 + some(11) }, () => ({
      concentrationRatio: { numerator: amount('mg', 5), denominator: amount('ml', 5) },
    }));
    const substance = { code: { concept: { coding: [{ system: 'urn:s', code: `s${some(3)}` }] } }, strength };
    return { resourceType, id, status: 'active', role: { text: 'active' }, substance };
  }
  const code = { coding: [{ system: 'urn:codes', code: `c${some(4)}` }] };
  if (resourceType === 'RiskAssessment')
    return {
      resourceType,
      id,
      status: 'final',
      subject: { reference: 'Patient/p' },
      code,
      prediction: [{ probabilityDecimal: some(10) / 10 }],
    };
  // Some with a long unit: in components, of other search parameters than the value.
  const component = [{ code, valueQuantity: amount(some(4) === 0 ? long : 'kg') }];
  return {
    ...{ resourceType, id, status: 'final', code, component, subject: { reference: `Patient/p${some(5)}` } },
    ...{ effectiveDateTime: `2026-0${1 + some(6)}-10T08:00:00Z`, valueQuantity: amount(['kg', 'g'][some(2)]!) },
  };
}

/** Searches, and whether definition 10 cannot answer them. */
const searches: readonly (readonly [type: string, query: string, refused: boolean])[] = [
  ['Ingredient', 'strength-concentration-ratio=1|urn:units|mg$2|urn:units|ml', true],
  ['Ingredient', 'strength-concentration-ratio=gt3$lt2', true],
  ['Ingredient', 'substance-code=urn:s|s1', false],
  ['Ingredient', 'status=active', false],
  ['Observation', 'value-quantity=gt10|urn:units|kg', false],
  ['Observation', 'value-quantity=lt10||g', false],
  ['Observation', 'value-quantity=gt10', false],
  ['Observation', 'code-value-quantity=urn:codes|c1$gt5|urn:units|kg', false],
  ['Observation', 'component-value-quantity=gt10', false],
  ['Observation', 'component-value-quantity=gt10|urn:units|kg', true],
  ['Observation', `component-value-quantity=gt10|urn:units|${long}`, true],
  ['Observation', 'combo-value-quantity=gt10|urn:units|kg', true],
  ['Observation', 'subject=Patient/p1&code=urn:codes|c2', false],
  ['Observation', 'date=ge2026-03-01&status=final', false],
  ['RiskAssessment', 'probability=gt0.5', false],
];

const oracle = createOracle();
const all = Object.entries(counts).flatMap(([type, count]) =>
  Array.from({ length: count }, (_, n) => `${type}/${type.toLowerCase()}-${n}`),
);

async function write(store: FhirStore, name: string): Promise<void> {
  const [type = '', id = ''] = name.split('/');
  const resource = resourceAt(type, id);
  oracle.begins([name]);
  await put(store, resource);
  oracle.ends(name, resource);
}

type Outcome = 'answered' | 'refused';

/** @throws AssertionError for a wrong answer */
async function ask(store: FhirStore, type: string, query: string): Promise<Outcome> {
  const asked = oracle.searching(type, query);
  try {
    const found = names(await search(store, type, query, { count: 1_000 }));
    assert.deepEqual(oracle.judge(asked, found), { missing: [], surplus: [] }, `${type}?${query}`);
    return 'answered';
  } catch (error) {
    if (error instanceof IndexNotReady) return 'refused';
    throw error;
  }
}

const version = async () => (await sql<{ version: number }[]>`select version from fhir.index_state`)[0]?.version;

async function askAll(store: FhirStore): Promise<string[]> {
  const refused: string[] = [];
  for (const [type, query] of searches)
    if ((await ask(store, type, query)) === 'refused') refused.push(`${type}?${query}`);
  return refused;
}

const lacking = searches.flatMap(([type, query, refused]) => (refused ? [`${type}?${query}`] : []));

describe('an upgrade from definition 10', { concurrency: false }, () => {
  it('begins with a database whose rows are those of the release before', async () => {
    const store = await underTest.open({ definitions: [before] });
    for (const name of all) await write(store, name);
    assert.equal(await version(), 10);
    // Searches of this release, asked of those rows by a program that takes them for its own, find too little: the oracle can fail.
    const careless = await underTest.open({ definitions: [{ version: 10, row: indexRow }] });
    const [type, query] = searches[0]!;
    await assert.rejects(ask(careless, type, query), assert.AssertionError);
    await Promise.all([store.close(), careless.close()]);
  });

  it('refuses what the rows cannot answer, and answers all else, before and after a write of the new release', async () => {
    const store = await underTest.open();
    assert.deepEqual(await askAll(store), lacking);
    for (const name of all.slice(0, 8)) await write(store, name);
    assert.deepEqual(await askAll(store), lacking);
    const { complete, next } = await store.indexState();
    assert.deepEqual({ complete, next: next?.version }, { complete: true, next: indexVersion });
    assert.equal(await version(), 10);
  });

  it('stores rows by which the release before finds what the new one writes', () => {
    const [ofBefore] = programDefinitions;
    assert.equal(ofBefore.version, 10);
    const ingredient = resourceAt('Ingredient', 'i');
    const needed = before.row(ingredient, {}).numbers.map(({ key, low, high }) => `${key} ${low} ${high}`);
    const made = new Set(ofBefore.row(ingredient, {}).numbers.map(({ key, low, high }) => `${key} ${low} ${high}`));
    assert.deepEqual(
      needed.filter((each) => !made.has(each)),
      [],
    );
    const now = new Set(indexRow(ingredient).numbers.map(({ key, low, high }) => `${key} ${low} ${high}`));
    assert.notDeepEqual(
      needed.filter((each) => !now.has(each)),
      [],
      'those of the next definition alone would not do',
    );
  });

  it('refuses nothing else while the next definition is built under load, and nothing at all behind it', async () => {
    const [store, other] = await Promise.all([underTest.open(), underTest.open()]);
    let over = false;
    const told = { answered: 0, refused: 0, written: 0 };
    const writers = [store, other].map(async (one, lane) => {
      while (!over) {
        const name = all[2 * some(all.length / 2) + lane]!;
        await write(one, name);
        told.written += 1;
      }
    });
    const searchers = [store, other].map(async (one) => {
      while (!over) {
        const [type, query, isLacking] = searches[some(searches.length)]!;
        const outcome = await ask(one, type, query);
        assert.ok(outcome === 'answered' || isLacking, `${type}?${query} is refused`);
        told[outcome] += 1;
      }
    });
    const load = Promise.all([...writers, ...searchers]);
    const built = (async () => {
      while (told.answered < 20 || told.refused < 5) await Promise.race([load, new Promise(setImmediate)]);
      for (const deadline = Date.now() + 120_000; (await version()) !== indexVersion;) {
        assert.ok(Date.now() < deadline, 'it does not take over');
        await Promise.all([store, other].map((one) => one.reindex({ stretch: 20, lease: 1_000 })));
      }
      const { refused, answered } = told;
      assert.deepEqual(await askAll(store), []);
      assert.deepEqual(await askAll(other), []);
      while (told.answered < answered + 40) await Promise.race([load, new Promise(setImmediate)]);
      assert.ok(told.written > 0 && refused > 0);
    })().finally(() => (over = true));
    await Promise.all([built, load]);
    assert.deepEqual(await askAll(store), []);
  });
});
