/**
 * A node that did not notice the loss of the last commits of its database has assigned row numbers twice. Rows are therefore identified by
 * number and shard everywhere: two resources with one number give the same answers as with two numbers.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { typeNumber } from '@dhp/fhir-model';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore, type StoredVersion, type TransactionWrite } from '../src/index.ts';
import { newVersion, unconditional } from './database.ts';
import { search as searched } from './search-world.ts';

const names = ['one', 'two', 'three', 'four'];
/** Each table that has the number. */
const tables = ['identity', 'resource', 'history', 'search', 'tok', 'num', 'date', 'str', 'text'];

describe('resources whose rows have one number', () => {
  let database: TestDatabase;
  let store: FhirStore;
  let asTwo: Record<string, unknown>;

  before(async () => {
    database = await testDatabase({ name: 'shared_rows', migrations: [migrations] });
    store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
    for (const id of names) {
      await put('Patient', id, { active: true, name: [{ family: `F${id}` }], birthDate: '1990-05-14' });
      for (const value of [1, 2, 3]) await put('Observation', `o-${id}`, observation(id, value));
      await put('CodeSystem', `c-${id}`, {
        url: `http://example.org/${id}`,
        content: 'complete',
        status: 'active',
        concept: [{ code: `of-${id}` }],
      });
      await put('StructureDefinition', `s-${id}`, { url: `http://example.org/profile/${id}`, kind: 'resource' });
    }
    await search('Observation', '_text=hay'); // from now on full-text entries are made
    asTwo = await answers(store);
    await store.close();
    // All resources of a type get the number of the first one.
    for (const type of [await numbersOf('Patient'), await numbersOf('Observation'), await numbersOf('CodeSystem')]) {
      for (const table of tables) {
        await database.sql.unsafe(`update fhir.${table} set rid = ${type[0]} where rid in (${type.join(', ')})`);
      }
    }
    store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  });
  after(async () => {
    await store.close();
    await database.drop();
  });

  async function put(type: string, id: string, body: object): Promise<void> {
    await store.update({ ...newVersion({ resourceType: type, id, ...body }), id, ...unconditional });
  }

  function observation(patient: string, value: number): object {
    return {
      status: 'final',
      effectiveDateTime: `2026-01-0${1 + names.indexOf(patient)}`,
      code: { text: `hay ${patient}` },
      subject: { reference: `Patient/${patient}` },
      valueQuantity: { value, unit: `u${value}` },
    };
  }

  async function numbersOf(type: string): Promise<string[]> {
    const rows = await database.sql<{ rid: string }[]>`
      select r.rid from fhir.resource r where ty = ${typeNumber(type)!} order by r.rid`;
    assert.equal(rows.length, names.length);
    return rows.map(({ rid }) => rid);
  }

  async function search(type: string, query: string): Promise<string[]> {
    const total = query.includes('_total') ? 'accurate' : 'none';
    const page = await searched(store, type, query.replace('_total=accurate', ''), { total });
    return [...page.matches, ...page.included]
      .map(nameOf)
      .sort()
      .concat(`total ${String(page.total?.value)}`);
  }

  async function answers(of: FhirStore): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    // The feed waits for writes of other tests in the same cluster: all versions appear once those have ended.
    const deadline = Date.now() + 30_000;
    while ((await of.changes({ limit: 200 })).length < 6 * names.length && Date.now() < deadline) await delay(50);
    for (const id of names) {
      found[`read ${id}`] = (await of.read('Observation', `o-${id}`))?.content.toString();
      found[`vread ${id}`] = (await of.vread('Observation', `o-${id}`, 2))?.content.toString();
      found[`history ${id}`] = (await of.history('Observation', `o-${id}`, { count: 10 })).versions.map(nameOf);
      found[`creator ${id}`] = (await of.writersOf('Observation', `o-${id}`)).length;
      found[`terminology ${id}`] = await of.terminology.ask((now) => now.codeSystem(`c-${id}`)?.header.url);
      found[`definition ${id}`] = (await of.definitions.current()).find(
        'StructureDefinition',
        `http://example.org/profile/${id}`,
      )?.url;
    }
    const only = names.map((id) => ({ type: 'Observation', id: `o-${id}`, versionId: 2 }));
    found['history of a type'] = (await of.historyOf({ type: 'Observation', count: 100 })).versions.map(nameOf).sort();
    found['history of all'] = (await of.historyOf({ count: 100 })).versions.map(nameOf).sort();
    found['history of a list'] = (await of.historyOf({ only, count: 100 })).versions.map(nameOf).sort();
    found['changes'] = (await of.changes({ limit: 200 })).map(nameOf).sort();
    found['current'] = (await of.changes({ limit: 200, currentOnly: true })).map(nameOf).sort();
    found['referrers'] = await of.referrers('Patient', 'two', 10);
    for (const query of ['', 'code:text=hay', 'value-quantity=3', 'status=final', '_total=accurate', '_text=hay']) {
      found[`search ${query}`] = await search('Observation', query);
    }
    found['search include'] = await search('Observation', '_include=Observation:patient&patient=two');
    found['search name'] = await search('Patient', 'family=Fo&_sort=birthdate');
    return found;
  }

  function nameOf({ type, id, versionId }: Pick<StoredVersion, 'type' | 'id' | 'versionId'>): string {
    return `${type}/${id}/${versionId}`;
  }

  it('answer as they did with two numbers', async () => {
    const now = await answers(store);
    for (const [question, answer] of Object.entries(asTwo)) assert.deepEqual(now[question], answer, question);
  });

  it('are indexed anew each as itself', async () => {
    await database.sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
    await store.reindex();
    const now = await answers(store);
    for (const [question, answer] of Object.entries(asTwo)) assert.deepEqual(now[question], answer, question);
  });

  it('lack values in the index each by itself', async () => {
    // One that is tried again, and one that was tried with a higher limit than now.
    const { generation } = store.knownSearchParameters();
    await database.sql`
      insert into fhir.index_gap (rid, shard, ver, ty, id, parameters, work, generation, reason)
      select r.rid, r.shard, r.ver, r.ty, r.id, 'Observation.code', case r.id when 'o-one' then 0 else ${2 ** 40}::bigint end,
             ${generation}, 'too costly'
      from fhir.resource r where r.id in ('o-one', 'o-two')`;
    await database.sql`update fhir.index_state set gaps = true`;
    await store.reindex();
    const left = await database.sql<{ id: string }[]>`select id from fhir.index_gap`;
    assert.deepEqual(
      left.map(({ id }) => id),
      ['o-two'],
    );
    await database.sql`delete from fhir.index_gap`;
    await database.sql`update fhir.index_state set gaps = false`;
  });

  it('are updated, moved and deleted one by one', async () => {
    await put('Observation', 'o-one', { ...observation('one', 9), subject: { reference: 'Patient/five' } }); // another shard
    assert.equal((await store.history('Observation', 'o-one', { count: 10 })).total, 4);
    assert.equal((await store.history('Observation', 'o-two', { count: 10 })).total, 3);
    const writes: TransactionWrite[] = [
      { kind: 'delete', type: 'Observation', id: 'o-three' },
      { kind: 'delete', type: 'Patient', id: 'three' },
    ];
    assert.equal((await store.transaction(writes, { integrity: true })).kind, 'committed');
    await assert.rejects(
      store.transaction([{ kind: 'delete', type: 'Patient', id: 'four' }], { integrity: true }),
      /refer/,
    );
    assert.deepEqual(await search('Observation', 'code:text=hay'), [
      'Observation/o-four/3',
      'Observation/o-one/4',
      'Observation/o-two/3',
      'total undefined',
    ]);
  });
});

