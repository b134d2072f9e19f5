/**
 * Cached statements for the shape of a search equal those that the search would make by itself: text, parameters, connections and cancelled
 * plans, over thousands of searches. No database is used: its answers are invented.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SearchFault, type GivenParameter } from '@dhp/fhir-search';
import { ownParameters, searchParametersOf } from '@dhp/fhir-search/parameters';
import { understandSearch, type Condition } from '@dhp/search-index';
import {
  search,
  usualCostLimits,
  type ReadPermission,
  type CompiledSearch,
  type SearchServer,
} from '@dhp/search-index/search';
import { CompiledFragment, fragmentsFor, type Connections, type IndexTables, type Run } from '@dhp/search-index/sql';
import { commitOrder } from '../src/commit-order/commit-order.ts';
import { running, type Pools } from '../src/search/run.ts';

const searches = 4_000;
/** The number of different shapes; each is repeated with other values. */
const shapes = 400;
const types = ['Patient', 'Observation', 'Encounter', 'Condition', 'MedicationRequest', 'Practitioner', 'Location'];
const options = {
  timeZone: 'Asia/Tashkent',
  now: new Date('2026-01-01T00:00:00Z'),
  ownBases: ['https://dhp.example/fhir'],
};

describe('statements of a shape', () => {
  it('are those that each search would make', async (t) => {
    const kept = new Map<string, CompiledSearch>();
    const random = createRandom(33);
    let asked = 0;
    let compiled = 0;
    const failed = [new Set<string>(), new Set<string>()] as const;
    for (let n = 0; n < searches; n += 1) {
      const wanted = wantedSearch({ shape: createRandom(n % shapes), values: random });
      if (wanted === undefined) continue;
      const tables: IndexTables = 'a';
      const answers = { seed: random.below(2 ** 31), follows: random.one([undefined, 3, 4]) };
      const own = await statementsOf({ ...wanted, ...answers, tables, failed: failed[0] });
      const byShape = await statementsOf({ ...wanted, ...answers, tables, failed: failed[1], kept });
      assert.deepEqual(byShape.statements, own.statements, wanted.text);
      assert.deepEqual(failed[1], failed[0], wanted.text);
      asked += own.statements.length;
      compiled += byShape.compiled;
    }
    const found = [...kept.values()];
    const none = found.filter((one) => one === 'none').length;
    t.diagnostic(`${asked} statements, ${compiled} of ${found.length - none} shapes, ${none} that cannot be kept`);
    assert.equal(none, 0);
    assert.ok(asked > searches / 2 && found.length > 80 && compiled > 5 * found.length, `${compiled} of ${asked}`);
  });

  it('are kept apart where anything but a value differs', async () => {
    const kept = new Map<string, CompiledSearch>();
    const differing = [
      'Patient?identifier=s|a',
      'Patient?identifier=s|a,s|b',
      'Patient?identifier:not=s|a',
      'Patient?family=a',
      'Patient?family:exact=a',
      'Patient?given=a',
      'Patient?identifier=s|a&_sort=_id',
      'Patient?identifier=s|a&_sort=-_id',
      'Patient?general-practitioner=Practitioner/a',
      'Practitioner?identifier=s|a',
      'Observation?code=s|a',
      'Observation?code=a',
      'Observation?code=s|a&subject=Patient/a',
      'Observation?code=s|a&subject:missing=false',
    ];
    for (const [n, text] of differing.entries()) {
      const [type = '', query = ''] = text.split('?');
      await statementsOf({
        ...understood(type, [...new URLSearchParams(query)]),
        access: () => true,
        text,
        tables: 'a',
        seed: 1,
        kept,
      });
      assert.equal(kept.size, n + 1, text);
    }
  });
});

interface Asked {
  readonly text: string;
  readonly query: ReturnType<typeof understandSearch>['query'];
  readonly access: ReadPermission;
  readonly tables: IndexTables;
  readonly count?: number;
  readonly seed: number;
  readonly follows?: number | undefined;
  readonly failed?: Set<string>;
  readonly kept?: Map<string, CompiledSearch>;
}

