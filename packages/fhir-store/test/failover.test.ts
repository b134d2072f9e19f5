/**
 * A failover that loses commits: the primary is killed, and its asynchronous standby, which lacks the last ones, takes its place. Nodes that
 * keep running store and find everything as a freshly started node does.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, ensureDatabase, migrate } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { CursorExpired } from '@dhp/search-index/search';
import { migrations, openStore, StoreUnavailable, type FhirStore, type NewVersion } from '../src/index.ts';
import type { Change } from '../src/change-feed.ts';
import { newVersion, unconditional, type Body } from './database.ts';
import { openPair, type ServerPair } from './failover/pair.ts';
import { assertIndexWhole } from './index-wholeness.ts';
import { names, search } from './search-world.ts';
import { assertWhole } from './wholeness.ts';

const database = 'failover';

function observation(word: string, n: number): NewVersion {
  return newVersion({
    resourceType: 'Observation',
    status: 'final',
    code: { text: word },
    subject: { reference: `Patient/p${n % 3}` },
    effectiveDateTime: `2026-01-${String(1 + (n % 28)).padStart(2, '0')}`,
    valueQuantity: { value: n, unit: `${word} units` },
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">story of ${word}</div>` },
  });
}

describe('nodes that stay up through a failover that loses commits', () => {
  let pair: ServerPair;
  let url: string;
  let nodes: [FhirStore, FhirStore];
  const followed: Change[] = [];

  async function put(store: FhirStore, type: string, id: string, body: Partial<Body>): Promise<void> {
    await store.update({ ...newVersion({ resourceType: type, ...body }), id, ...unconditional });
  }

  before(async () => {
    pair = await openPair();
    url = pair.url(database);
    const sql = connect(await ensureDatabase(pair.url('postgres'), database), { max: 1 });
    await migrate(sql, migrations);
    await sql.end();
    const open = (): Promise<FhirStore> => openStore({ url, timeZone: 'Asia/Tashkent' });
    nodes = [await open(), await open()];
    const [one, two] = nodes;
    for (let n = 0; n < 60; n += 1)
      await put(nodes[n % 2]!, 'Observation', `kept-${n}`, observation('kept', n).resource);
    await put(one, 'CodeSystem', 'kept', system('first'));
    await put(one, 'StructureDefinition', 'kept', { url: 'http://example.org/kept', kind: 'resource' });
    await search(two, 'Observation', '_text=story');
    await pair.caughtUp();
    await pair.part();
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await pair.close();
  });

  function system(display: string): Partial<Body> {
    const concept = [{ code: 'c', display }];
    return { url: 'http://example.org/s', status: 'active', content: 'complete', concept };
  }

  const displayOf = (node: FhirStore): Promise<string | undefined> =>
    node.terminology.ask((now) => now.codeSystem('kept')?.find('c')?.display);

  it('remember nothing that was lost', async () => {
    const [one, two] = nodes;
    const following = two.follow(['Basic'], async (changes) => void followed.push(...changes), { every: 50 });
    // The last commits: words, units, row numbers, a search parameter, terminology, all cached by the nodes from now on.
    const sql = connect(url, { max: 1 });
    await sql`select nextval('fhir.rid_block') from generate_series(1, 40)`; // more than the log has ahead
    await sql.end();
    await Promise.all(
      Array.from({ length: 1_100 }, (_, n) => {
        const node = nodes[n % 2]!;
        return node.create(observation(n < 20 ? 'lost' : 'lost too', n));
      }),
    );
    for (let n = 0; n < 5; n += 1) await put(one, 'Basic', `followed-${n}`, {});
    await until('five are followed', async () => (await Promise.resolve(followed.length)) >= 5);
    await put(two, 'CodeSystem', 'kept', system('second'));
    await put(two, 'CodeSystem', 'lost', { ...system('x'), url: 'http://example.org/lost' });
    await put(one, 'SearchParameter', 'lost', {
      url: 'http://example.org/search/lost',
      name: 'lost',
      status: 'active',
      code: 'lost',
      base: ['Observation'],
      type: 'string',
      expression: 'Observation.code.text',
    });
    assert.deepEqual(await Promise.all(nodes.map(displayOf)), ['second', 'second']);
    assert.equal(names(await search(one, 'Observation', 'code:text=lost')).length > 0, true);
    await Promise.all(nodes.map((node) => search(node, 'Observation', '_text=lost')));
    const before = await one.historyOf({ count: 10 });
    const page = await search(one, 'Observation', '', { count: 10 });

    await pair.failOver();

    for (const node of nodes) {
      await until('a write is taken again', async () => {
        try {
          await node.update({ ...observation('lost', 1), id: 'first', ...unconditional });
          return true;
        } catch (error) {
          assert.ok(error instanceof StoreUnavailable, String(error));
          return false;
        }
      });
    }
    followed.splice(0);
    const writes = Array.from({ length: 1_200 }, (_, n) => {
      const id = `after-${n}`;
      const resource = observation(n % 2 === 0 ? 'lost' : 'lost too', n);
      if (n % 3 === 0) return nodes[n % 2]!.transaction([{ kind: 'create', id, ...resource }]);
      return nodes[n % 2]!.update({ ...resource, id, ...unconditional });
    });
    await Promise.all(writes);
    await put(one, 'Basic', 'followed', {});

    // The index equals that of a full reindex, including words.
    await assertWhole(url);
    const twice = connect(url, { max: 1 });
    assert.deepEqual([...(await twice`select rid from fhir.resource group by rid having count(*) > 1`)], []);
    await twice.end();

    for (const node of nodes) {
      const byText = await search(node, 'Observation', 'code:text=lost&_total=accurate', {
        count: 1_000,
        total: 'accurate',
      });
      assert.equal(byText.total?.value, 1_201);
      const byUnit = await search(node, 'Observation', 'value-quantity=4||lost units', { count: 10 });
      assert.deepEqual(names(byUnit), ['Observation/after-4']);
      const byStory = await search(node, 'Observation', '_text=lost&value-quantity=4', { count: 10 });
      assert.deepEqual(names(byStory), ['Observation/after-4']);
      assert.equal(await displayOf(node), 'first');
      assert.equal(await node.terminology.ask((now) => now.codeSystem('lost')), undefined);
      assert.equal((await node.searchParameters()).parametersOf('Observation').has('lost'), false);
      assert.equal(await node.read('Basic', 'followed-1'), undefined);

      const versions: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await node.historyOf({ count: 500, ...(cursor !== undefined && { cursor }) });
        versions.push(...page.versions.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`));
        if (page.next === undefined) break;
        cursor = page.next;
      }
      // 60 and 2 that were kept, `first`, 1,200 after the failover, and `followed`.
      assert.equal(new Set(versions).size, versions.length);
      assert.equal(versions.length, 60 + 2 + 1 + 1_200 + 1);
    }
    // A page behind one from before the failover.
    const next = await two.historyOf({ count: 10, cursor: before.next! });
    assert.ok(next.versions.every(({ id }) => id.startsWith('kept')));
    await assert.rejects(search(two, 'Observation', '', { count: 10, cursor: page.next! }), CursorExpired);
    await until('the write is followed', async () =>
      (await Promise.resolve(followed)).some(({ id }) => id === 'followed'),
    );
    await following.stop();
    await one.reindex();
    await assertIndexWhole(url);
  });
});