describe('rows that decide about access', () => {
  it('are those of one resource, whatever number its row has', async () => {
    const database = await testDatabase({ name: 'shared_access', migrations: [migrations] });
    const { sql, url } = database;
    const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
    try {
      const put = async (id: string, more: object): Promise<void> => {
        const patient = { reference: `Patient/${id}` };
        const consent = { resourceType: 'Consent', id, status: 'active', subject: patient, decision: 'deny', ...more };
        await store.update({ ...newVersion(consent), id, ...unconditional });
        const participant = [{ actor: { reference: `Practitioner/${id}` } }];
        const visit = { resourceType: 'Encounter', id, status: 'in-progress', subject: patient, participant, ...more };
        await store.update({ ...newVersion(visit), id, ...unconditional });
      };
      const rows = async (): Promise<(readonly unknown[])[]> => [
        await sql`select own::text, pat::text from fhir.consent order by 1`.values(),
        await sql`select own::text, target::text, actor::text from fhir.care_link order by 1, 2, 3`.values(),
      ];
      await store.buildCare(); // from now on links are stored
      for (const id of ['one', 'two']) await put(id, {});
      const before = await rows();
      assert.deepEqual(
        before.map((each) => each.length),
        [2, 2],
      );
      for (const type of ['Consent', 'Encounter']) {
        const given = await sql<
          { rid: string }[]
        >`select rid::text from fhir.identity where ty = ${typeNumber(type)!} order by rid`;
        const rids = given.map(({ rid }) => rid);
        for (const table of [...tables, 'consent', 'care_link'])
          await sql.unsafe(`update fhir.${table} set rid = ${rids[0]!} where rid in (${rids.join(', ')})`);
      }
      // Each version replaces the rows of its own resource, and not those of the other one.
      for (const id of ['one', 'two']) await put(id, { language: 'uz' });
      assert.deepEqual(await rows(), before);
      await store.delete({ type: 'Encounter', id: 'one' });
      const left = await sql`select distinct actor from fhir.care_link`.values();
      assert.equal(left.length, 1);
    } finally {
      await store.close();
      await database.drop();
    }
  });
});

describe('the statements of this package, and the conditions of rows', () => {
  it('compare the shard wherever they compare numbers of rows', async () => {
    const compared = await Promise.all(['../src/', '../../search-index/src/'].map(comparedIn));
    assert.ok(compared[0]! > 30 && compared[1]! > 1, compared.join(' '));
  });

  /** How many comparisons of numbers there are. */
  async function comparedIn(folder: string): Promise<number> {
    const directory = new URL(folder, import.meta.url);
    const files = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith('.ts'));
    let compared = 0;
    for (const file of files) {
      const text = (await readFile(new URL(file, directory), 'utf8')).replaceAll(/\s+/g, ' ');
      for (const [found] of text.matchAll(/\brid = (?:\w+|\$\{\w+\})\.rid\b.{0,40}/g)) {
        compared += 1;
        assert.match(found, /^rid = \S+ and (?:\w+\.)?shard (?:=|<>) /, `${file}: ${found}`);
      }
      assert.doesNotMatch(text, /on conflict \(rid(?!, shard|, [a-z]+, shard)/, `${file}: a number alone is no key`);
    }
    return compared;
  }
});
