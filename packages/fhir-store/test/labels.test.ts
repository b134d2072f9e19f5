/**
 * Labels of versions: stored with each write, in steps for earlier versions, and inherited from every resource to which a resource leads.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { containerTypes, definitionOf, isLabelled, labelReader, membersOf, type LabelledResource } from '@dhp/labels';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Condition } from '@dhp/search-index';
import type { Unlabelled } from '@dhp/search-index/labels';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
const timeouts = { lock: 60_000, statement: 120_000 };
let database: TestDatabase;
let store: FhirStore;
let other: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'labels', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options, timeouts });
  other = await openStore({ url: database.url, ...options, timeouts });
  sql = database.sql; // of the owner
});
after(async () => {
  await Promise.all([store.close(), other.close()]);
  await database.drop();
});

const [hiv, psy] = ['urn:l|HIV', 'urn:l|PSY'];
const rules = definitionOf(
  [
    { labels: [hiv], codes: ['urn:c|hiv'] },
    { labels: [psy], codes: ['urn:c|psy'] },
  ],
  [],
);
let generation = 0;
const define = (definition?: typeof rules): Promise<void> => store.labels.define(definition, (generation += 1));

const coded = (code: string): object => ({ code: { coding: [{ system: 'urn:c', code }] } });
type Identified = JsonResource & { id: string };
const observation = (id: string, code: string): Identified => ({
  ...{ resourceType: 'Observation', id, status: 'final' },
  ...coded(code),
});
const report = (id: string, ...results: string[]): Identified => ({
  ...{ resourceType: 'DiagnosticReport', id, status: 'final', code: { text: 'x' } },
  result: results.map((reference) => ({ reference })),
});
const list = (id: string, ...items: string[]): Identified => ({
  ...{ resourceType: 'List', id, status: 'current', mode: 'working' },
  entry: items.map((reference) => ({ item: { reference } })),
});
const put = (resource: Identified, at = store): Promise<unknown> =>
  at.update({ ...newVersion(resource), id: resource.id, ...unconditional });

const none = (...labels: string[]): Unlabelled => ({ op: 'unlabelled', none: labels, inheriting: containerTypes });
/** Whether a search finds it, which must be as a question about the version in hand has it. */
async function isLeft(resource: Identified, ...labels: string[]): Promise<boolean> {
  const { resourceType: type, id } = resource;
  const condition = none(...labels);
  const where: Condition = { op: 'all', of: [{ op: 'id', any: [id] }, condition] };
  const isFound = (await store.find(type, where, 1)).length > 0;
  const { content } = (await store.read(type, id))!;
  const candidate = { type, id, resource: JSON.parse(content.toString()) as Identified, isSent: false };
  assert.equal(await store.labels.unlabelled(candidate, condition), isFound, `${type}/${id}`);
  return isFound;
}

