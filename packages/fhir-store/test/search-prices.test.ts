/** The cost of ways to ask beside their answers, in blocks that PostgreSQL reads; no times. docs/decisions/0151-ways-to-ask.md */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { partitionsOfTests } from '@dhp/postgres/testing';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest } from './database.ts';
import { allPages, everyone, parsed, search } from './search-world.ts';

const underTest = await storeUnderTest('search_prices');
const count = 6_000;
const patients = 300;
/** Divided tables have an index in each part, so that the way to its first rows is read in each. */
const blocksOfPart = 3;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await store.bulkInsert(resources());
  await underTest.database.sql.unsafe('vacuum (analyze)').simple();
});

const reference = (type: string, n: number): object => ({ reference: `${type}/${type.toLowerCase()}${n}` });

function observation(n: number) {
  return {
    ...{ resourceType: 'Observation', id: `o${n}`, status: 'final', subject: reference('Patient', n % patients) },
    ...(n % 3_000 === 0 && { meta: { tag: [{ system: 'urn:tags', code: 'rare' }] } }),
    category: [{ coding: [{ system: 'urn:categories', code: 'all' }] }],
    code: { coding: [{ system: 'urn:codes', code: `c${n % 20}` }] },
    performer: [reference('Practitioner', n % 30)],
    effectiveDateTime: new Date(Date.UTC(2020, 0, 1) + ((n * 7_919) % count) * 3_600_000).toISOString(),
    valueQuantity: { value: (n * 31) % 4_001, unit: `u${n % 5}` },
  };
}

async function* resources() {
  await Promise.resolve();
  const all = [
    ...Array.from({ length: 30 }, (_, n) => ({
      ...{ resourceType: 'Practitioner', id: `practitioner${n}`, name: [{ family: `Karimov${n}` }] },
      ...(n > 2 && { qualification: [{ code: { coding: [{ code: 'MD' }] } }] }),
    })),
    // The newest of them have no record.
    ...Array.from({ length: patients + 400 }, (_, n) => ({ resourceType: 'Patient', id: `patient${n}` })),
    ...Array.from({ length: count }, (_, n) => observation(n)),
    ...Array.from({ length: 200 }, (_, n) => ({
      ...{ resourceType: 'DiagnosticReport', id: `r${n}`, status: 'final', code: { text: 'report' } },
      ...{
        category: [{ coding: [{ code: n < 190 ? 'LAB' : 'other' }] }],
        result: [{ reference: `Observation/o${n}` }],
      },
    })),
  ];
  for (const body of all) yield { id: body.id, ...newVersion(body) };
}

/** A node of an executed plan. */
interface Node {
  readonly [property: string]: unknown;
  readonly 'Node Type': string;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Node[];
}

/** The statements of a repeated search, which uses the remembered cancelled plans. */
async function statementsOf(type: string, query: string, total: 'none' | 'accurate' = 'none') {
  await search(store, type, query, { count: 20, total });
  const asked = { query: parsed(type, query).query, access: everyone, count: 20, total };
  const { statements } = await store.explain(asked);
  return statements.map(({ what, analysis }) => ({ what, plan: (analysis as [{ Plan: Node }])[0].Plan }));
}

async function blocksOf(type: string, query: string): Promise<number> {
  const statements = await statementsOf(type, query);
  return statements.reduce((sum, { plan }) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0);
}

/** How often a kind of node was carried out. */
function loopsOf(kind: string, node: Node): number {
  const below = (node.Plans ?? []).reduce((sum, each) => sum + loopsOf(kind, each), 0);
  return below + (node['Node Type'] === kind ? node['Actual Loops'] : 0);
}