/** A statement with its values in the places where it has them: one of a shape binds a value once for all places that have it with the same cast. */
function withValues(text: string, parameters: readonly unknown[]): string {
  const used = new Set<number>();
  const told = text.replaceAll(/\$(\d+)/g, (_, number: string) => {
    used.add(Number(number));
    return `<${JSON.stringify(parameters[Number(number) - 1])}>`;
  });
  assert.equal(used.size, parameters.length, text);
  return told;
}

/** The statements of a search, against answers that `seed` makes up. */
async function statementsOf({ query, access, tables, seed, follows, failed = new Set(), kept, count = 20 }: Asked) {
  const random = createRandom(seed);
  const statements: unknown[] = [];
  let compiled = 0;
  let answer: (Buffer | null)[][] = [];
  const pool = (name: string) => ({
    unsafe: (text: string, parameters: unknown[]) => {
      statements.push({ name, text: withValues(text, parameters) });
      return { raw: async () => answer };
    },
  });
  const pools = { searches: pool('searches'), walks: pool('walks'), counts: pool('counts') } as unknown as Pools;
  const gated = running(
    { pools, isSpread: () => false, shards: () => undefined, settings: { searches: {}, walks: {}, counts: {} } },
    12,
    follows,
  );
  const run: Run = async (sql, statement, what) => {
    if (statement instanceof CompiledFragment) compiled += 1;
    answer = what === 'page' ? [page(random)] : what === 'words' ? [words(random)] : rows(random);
    return gated(sql, statement, what);
  };
  const on = (connections: Connections) => fragmentsFor(connections, commitOrder, tables);
  const failedPlans = {
    has: (name: string) => failed.has(name),
    isEmpty: () => failed.size === 0,
    add: (name: string) => failed.add(name),
  };
  const server: SearchServer = {
    finding: {
      ...{ sql: on('searches'), ordered: on('walks'), run, runBriefly: run, failedPlans, costLimits: usualCostLimits },
      fullText: { wanted: async () => ({ since: '1', server: 'a' }) },
      compiled: kept,
    },
    counting: { sql: on('counts'), run, kept: new Map() },
    ...{
      ownBases: options.ownBases,
      known: () => ownParameters(0, []),
      settle: async () => 0,
      seesTheSame: async () => true,
    },
  };
  try {
    await search(server, { query, access, count });
  } catch (error) {
    statements.push(String(error));
  }
  return { statements, compiled };
}

/** No match; and one alternative of three is given up. */
function page(random: Random): (Buffer | null)[] {
  const givenUp = random.below(3) === 0 ? 't' : 'f';
  return [Buffer.from('1:1:'), Buffer.from(givenUp), ...Array.from({ length: 13 }, () => null)];
}

/** The number of compared texts, and the keys of those that match. */
function words(random: Random): (Buffer | null)[] {
  const keys = Array.from({ length: random.below(3) }, () => String(random.below(1000)));
  return [Buffer.from('3'), keys.length === 0 ? null : Buffer.from(keys.join())];
}

function rows(random: Random): Buffer[][] {
  return Array.from({ length: random.below(3) }, () => [
    Buffer.from(String(random.below(1000))),
    Buffer.from('mg'),
    Buffer.from('1'),
  ]);
}

function understood(type: string, parameters: readonly GivenParameter[]) {
  const { query } = understandSearch({ type }, parameters, { ...options, lenient: false });
  return { query };
}

/** Chances that decide on the shape of a search, and on its values. */
interface Chance {
  readonly shape: Random;
  readonly values: Random;
}