describe('labels of a version', () => {
  before(() => define(rules));

  it('are stored with it, by every way to store one', async () => {
    await put(observation('w', 'hiv'));
    assert.deepEqual(await store.labels.of([{ type: 'Observation', id: 'w' }]), [[hiv]]);
    await store.transaction([
      { kind: 'update', id: 'w2', ...newVersion(observation('w2', 'psy')), ...unconditional },
      { kind: 'create', id: 'w3', ...newVersion(observation('w3', 'hiv')) },
    ]);
    const made = await store.create(newVersion(observation('x', 'psy')));
    assert.ok('version' in made);
    await store.bulkInsert(
      (async function* () {
        yield await Promise.resolve({ ...newVersion(observation('w4', 'hiv')), id: 'w4' });
      })(),
    );
    await put(observation('w5', 'other'));
    await put(observation('w5', 'psy'));
    const of = ['w2', 'w3', made.version.id, 'w4', 'w5'].map((id) => ({ type: 'Observation', id }));
    assert.deepEqual(await store.labels.of(of), [[psy], [hiv], [psy], [hiv], [psy]]);
    assert.equal(await isLeft(observation('w', ''), hiv), false);
    assert.equal(await isLeft(observation('w', ''), psy), true);
  });

  it('stay with the resource, whatever a later version says, and over a deletion', async () => {
    await put(observation('s', 'hiv'));
    await put(observation('s', 'other'));
    assert.equal(await isLeft(observation('s', ''), hiv), false);
    await store.delete({ type: 'Observation', id: 's' });
    await put(observation('s', 'other'));
    assert.equal(await isLeft(observation('s', ''), hiv), false);
  });

  it('are not stored where the write is not', async () => {
    await put(observation('n', 'other'));
    const result = await store.update({
      ...{ ...newVersion(observation('n', 'hiv')), id: 'n', ifMatch: [7] },
      ...{ requireMatch: true, createAllowed: false },
    });
    assert.ok(!('version' in result), JSON.stringify(result));
    assert.equal(await isLeft(observation('n', ''), hiv), true);
  });

  it('are those of the rules in force, also where another server has not heard of them', async () => {
    await other.searchParameters();
    await define(definitionOf([{ labels: [hiv], codes: ['urn:c|new'] }], []));
    await put(observation('g', 'new'), other);
    assert.deepEqual(await store.labels.of([{ type: 'Observation', id: 'g' }]), [[hiv]]);
    await define(rules);
  });

  it('follow no access policies of before', async () => {
    const before = generation;
    await store.labels.define(definitionOf([], []), before - 1);
    await put(observation('p', 'hiv'));
    assert.equal(await isLeft(observation('p', ''), hiv), false);
  });
});

describe('what puts resources together', () => {
  it('has their labels, from the moment at which they have them', async () => {
    await put(report('r', 'Observation/later'));
    await put(list('l', 'DiagnosticReport/r'));
    assert.equal(await isLeft(list('l'), hiv), true);
    await put(observation('later', 'hiv'));
    assert.deepEqual(await Promise.all([isLeft(report('r'), hiv), isLeft(list('l'), hiv)]), [false, false]);
    assert.equal(await isLeft(list('l'), psy), true);
    await put(list('l'));
    assert.equal(await isLeft(list('l'), hiv), true, 'it has no entry any more');
  });

  it('is stored and labelled in any order at once, and never seen without', async () => {
    for (let round = 0; round < 12; round += 1) {
      const id = `race${String(round)}`;
      await put(observation(id, 'other'));
      const over = new AbortController();
      const seen: string[] = [];
      const watching = (async () => {
        while (!over.signal.aborted) {
          const [labelled] = await store.labels.of([{ type: 'Observation', id }]);
          const after = await store.find('List', { op: 'all', of: [{ op: 'id', any: [id] }, none(hiv)] }, 1);
          // The labels of the entry are stored before the question about the List begins.
          if (labelled!.includes(hiv) && after.length > 0) seen.push(id);
        }
      })();
      await Promise.all([put(list(id, `Observation/${id}`)), put(observation(id, 'hiv'), other)]);
      over.abort();
      await watching;
      assert.deepEqual(seen, []);
      assert.equal(await isLeft(list(id), hiv), false);
    }
  });

  it('may lead around a circle, and to more than is looked at', async () => {
    await put(list('c1', 'List/c2'));
    await put(list('c2', 'List/c1', 'List/c2'));
    assert.equal(await isLeft(list('c1'), hiv), true);
    await put(observation('c3', 'hiv'));
    await put(list('c2', 'List/c1', 'Observation/c3'));
    assert.equal(await isLeft(list('c1'), hiv), false);
    await put(list('many', ...Array.from({ length: 10_001 }, (_, n) => `Observation/many${String(n)}`)));
    assert.equal(await isLeft(list('many'), hiv), false, 'closed where it is not known');
    assert.deepEqual(await store.labels.of([{ type: 'List', id: 'many' }]), [undefined]);
  });

  it('costs as much as there are members, however they are chained', async () => {
    const work = async (id: string): Promise<number> => {
      const [row] = await sql<{ 'QUERY PLAN': readonly [{ Plan: Record<string, number> }] }[]>`
        explain (analyze, buffers, timing off, format json)
        select fhir.labels_of(array[own]) from fhir.search where own = (select own from fhir.label_member where own = ${await ownOf(id)})`;
      const { Plan } = row!['QUERY PLAN'][0];
      return Plan['Shared Hit Blocks']! + Plan['Shared Read Blocks']!;
    };
    const ownOf = async (id: string): Promise<string> => {
      const [row] = await sql<{ own: string }[]>`
        select s.own from fhir.search s join fhir.resource r on r.rid = s.rid and r.shard = s.shard where r.id = ${id}`;
      return row!.own;
    };
    // Each leads to the next and back to all before: a circle through every one.
    for (let n = 0; n < 160; n += 1) await put(list(`d${String(n)}`, `List/d${String(n + 1)}`, 'List/d0'));
    for (let n = 0; n < 40; n += 1) await put(list(`e${String(n)}`, `List/e${String(n + 1)}`, 'List/e0'));
    const [short, long] = [await work('e0'), await work('d0')];
    assert.ok(long < 6 * short, `four times as many cost ${String(long)} pages, and not ${String(short)}`);
  });
});

