/**
 * Roles, teams and groups with completely known members, over random links with circles, depth and width: within the bound the result equals
 * following the links, beyond it nothing is known, and the cost does not grow with the members.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations } from '../src/index.ts';
import { randomOf } from './consent-world.ts';

let database: TestDatabase;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'groups_untold', migrations: [migrations] });
  sql = database.sql;
});
after(() => database.drop());

/** Groups by their numbers: the groups in each, and which are completely known. */
interface World {
  readonly within: ReadonlyMap<number, readonly number[]>;
  readonly whole: ReadonlySet<number>;
}

const list = (numbers: Iterable<number>): string => `{${[...numbers].join()}}`;

async function store({ within, whole }: World): Promise<void> {
  const parts = [...within].flatMap(([group, all]) => all.map((one) => [group, one] as const));
  await sql`truncate fhir.care_link`;
  await sql`
    insert into fhir.care_link (rid, own, kind, target, actor, since, until)
    select target, target, kind, target, actor, '-infinity', 'infinity' from (
      select 12, * from unnest(${list(parts.map(([group]) => group))}::bigint[], ${list(parts.map(([, one]) => one))}::bigint[])
      union all select 13, own, own from unnest(${list(whole)}::bigint[]) as own) as links (kind, target, actor)`;
}

async function untold(of: readonly number[], most: number): Promise<number[]> {
  const [row] = await sql<
    { found: string[] }[]
  >`select fhir.groups_untold(${list(of)}::bigint[], ${most}, false) as found`;
  return row!.found.map(Number).sort((one, other) => one - other);
}

function reached({ within }: World, from: number): Set<number> {
  const all = new Set([from]);
  for (const one of all) for (const next of within.get(one) ?? []) all.add(next);
  return all;
}

/** By following the links, without a bound. */
function expected(world: World, of: readonly number[]): { readonly untold: number[]; readonly steps: number } {
  const all = [...new Set(of)].map((from) => [from, reached(world, from)] as const);
  return {
    untold: all.filter(([, seen]) => [...seen].some((one) => !world.whole.has(one))).map(([from]) => from),
    steps: all.reduce((sum, [, seen]) => sum + seen.size, 0),
  };
}

type Random = ReturnType<typeof randomOf>;

/** Shapes of links between groups, some not completely known. */
const shapes: Readonly<Record<string, (n: number, random: Random) => number[]>> = {
  chain: (n) => [n + 1],
  circle: (n) => [(n + 1) % 40],
  'circle with a tail': (n) => (n < 40 ? [(n + 1) % 20, n === 5 ? 40 : 1] : []),
  wide: (n) => (n === 0 ? Array.from({ length: 60 }, (_, k) => k + 1) : []),
  'each in each': () => Array.from({ length: 40 }, (_, k) => k),
  tree: (n) => [2 * n + 1, 2 * n + 2].filter((each) => each < 60),
  random: (_, random) => Array.from({ length: random(4) }, () => random(60)),
};

function worldOf(shape: (n: number, random: Random) => number[], size: number, random: Random): World {
  const groups = Array.from({ length: size }, (_, n) => n);
  const gaps = random(3) === 0 ? 1 + random(3) : 0;
  const open = new Set(Array.from({ length: gaps }, () => random(size)));
  return {
    within: new Map(groups.map((n) => [n, shape(n, random).filter((each) => each < size)])),
    whole: new Set(groups.filter((n) => !open.has(n))),
  };
}

describe('who belongs to groups is known as far as following the links tells', () => {
  for (const [name, shape] of Object.entries(shapes))
    it(name, async () => {
      const random = randomOf(name.length);
      const seen = { within: 0, beyond: 0, untold: 0 };
      for (let round = 0; round < 30; round += 1) {
        const world = worldOf(shape, 60, random);
        await store(world);
        const of = Array.from({ length: 1 + random(3) }, () => random(60));
        const { untold: told, steps } = expected(world, of);
        const most = 1 + random(150);
        const found = await untold([...new Set(of)], most);
        const sorted = (steps > most ? [...new Set(of)] : told).sort((one, other) => one - other);
        assert.deepEqual(found, sorted, JSON.stringify({ of, most, steps, world: [...world.within] }));
        seen[steps > most ? 'beyond' : 'within'] += 1;
        if (found.length > 0) seen.untold += 1;
      }
      assert.ok(Math.min(seen.within, seen.untold) > 0, JSON.stringify(seen));
    });
});

describe('a group of a hundred teams of a thousand members each', () => {
  const teams = Array.from({ length: 100 }, (_, n) => n + 1);
  before(async () => {
    await store({ within: new Map([[0, teams]]), whole: new Set([0, ...teams]) });
    await sql`
      insert into fhir.care_link (rid, own, kind, target, actor, since, until)
      select team, team, 9, team, 1000000 + team * 1000 + member, '-infinity', 'infinity'
      from generate_series(1, 100) as team, generate_series(1, 1000) as member`;
    await sql`analyze fhir.care_link`;
  });

  /** Blocks of the database that one look-up reads, once the plan is cached. */
  async function blocks(of: string, most: number): Promise<{ readonly hit: number; readonly milliseconds: number }> {
    const asked = `explain (analyze, buffers, format json) select fhir.groups_untold('${of}'::bigint[], ${String(most)}, false)`;
    let plan: Record<string, number> = {};
    for (let times = 0; times < 8; times += 1) {
      const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }[]>(asked);
      plan = row!['QUERY PLAN'][0].Plan;
    }
    const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read, 'Actual Total Time': milliseconds } = plan;
    return { hit: hit! + read!, milliseconds: milliseconds! };
  }

  it('is known without reading its members', async (test) => {
    assert.deepEqual(await untold([0], 200), []);
    const whole = await blocks('{0}', 200);
    const beyond = await blocks('{0}', 50);
    const flat = await blocks('{7}', 200);
    test.diagnostic(JSON.stringify({ whole, beyond, flat }));
    assert.ok(whole.hit < 101 * 12, `${String(whole.hit)} blocks`);
    assert.ok(beyond.hit < 51 * 12, `${String(beyond.hit)} blocks`);
    assert.ok(flat.hit < 24, `${String(flat.hit)} blocks`);
  });

  it('costs no more, however many groups it leads to', async (test) => {
    await sql`
      insert into fhir.care_link (rid, own, kind, target, actor, since, until)
      select 5000 + n, 5000 + n, 12, 5000 + n, 5001 + n, '-infinity', 'infinity' from generate_series(0, 20000) as n`;
    assert.deepEqual(await untold([5000], 200), [5000]);
    const { hit, milliseconds } = await blocks('{5000}', 200);
    test.diagnostic(JSON.stringify({ hit, milliseconds }));
    assert.ok(hit < 201 * 12, `${String(hit)} blocks`);
  });
});