/** A search of one type by some of its parameters, by a caller who may see all, or some. Undefined if the search is refused. */
function wantedSearch(chance: Chance): Pick<Asked, 'text' | 'query' | 'access' | 'count'> | undefined {
  const { shape } = chance;
  const type = shape.one(types);
  const all = [...searchParametersOf(type).values()].filter(
    (each) => kinds.includes(each.type) || shape.below(12) === 0,
  );
  const parameters: GivenParameter[] = Array.from({ length: 1 + shape.below(2) }, () => {
    const { code, type: kind, target } = shape.one(all);
    const modifier = shape.one(modifiers[kind] ?? ['']);
    const count = modifier === ':missing' ? 1 : shape.one([1, 1, 1, 2, 3, 70]);
    const to = target.length === 0 || target.length > 100 ? 'Patient' : shape.one(target);
    const form = shape.below(5);
    const value = (): string =>
      modifier === ':missing' ? chance.values.one(['true', 'false']) : valueOf(chance.values, kind, { to, form });
    return [`${code}${modifier}`, Array.from({ length: count }, value).join(',')];
  });
  if (shape.below(3) === 0) parameters.push(['_sort', shape.one(sorts)]);
  const access = accessOf(chance);
  try {
    const text = `${type}?${parameters.map((each) => each.join('=')).join('&')}`;
    return { text, ...understood(type, parameters), access, count: chance.values.one([1, 20, 50]) };
  } catch (error) {
    if (error instanceof SearchFault) return undefined;
    throw error;
  }
}

const kinds = ['token', 'string', 'reference', 'uri'];
const sorts = [
  '_id',
  '-_id',
  '_lastUpdated',
  '-_lastUpdated',
  'date',
  '-date',
  'family',
  '-birthdate',
  'code',
  '_id,date',
];
const modifiers: Readonly<Record<string, readonly string[]>> = {
  token: ['', '', '', '', ':not', ':missing', ':text'],
  string: ['', '', '', ':exact', ':contains', ':missing'],
  reference: ['', '', '', ':missing'],
  uri: ['', '', ':missing'],
};

/** Texts with characters that have a meaning in JSON, in patterns and in statements. */
const texts = [
  'Karimova',
  'о',
  'a"b',
  'a\\\\b',
  "o'g'il",
  '100%_',
  '12 34',
  '{1,2}',
  '-5',
  '$1',
  '\u{e000}"0-0"\u{e000}',
  '😀',
];

function valueOf(random: Random, kind: string, { to, form }: { to: string; form: number }): string {
  const word = (): string => `${random.one(texts).replaceAll(/[,$|]/g, '\\$&')}${random.below(1e6)}`;
  switch (kind) {
    case 'token':
      return [`s${random.below(3)}|${word()}`, word(), `|${word()}`, 'true', `s${random.below(9)}|`][form]!;
    case 'reference':
      return `${to}/p${random.below(1e6)}`;
    case 'date':
      return `${random.one(['', 'ge', 'lt'])}20${10 + random.below(20)}`;
    case 'number':
      return String(random.below(100));
    case 'quantity':
      return `gt${random.below(100)}`;
    default:
      return word();
  }
}

/** All is visible; or the resources of some patients, or with a label; or all but one type. */
function accessOf({ shape, values }: Chance): ReadPermission {
  const hash = (): bigint => BigInt.asIntN(64, (BigInt(values.below(2 ** 31)) << 33n) ^ BigInt(values.below(2 ** 31)));
  const patients: Condition = { op: 'patient', any: Array.from({ length: 1 + shape.below(2) }, hash) };
  const label: Condition = { op: 'keys', any: [hash()], expect: 'many' };
  return shape.one<ReadPermission>([
    () => true,
    () => true,
    () => patients,
    () => ({ op: 'any', of: [patients, label] }),
    () => ({ op: 'all', of: [patients, { op: 'not', of: label }] }),
    (type) => type !== 'Location',
  ]);
}

interface Random {
  below(limit: number): number;
  one<Item>(items: readonly Item[]): Item;
}

/** Mulberry32: the same for the same seed. */
function createRandom(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, one: (items) => items[below(items.length)]! };
}