describe('a page of what few have, or of what an order begins with', () => {
  const most: readonly (readonly [type: string, query: string, blocks: number])[] = [
    // A walk over 1,250 rows, and then the index of keys.
    ['Observation', '_tag=urn:tags|rare', 1_700],
    // The first values of each of some hundred keys.
    ['Observation', '_sort=value-quantity', 3_000],
    ['Observation', '_sort=-value-quantity,date', 3_500],
    // The Observations of the first patients, and not those of all.
    ['Observation', '_sort=subject,-date', 2_000],
    // Practitioners are looked through first.
    ['Observation', 'performer:Practitioner.qualification-code:not=MD&_tag=none', 2_500],
    // Of few reports all are read, and their targets are looked up once.
    ['Observation', '_has:DiagnosticReport:result:category:not=LAB', 1_500],
    // Reports without a sort value are looked for among the first rows and among the reports, not among all rows.
    ['DiagnosticReport', 'subject:missing=false&_sort=category', 950],
    // The keys of reports are looked up in the order of the index, and not one by one.
    ['Observation', '_has:DiagnosticReport:result:status=final&_sort=-value-quantity', 900],
  ];
  for (const [type, query, blocks] of most)
    it(`reads ${String(blocks)} blocks at most: ${type}?${query}`, async () => {
      const read = await blocksOf(type, query);
      assert.ok(read <= blocks + blocksOfPart * partitionsOfTests(), `${String(read)} blocks`);
    });

  const bodies: readonly (readonly [type: string, query: string, least: number, most: number])[] = [
    // Once a row, and not for each part of the order, if the first key is walked.
    ['Practitioner', '_sort=family,identifier', 21, 45],
    // The first practitioners have a page.
    ['Observation', 'code=c8,c9&_sort=-performer', 0, 0],
    // A row has its patient, whatever comes before.
    ['Observation', 'code=c7&_sort=category,-subject', 0, 1],
    // None of the first 200 ids is in a report: all reports are read, and nothing else.
    ['DiagnosticReport', '_sort=-result', 200, 200],
  ];
  for (const [type, query, least, most] of bodies)
    it(`reads ${String(most)} bodies at most for the order: ${type}?${query}`, async () => {
      const statements = await statementsOf(type, query);
      const read = loopsOf('ProjectSet', statements.at(-1)!.plan);
      assert.ok(read >= least && read <= most, `${String(read)} bodies`);
    });

  it('counts nothing where the page has all matches, and says how many they are', async () => {
    const kinds = async (query: string): Promise<string[]> =>
      (await statementsOf('Observation', query, 'accurate')).map(({ what }) => what);
    assert.deepEqual(await kinds('_tag=urn:tags|rare'), ['page']);
    assert.deepEqual(await kinds('code=c3'), ['page', 'total']);
    for (const [query, value] of [
      ['_tag=urn:tags|rare', 2],
      ['_tag=none', 0],
      ['code=c3', count / 20],
    ] as const) {
      const found = await search(store, 'Observation', query, { count: 20, total: 'accurate' });
      assert.deepEqual(found.total, { value, accurate: true }, query);
    }
    const whole = await search(store, 'Observation', '_tag=urn:tags|rare', { count: 2, total: 'estimate' });
    assert.deepEqual([whole.matches.length, whole.total, whole.next], [2, { value: 2, accurate: true }, undefined]);
  });

  it('sorts by the text of what is referred to where the first targets tell too little', async () => {
    const { query } = parsed('DiagnosticReport', '_sort=-result');
    const found = await allPages(store, { query, access: everyone, count: 70 });
    const ids = Array.from({ length: 200 }, (_, n) => `o${n}`)
      .toSorted()
      .reverse();
    assert.deepEqual(
      found,
      ids.map((id) => `DiagnosticReport/r${id.slice(1)}`),
    );
  });

  it('sorts by the patient what is found by words alone, which say nothing of the row', async () => {
    for (const sort of ['subject', '-patient']) {
      const { query } = parsed('Observation', `_content=rare&_sort=${sort}`);
      const found = await allPages(store, { query, access: everyone, count: 5 });
      assert.deepEqual(found.toSorted(), ['Observation/o0', 'Observation/o3000']);
    }
  });

  it('has each patient once of whom many Observations have a code, though the newest have none', async () => {
    const { query } = parsed('Patient', '_has:Observation:patient:code=urn:codes|c3');
    const found = await allPages(store, { query, access: everyone, count: 7 });
    const wanted = Array.from({ length: patients }, (_, n) => n).filter((n) => n % 20 === 3);
    assert.deepEqual(found.toSorted(), wanted.map((n) => `Patient/patient${n}`).toSorted());
  });

  it('has what lacks the value of the order behind the rest, by row, page after page, up and down', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `DiagnosticReport/r${n}`);
    const sorted = async (type: string, sort: string): Promise<string[]> => {
      const { query } = parsed(type, `_sort=${sort}`);
      return allPages(store, { query, access: everyone, count: 70 });
    };
    assert.deepEqual(await sorted('DiagnosticReport', 'identifier'), ids);
    assert.deepEqual(await sorted('DiagnosticReport', '-identifier'), ids.toReversed());
    assert.deepEqual(await sorted('DiagnosticReport', 'identifier,-_id'), ids.toSorted().reverse());
    const observations = Array.from({ length: count }, (_, n) => `Observation/o${n}`);
    assert.deepEqual(await sorted('Observation', 'method'), observations);
  });

  it('sorts by a reference, and what is equal in it by the next key, page after page', async () => {
    const { query } = parsed('Observation', 'code=c5,c6&_sort=performer,-value-quantity');
    const found = await allPages(store, { query, access: everyone, count: 90 });
    const numbers = Array.from({ length: count }, (_, n) => n).filter((n) => n % 20 === 5 || n % 20 === 6);
    const value = (n: number): number => (n * 31) % 4_001;
    const wanted = numbers.toSorted((a, b) => {
      const [x, y] = [`practitioner${a % 30}`, `practitioner${b % 30}`];
      return x === y ? value(b) - value(a) : x < y ? -1 : 1;
    });
    const keyOf = (n: number): string => `${n % 30} ${value(n)}`;
    assert.deepEqual(
      found.map((name) => keyOf(Number(name.slice('Observation/o'.length)))),
      wanted.map(keyOf),
    );
  });
});
