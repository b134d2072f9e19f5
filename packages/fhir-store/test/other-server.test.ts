/**
 * The database is on another server, which has lost the last commits. Here the server only reports another identity, and loses rows that
 * the store has cached, so that each moment can be tested; `failover.test.ts` has a real pair.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { until } from '@dhp/postgres/testing';
import { indexVersion } from '@dhp/search-index/rows';
import type { Change } from '../src/change-feed.ts';
import type { FhirStore, NewVersion } from '../src/index.ts';
import { newVersion, storeUnderTest, unconditional } from './database.ts';
import { beginDefinition, claimStretch, endStretch, noteStretch } from '../src/statements/index-jobs.ts';
import { names, search } from './search-world.ts';

const underTest = await storeUnderTest('other_server');
const { sql } = underTest.database;

let servers = 0;

/** Statements after which the server is another one, which has lost something. */
function another(...losses: string[]): string {
  servers += 1;
  return [
    ...losses,
    `create or replace function fhir.server_name() returns text language sql stable as $$ select 'server ${servers}' $$`,
  ].join(';\n');
}

async function becomeAnother(...losses: string[]): Promise<void> {
  await sql.unsafe(another(...losses));
}

/** Returns the statements that undo the storage of a resource. */
function losing(id: string): string[] {
  const tables = ['search', 'tok', 'num', 'date', 'str', 'text', 'history', 'resource', 'identity'];
  return tables.map(
    (table) => `delete from fhir.${table} where rid = (select rid from fhir.identity where id = '${id}')`,
  );
}

function losingWords(word: string): string {
  return `delete from fhir.word where v in ('${word}', '${word} units')`;
}

function observation(word: string): NewVersion {
  return newVersion({
    resourceType: 'Observation',
    status: 'final',
    code: { text: word, coding: [{ system: 'http://loinc.org', code: '1-1', display: word }] },
    valueQuantity: { value: 5, unit: `${word} units` },
  });
}

type Store = (store: FhirStore, id: string, word: string) => Promise<unknown>;

/** Each way to store rows with words, and its preparation. */
const ways: Record<string, { before?: Store; store: Store }> = {
  create: { store: (store, _, word) => store.create(observation(word)) },
  'update as create': { store: (store, id, word) => store.update({ ...observation(word), id, ...unconditional }) },
  update: {
    before: (store, id) => store.update({ ...observation('before'), id, ...unconditional }),
    store: (store, id, word) => store.update({ ...observation(word), id, ...unconditional }),
  },
  transaction: { store: (store, id, word) => store.transaction([{ kind: 'create', id, ...observation(word) }]) },
  'transaction with locks': {
    store: (store, id, word) => store.transaction([{ kind: 'create', id, ...observation(word) }], { locks: [id] }),
  },
  'bulk insert': {
    store: (store, id, word) =>
      store.bulkInsert(
        (async function* () {
          yield await Promise.resolve({ ...observation(word), id });
        })(),
      ),
  },
};

async function find(store: FhirStore, word: string): Promise<string[]> {
  const byText = names(await search(store, 'Observation', `code:text=${encodeURIComponent(word)}`));
  const byUnit = await search(store, 'Observation', `value-quantity=5||${encodeURIComponent(`${word} units`)}`);
  assert.deepEqual(names(byUnit), byText);
  return byText;
}

