/** Chains and `_has` that lead to many: the statement is as long as the chain, each step is looked up by its own index, and time is short. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { SearchTimeout, type FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest } from './database.ts';
import { everyone, names, parsed, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_joins');
let store: FhirStore;

const patient = (id: string, linked: readonly string[] = []): Resource => ({
  ...{ resourceType: 'Patient', id, active: true },
  ...(linked.length > 0 && {
    link: linked.map((other) => ({ type: 'seealso', other: { reference: `Patient/${other}` } })),
  }),
});
const ids = (name: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${name}${i}`);

/** Each refers to all, so that the number of paths is a power of their number. */
const circle = ids('circle', 8);
const chain = (links: number): string => `${'link:Patient.'.repeat(links)}active:missing=true`;
const has = (links: number): string => `${'_has:Patient:link:'.repeat(links)}active:missing=true`;

before(async () => {
  store = await underTest.open({ searchTimeouts: { search: 600_000, total: 600_000 } });
  await put(store, ...circle.map((id) => patient(id, circle)), ...ids('other', 300).map((id) => patient(id)));
  // For a table that was empty at its last analyze, all indexes look equally good.
  await underTest.database.sql`analyze fhir.search`;
});

interface Node {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Node[];
}

interface Explained {
  readonly sql: string;
  readonly nodes: readonly Node[];
  readonly blocks: number;
}

async function explained(query: string): Promise<Explained> {
  const { statements } = await store.explain({ query: parsed('Patient', query).query, access: everyone, count: 20 });
  const plans = statements.map(({ analysis }) => {
    const text = typeof analysis === 'string' ? analysis : JSON.stringify(analysis);
    return (JSON.parse(text) as [{ Plan: Node & { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }])[0]
      .Plan;
  });
  const all = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(all)];
  return {
    sql: statements.map(({ sql }) => sql).join('\n'),
    nodes: plans.flatMap(all),
    blocks: plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0),
  };
}

describe('a chain that leads to many', () => {
  for (const [name, query] of [
    ['of references', chain],
    ['of _has', has],
  ] as const) {
    it(`${name} has a statement that grows with its links, not with a power of them`, async () => {
      // A single `_has` is asked directly of the first resources.
      const [two, three, four] = [await explained(query(2)), await explained(query(3)), await explained(query(4))];
      const [first, second] = [three.sql.length - two.sql.length, four.sql.length - three.sql.length];
      assert.ok(first > 0);
      assert.ok(Math.abs(second - first) < first / 10, `${first} characters more, then ${second}`);
    });

    it(`${name} reads each step by its own index alone`, async () => {
      const { nodes } = await explained(query(2));
      const used = nodes.filter((node) => node['Index Name'] !== undefined && node['Actual Loops'] > 1);
      assert.ok(used.length > 0, 'no step was taken');
      assert.deepEqual(
        nodes.filter((node) => node['Node Type'] === 'BitmapAnd'),
        [],
      );
      const ofTypes = used.filter((node) => /_(?:dt|type)$/.test(node['Index Name']!));
      assert.deepEqual(ofTypes, [], 'all of a type are read for each candidate');
    });
  }

  it('costs as much for each candidate, however many there are', async () => {
    const blocksWith = async (n: number): Promise<number> => {
      await put(store, ...ids('alone', n).map((id) => patient(id)));
      return (await explained(chain(1))).blocks;
    };
    const [few, many] = [await blocksWith(100), await blocksWith(400)];
    assert.ok(many <= 5 * few, `${few} blocks with 100 others, ${many} with 400`);
  });

  it('finds what it leads to', async () => {
    await put(store, { ...patient('end'), active: undefined }, patient('before', ['end']));
    await put(store, patient('first', ['before']));
    assert.deepEqual(names(await search(store, 'Patient', chain(2))), ['Patient/first']);
    assert.deepEqual(
      names(await search(store, 'Patient', `_has:Patient:link:${has(1)}`.replace(':missing=true', '=true&_id=end'))),
      ['Patient/end'],
    );
  });

  it('finds what is referred to by what is in the compartment of somebody else', async () => {
    const reference = (to: string): object => ({ reference: to });
    await put(
      store,
      { resourceType: 'Practitioner', id: 'performer' },
      { resourceType: 'Practitioner', id: 'idle' },
      {
        ...{ resourceType: 'Observation', id: 'of-one', status: 'final', code: { text: 'Sugar' } },
        ...{ subject: reference('Patient/other0'), performer: [reference('Practitioner/performer')] },
      },
    );
    // No index leads to resources without a value, so each candidate is checked.
    const query = '_has:Observation:performer:value-quantity:missing=true';
    assert.deepEqual(names(await search(store, 'Practitioner', query)), ['Practitioner/performer']);
  });

  it('is given up in little time, where its ways are too many', async () => {
    const searches = openSearch(
      underTest.database.url,
      { ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work() },
      { search: 600_000, total: 600_000, joins: 300 },
    );
    const asked = (query: string) =>
      searches.search({ query: parsed('Patient', query).query, access: everyone, count: 5 });
    try {
      await assert.rejects(asked(chain(8)), SearchTimeout);
      await assert.rejects(asked(has(8)), SearchTimeout);
      // One step to few is no such chain.
      assert.equal((await asked('link:Patient.active=true')).matches.length, 5);
    } finally {
      await searches.close();
    }
  });
});