describe('what was stored before', () => {
  const ids = Array.from({ length: 450 }, (_, n) => `b${String(n).padStart(3, '0')}`);
  before(async () => {
    await define();
    await store.bulkInsert(
      (async function* () {
        for (const [n, id] of ids.entries())
          yield await Promise.resolve({ ...newVersion(observation(id, n % 3 === 0 ? 'hiv' : 'other')), id });
      })(),
    );
    await put(observation('b001', 'psy'));
    await put(observation('b001', 'other'));
    await put(report('br', 'Observation/b000'));
  });
  const versions = async (): Promise<unknown> =>
    (await sql`select sum(ver)::int as vers, max(txid)::text as last from fhir.resource`)[0];

  it('gets its labels in steps of which each stays, without new versions', async () => {
    const before = await versions();
    await define(rules);
    assert.deepEqual(await store.labels.progress(), { complete: false, percent: 0, withheld: [] });
    const stopped = new AbortController();
    const first = await store.labels.build({ onProgress: () => stopped.abort(), signal: stopped.signal });
    const total = await countOfVersions();
    assert.ok(first > 0 && first < total, String(first));
    assert.equal((await store.labels.progress())?.complete, false);
    assert.deepEqual((await store.labels.progress())?.withheld, [], 'nothing is withheld before all have labels');
    const rest = await other.labels.build(); // another server continues
    assert.equal(first + rest, total, 'none is looked at twice');
    assert.deepEqual(await store.labels.progress(), { complete: true, percent: 100, withheld: rules.guarded });
    assert.deepEqual(await versions(), before);
    assert.equal(await isLeft(observation('b003', ''), hiv), false);
    assert.equal(await isLeft(observation('b004', ''), hiv), true);
    assert.equal(await isLeft(observation('b001', ''), psy), false, 'by a version before');
    assert.equal(await isLeft(report('br'), hiv), false, 'by what it leads to');
    assert.equal(await store.labels.build(), 0);
  });

  it('gets others by other rules, and what is withheld stays so meanwhile', async () => {
    await define(
      definitionOf(
        [
          { labels: [hiv], codes: ['urn:c|hiv'] },
          { labels: ['urn:l|NEW'], codes: ['urn:c|other'] },
        ],
        [],
      ),
    );
    const { withheld } = (await store.labels.progress())!;
    assert.deepEqual(withheld, rules.guarded, 'those of before');
    assert.equal(await isLeft(observation('b003', ''), hiv), false);
    await store.labels.build();
    assert.ok((await store.labels.progress())?.withheld.includes('urn:l|NEW'));
    assert.equal(await isLeft(observation('b004', ''), 'urn:l|NEW'), false);
    assert.equal(await isLeft(observation('b001', ''), psy), true, 'no rule gives it any more');
    await define(rules);
    await store.labels.build();
  });

  it('is labelled once by two servers that do it together, and while others write', async () => {
    await define();
    await define(rules);
    const writing = Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        await put(observation(`b${String(100 + n)}`, n % 2 === 0 ? 'psy' : 'other'), n % 3 === 0 ? other : store);
        await put(report(`bt${String(n)}`, `Observation/b${String(100 + n)}`));
      }),
    );
    await Promise.all([store.labels.build(), other.labels.build()]);
    await writing;
    assert.equal((await store.labels.progress())?.complete, true);
    for (const n of [0, 1, 2, 3]) {
      assert.equal(await isLeft(observation(`b${String(100 + n)}`, ''), psy), n % 2 === 1);
      assert.equal(await isLeft(report(`bt${String(n)}`), psy), n % 2 === 1);
    }
    for (const [n, id] of ids.entries())
      if (n % 50 === 0) assert.equal(await isLeft(observation(id, ''), hiv), n % 3 !== 0, id);
  });

  async function countOfVersions(): Promise<number> {
    const [row] = await sql<{ count: number }[]>`
      select ((select count(*) from fhir.resource) + (select count(*) from fhir.history))::int as count`;
    return row!.count;
  }
});