describe('on another server', () => {
  let store: FhirStore;
  before(async () => {
    store = await underTest.open();
  });

  for (const [way, { before: prepare, store: run }] of Object.entries(ways)) {
    const name = way.replaceAll(' ', '-');

    it(`words are stored anew by ${way}`, async () => {
      const [word, id] = [`${name} anew`, `new-${name}`];
      await store.update({ ...observation(word), id: `lost-${name}`, ...unconditional });
      await prepare?.(store, id, word);
      assert.equal((await find(store, word)).length, 1);
      await becomeAnother(...losing(`lost-${name}`), losingWords(word));
      assert.equal((await find(store, word)).length, 0);
      await run(store, id, word);
      assert.equal((await find(store, word)).length, 1);
    });

    it(`words are stored anew by ${way} that waits while the server becomes another one`, async () => {
      const [word, id] = [`${name} late`, `late-${name}`];
      await store.update({ ...observation(word), id: `late-lost-${name}`, ...unconditional });
      await prepare?.(store, id, word);
      const holding = Promise.withResolvers<undefined>();
      const held = sql.begin(async (transaction) => {
        await transaction`lock table fhir.resource in exclusive mode`;
        holding.resolve(undefined);
        await delay(100); // for the statement to come to the lock
        await transaction.unsafe(another(...losing(`late-lost-${name}`), losingWords(word)));
      });
      await holding.promise;
      await Promise.all([held, run(store, id, word)]);
      assert.equal((await find(store, word)).length, 1);
    });
  }

  it('numbers of rows are taken anew', async () => {
    const [one, two] = [await underTest.open(), await underTest.open()];
    await one.create(observation('one'));
    await becomeAnother(`select setval('fhir.rid_block', (select max(rid) / 1000 from fhir.resource), true)`);
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : two).create(observation('both'))));
    const twice = await sql`select rid from fhir.resource group by rid having count(*) > 1`;
    assert.deepEqual([...twice], []);
  });

  it('terminology and definitions are those of the database', async () => {
    const put = (type: string, id: string, body: object): Promise<unknown> =>
      store.update({ ...newVersion({ resourceType: type, id, status: 'active', ...body }), id, ...unconditional });
    const system = (display: string): object => ({
      url: 'http://example.org/s',
      content: 'complete',
      concept: [{ code: 'c', display }],
    });
    const known = async (): Promise<unknown[]> => [
      await store.terminology.ask((now) => now.codeSystem('s')?.find('c')?.display),
      await store.terminology.ask((now) => now.codeSystem('lost-system') !== undefined),
      (await store.definitions.current()).find('StructureDefinition', 'http://example.org/kept')?.url,
      (await store.definitions.current()).find('StructureDefinition', 'http://example.org/lost')?.url,
    ];
    await put('CodeSystem', 's', system('a'));
    await put('StructureDefinition', 'kept', { url: 'http://example.org/kept', kind: 'resource' });
    assert.deepEqual(await known(), ['a', false, 'http://example.org/kept', undefined]);
    await put('CodeSystem', 's', system('b'));
    await put('CodeSystem', 'lost-system', {
      url: 'http://example.org/lost',
      content: 'complete',
      concept: [{ code: 'x' }],
    });
    await put('StructureDefinition', 'lost-profile', { url: 'http://example.org/lost', kind: 'resource' });
    assert.deepEqual(await known(), ['b', true, 'http://example.org/kept', 'http://example.org/lost']);
    const revision = await store.terminology.ask((now) => now.revision);
    // The last commits are lost, and the transactions of the remaining ones have lower numbers than the store has seen.
    await becomeAnother(
      ...losing('lost-system'),
      ...losing('lost-profile'),
      `update fhir.resource r set content = h.content, ver = h.ver, upd = h.upd, txid = h.txid
         from fhir.history h where r.id = 's' and h.rid = r.rid and h.shard = r.shard`,
      `delete from fhir.history h using fhir.resource r where r.id = 's' and h.rid = r.rid and h.shard = r.shard`,
    );
    const wanted = ['a', false, 'http://example.org/kept', undefined];
    await until('it is known as wanted', async () => isDeepStrictEqual(await known(), wanted));
    assert.notEqual(await store.terminology.ask((now) => now.revision), revision);
  });

  it('an index is not said to be complete by what was seen on the server before', async () => {
    const { server } = (await sql`select fhir.server_name() as server`)[0] as { server: string };
    const isComplete = async (): Promise<unknown> =>
      (await sql`select complete from fhir.index_state`)[0]?.['complete'];
    await sql`update fhir.index_state set complete = false`;
    await beginDefinition(sql, indexVersion);
    const claim = { kind: 'definition', holder: randomUUID(), lease: 1 } as const;
    const stretch = await claimStretch(sql, claim, 1_000);
    assert.ok(typeof stretch === 'object');
    await becomeAnother();
    assert.equal(await noteStretch(sql, stretch, claim, { next: stretch.behind, found: 0, server }), false);
    await endStretch(sql, stretch, claim);
    assert.equal((await sql`select from fhir.index_stretch`).length, 1);
    assert.equal(await isComplete(), false);
    await store.reindex();
    assert.equal(await isComplete(), true);
  });

  it('a follower begins anew, since its position may be ahead', async () => {
    const seen: Change[] = [];
    const following = store.follow(['Basic'], async (changes) => void seen.push(...changes), { every: 20 });
    try {
      await store.update({ ...newVersion({ resourceType: 'Basic' }), id: 'followed', ...unconditional });
      await until('one is seen', async () => (await Promise.resolve(seen.length)) === 1);
      await becomeAnother();
      await until('two are seen', async () => (await Promise.resolve(seen.length)) === 2);
      assert.equal(seen[1]?.id, 'followed');
    } finally {
      await following.stop();
    }
  });

  it('words of the full text are looked for in what may have none', async () => {
    await store.update({ ...narrative('hay'), id: 'text-1', ...unconditional });
    const found = async (): Promise<string[]> => names(await search(store, 'Basic', '_text=hay')).sort();
    await until('it is found', async () => (await found()).length === 1);
    const kept = async (): Promise<number> => (await sql`select from fhir.text`).length;
    await until('it is kept', async () => (await kept()) > 0);
    await found(); // by now the type is made ahead
    // No batch may be running: on a real server none survives its end.
    const noBatch = 'select pg_advisory_xact_lock(2003792484, 0)'; // that of `keep-words.ts`
    const lost = [`delete from fhir.text`, `update fhir.text_state set txid = '0', rid = -1, wanted = false`];
    await becomeAnother(noBatch, ...lost);
    assert.deepEqual(await found(), ['Basic/text-1']);
    await until('it is kept', async () => (await kept()) > 0);
    assert.deepEqual(await found(), ['Basic/text-1']);
  });
});

function narrative(word: string): NewVersion {
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${word}</div>`;
  return newVersion({ resourceType: 'Basic', code: { text: 'x' }, text: { status: 'generated', div } });
}