/** A sequence that is the same for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it('is what the pure decision says, over random resources, versions and orders', async () => {
  const random = randomOf(11);
  const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;
  const read = labelReader(rules);
  const counts = { left: 0, withheld: 0 };
  for (let world = 0; world < 12; world += 1) {
    const names = Array.from({ length: 14 }, (_, n) => {
      const type = n < 6 ? 'Observation' : one(['DiagnosticReport', 'List', 'Composition', 'Bundle']);
      return { type, id: `k${String(world)}-${String(n)}` };
    });
    const references = (): string[] =>
      Array.from({ length: random(4) }, () => one(names)).map(({ type, id }) => `${type}/${id}`);
    const resourceOf = ({ type, id }: (typeof names)[number]): Identified => {
      const to = references().map((reference) => ({ reference }));
      const meta = random(12) === 0 ? { meta: { security: [{ system: 'urn:l', code: one(['HIV', 'PSY']) }] } } : {};
      const made = { resourceType: type, id, ...meta };
      if (type === 'Observation')
        return { ...made, status: 'final', ...coded(one(['hiv', 'psy', 'other', 'other', 'other'])) };
      if (type === 'DiagnosticReport') return { ...made, status: 'final', code: { text: 'x' }, result: to };
      if (type === 'List') return { ...made, status: 'current', mode: 'working', entry: to.map((item) => ({ item })) };
      if (type === 'Composition')
        return { ...made, status: 'final', section: [{ title: 'x', section: [{ title: 'y', entry: to }] }] };
      const entry = to.map(({ reference }) => ({ fullUrl: `${options.ownBases[0]!}/${reference}` }));
      return { ...made, type: 'collection', entry };
    };
    const stored = new Map<string, LabelledResource>();
    for (let step = 0; step < 24; step += 1) {
      const resource = resourceOf(one(names));
      await put(resource, step % 2 === 0 ? store : other);
      const name = `${resource.resourceType}/${resource.id}`;
      const before = stored.get(name)?.labels ?? [];
      stored.set(name, {
        labels: [...before, ...read(resource)],
        members: membersOf(resource, options.ownBases),
      });
      if (step % 4 > 0) continue;
      for (const each of stored.keys()) {
        const [type, id] = each.split('/') as [string, string];
        const asked = one([[hiv], [psy], [hiv, psy]]);
        const left = await isLeft({ resourceType: type, id }, ...asked);
        assert.equal(!left, isLabelled(each, asked, stored), `world ${String(world)}, step ${String(step)}: ${each}`);
        counts[left ? 'left' : 'withheld'] += 1;
      }
    }
  }
  assert.ok(Math.min(counts.left, counts.withheld) > 100, `one-sided: ${JSON.stringify(counts)}`);
});
