/** The store on several nodes: each door answers as on one node. docs/decisions/0107-distributed.md, docs/decisions/0169-searches-shard-by-shard.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrations, openStore, type FhirStore } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { newVersion, unconditional, type Body } from '../../packages/fhir-store/test/database.ts';
import { names, search } from '../../packages/fhir-store/test/search-world.ts';
import { connect, migrate, type Sql } from '../../packages/postgres/src/index.ts';
import { uuidv7 } from '../../packages/fhir-model/src/index.ts';
import { definitionsOf, firstVersion } from '../../packages/fhir-store/test/side-by-side/definitions.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

describe('the store on a coordinator and two workers', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let owner: Sql;
  let store: FhirStore;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    owner = connect(cluster.url, { max: 1 });
    await migrate(owner, migrations);
    await distribute(owner, { shards: 8 });
    await distribute(owner); // nothing is left to do
    store = await openStore({ url: urlOfStores(), timeZone: 'Asia/Tashkent', ownBases: [] });
    for (const id of ['a', 'b', 'c'])
      await put({ resourceType: 'Patient', id, name: [{ family: `Karimova${id}` }], active: true });
    for (const id of ['a', 'b', 'c']) await put(observation(`of-${id}`, id));
  });
  after(async () => {
    await (store as FhirStore | undefined)?.close();
    await (owner as Sql | undefined)?.end();
    await cluster?.close();
  });

  /** A plan without values is refused: it does not say which nodes are asked. */
  const urlOfStores = () => `${cluster!.url}?plan_cache_mode=force_custom_plan`;
  const put = (body: Body & { id: string }) => store.update({ ...newVersion(body), id: body.id, ...unconditional });
  const observation = (id: string, of: string): Body & { id: string } => ({
    ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/${of}` } },
    code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
    ...{ effectiveDateTime: '2026-01-01', valueQuantity: { value: 120, unit: 'mmHg' } },
  });

  it('spreads the rows of patients, each with those of its patient', async () => {
    const rows = await owner<{ node: string; n: string }[]>`
      select nodeport::text as node, count(*) as n from citus_shards
      where table_name = 'fhir.resource'::regclass group by 1`;
    assert.equal(rows.length, 2, 'both workers have parts');
    const [found] = await owner<{ alone: string; shards: string }[]>`
      select count(*) filter (where s.shard is null) as alone, count(distinct r.shard) as shards
      from fhir.resource r left join fhir.search s on s.rid = r.rid and s.shard = r.shard`;
    assert.deepEqual(found, { alone: '0', shards: '3' });
  });

  it('reads the current version, and one by its number', async () => {
    assert.equal((await store.read('Patient', 'a'))?.versionId, 1);
    const several = await Promise.all(['a', 'b', 'none'].map((id) => store.read('Patient', id)));
    assert.deepEqual(
      several.map((version) => version?.id),
      ['a', 'b', undefined],
    );
    assert.equal((await store.vread('Observation', 'of-b', 1))?.versionId, 1);
    assert.equal(await store.vread('Observation', 'of-b', 2), undefined);
  });

  it('gives an id once, whoever asks for it at the same time', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        put({ resourceType: 'Patient', id: 'once', gender: n % 2 ? 'male' : 'female' }),
      ),
    );
    const created = outcomes.filter((each) => each.status === 'fulfilled' && each.value.kind === 'created');
    assert.equal(created.length, 1);
    const rows = await owner`select 1 from fhir.resource where id = 'once'`;
    assert.equal(rows.length, 1);
  });

  const searches: readonly (readonly [string, string, readonly string[]])[] = [
    ['Observation', 'patient=a', ['of-a']],
    ['Observation', 'patient=a&code=8480-6', ['of-a']],
    ['Observation', 'code=8480-6', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'code=http://loinc.org|8480-6&_sort=-date', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'date=2026-01-01&status=final', ['of-a', 'of-b', 'of-c']],
    ['Observation', '_id=of-b', ['of-b']],
    ['Patient', 'family=Karimovab', ['b']],
    ['Patient', 'name=karimova', ['a', 'b', 'c']],
    ['Patient', 'name=karimova&_sort=_lastUpdated', ['a', 'b', 'c']],
    ['Observation', 'patient=a&value-quantity=120', ['of-a']],
    ['Observation', 'code=8480-6&value-quantity=120', ['of-a', 'of-b', 'of-c']],
    ['Observation', '_content=8480-6', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'patient.name=karimovab', ['of-b']],
    ['Observation', 'patient:missing=false&_sort=patient', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'code=8480-6&_sort=_id', ['of-a', 'of-b', 'of-c']],
    ['Patient', '_has:Observation:patient:code=8480-6', ['a', 'b', 'c']],
    ['Patient', '_has:Observation:patient:value-quantity=gt120', []],
  ];
  for (const [type, query, expected] of searches) {
    it(`searches ${type}?${query}`, async () => {
      const found = names(await search(store, type, query)).map((name) => name.split('/')[1]!);
      assert.deepEqual(found.sort(), expected);
    });
  }

  /** Statements that went to one shard, and to several. */
  const asked = async (): Promise<readonly [one: number, several: number]> => {
    const [row] = await owner<{ one: number; several: number }[]>`
      select query_execution_single_shard::int as one, query_execution_multi_shard::int as several
      from citus_stat_counters where name = current_database()`;
    return [row!.one, row!.several];
  };

  it('asks one shard, once, for what a patient has, and more only where something of it lies elsewhere', async () => {
    const between = async (type: string, query: string): Promise<readonly number[]> => {
      const [one, several] = await asked();
      await search(store, type, query);
      const now = await asked();
      return [now[0] - one, now[1] - several];
    };
    for (const query of ['patient=a', 'patient=a&code=8480-6&_sort=-date', 'patient=a&value-quantity=120'])
      assert.deepEqual(await between('Observation', query), [1, 0], query);
    assert.deepEqual(await between('Observation', 'code=8480-6'), [0, 1]);
    const reference = (id: string) => ({ reference: `Patient/${id}` });
    // Of two patients, each in its own shard as far as eight tell.
    for (const id of ['shared-1', 'shared-2', 'shared-3'])
      await put({ ...observation(id, 'a'), performer: ['b', 'c'].map(reference) });
    assert.deepEqual(names(await search(store, 'Observation', 'patient=a')).length, 4);
    assert.deepEqual(names(await search(store, 'Observation', 'performer=Patient/c')).length, 3);
    assert.deepEqual(await between('Condition', 'patient=a'), [1, 0]);
    for (const id of ['shared-1', 'shared-2', 'shared-3']) await store.delete({ type: 'Observation', id });
  });

  it('stores what one patient has by one statement in one shard, and all nodes commit it or none', async () => {
    const counted = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
      const before = await asked();
      await work();
      const now = await asked();
      return [now[0] - before[0], now[1] - before[1]];
    };
    const prepared = async (): Promise<boolean> => (await owner`select 1 from pg_dist_transaction limit 1`).length > 0;
    await put(observation('counted', 'a')); // its words are known from then on
    // The statement in the shard, and the one by which the coordinator prepares.
    const [one, several] = await counted(() => store.create(newVersion(observation('x', 'a'))));
    assert.ok(one! <= 2 && several === 0, `${one} and ${several}`);
    let isPrepared = false;
    // The note of what was prepared stays until Citus looks through them, which it may do at any moment.
    for (let n = 0; n < 5 && !isPrepared; n += 1) {
      await store.update({
        ...newVersion({ ...observation('counted', 'a'), issued: `2026-01-0${n + 1}T00:00:00Z` }),
        id: 'counted',
        ...unconditional,
      });
      isPrepared = await prepared();
    }
    assert.ok(isPrepared);
    for (const { id } of (await search(store, 'Observation', 'patient=a')).matches)
      if (id !== 'of-a') await store.delete({ type: 'Observation', id });
  });

  it('shows nothing that has a label, or is put together of what has one', async () => {
    const rows = await owner<{ own: string }[]>`
      select s.own from fhir.search s join fhir.resource r on r.rid = s.rid and r.shard = s.shard where r.id in ('a', 'of-a') order by r.id`;
    const [patient, its] = rows.map(({ own }) => own);
    await owner`insert into fhir.label (rid, ver, own, definition, labels) values (0, 1, ${patient!}::bigint, 0, '{x}')`;
    await owner`insert into fhir.label_member (own, ver, members) values (${its!}::bigint, 1, array[${patient!}::bigint])`;
    for (const inheriting of [[], ['Observation']]) {
      const access = () => ({ op: 'unlabelled' as const, none: ['x'], inheriting });
      const seen = async (type: string, query: string) => names(await search(store, type, query, { access })).sort();
      assert.deepEqual(await seen('Patient', 'name=karimova'), ['Patient/b', 'Patient/c']);
      const shown = ['Observation/of-b', 'Observation/of-c'];
      assert.deepEqual(await seen('Observation', 'code=8480-6'), [
        ...(inheriting.length > 0 ? [] : ['Observation/of-a']),
        ...shown,
      ]);
    }
    await owner`delete from fhir.label where own = ${patient!}::bigint`;
    await owner`delete from fhir.label_member where own = ${its!}::bigint`;
  });

  it('makes the index anew, and that of the next definition beside it, while resources change', async () => {
    const [old, next] = [firstVersion, firstVersion + 1];
    const whole = async () => names(await search(store, 'Observation', 'code=8480-6&date=2026-01-01')).sort();
    const expected = ['Observation/of-a', 'Observation/of-b', 'Observation/of-c'];
    const [state] = await owner<{ version: number }[]>`select version from fhir.index_state`;
    await owner`update fhir.index_state set version = ${state!.version - 1}, complete = false`;
    await owner`update fhir.search set version = ${state!.version - 1}`;
    await owner`delete from fhir.tok`;
    assert.ok((await store.reindex()) > 5);
    assert.deepEqual(await whole(), expected);

    await owner`update fhir.index_state set version = ${old}`;
    await owner`update fhir.search set version = ${old}`;
    await owner`update fhir.index_definition set version = ${old}`;
    const both = await openStore({
      url: urlOfStores(),
      timeZone: 'Asia/Tashkent',
      definitions: definitionsOf([old, next]),
    });
    try {
      for (
        let n = 0;
        n < 100 && (await owner`select from fhir.index_state where version = ${next}`).length === 0;
        n += 1
      ) {
        await Promise.all([
          both.reindex(),
          both.update({ ...newVersion(observation('of-a', 'a')), id: 'of-a', ...unconditional }),
        ]);
      }
      const found = names(await search(both, 'Observation', 'code=8480-6&date=2026-01-01')).sort();
      assert.deepEqual(found, expected);
    } finally {
      await both.close();
    }
  });

  it('pages over nodes without losing or repeating any', async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined, n = 0; n < 5; n += 1) {
      const page = await search(store, 'Observation', 'code=8480-6', {
        count: 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...names(page));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    assert.deepEqual(seen.sort(), ['Observation/of-a', 'Observation/of-b', 'Observation/of-c']);
  });

  it('includes what is referred to, and counts', async () => {
    const page = await search(store, 'Observation', 'patient=a&_include=Observation:patient');
    assert.deepEqual(
      page.included.map(({ id }) => id),
      ['a'],
    );
    assert.equal((await search(store, 'Patient', 'name=karimova', { total: 'accurate' })).total?.value, 3);
  });

  it('stores a transaction of new resources over several shards, whole or not at all', async () => {
    const create = (id: string) => ({
      ...{ kind: 'update' as const, id, ...unconditional },
      ...newVersion({ resourceType: 'Patient', id }),
    });
    const outcome = await store.transaction(['t1', 't2', 't3', 't4'].map(create));
    assert.equal(outcome.kind, 'committed');
    const rows = await owner`select distinct shard from fhir.resource where id = any('{t1,t2,t3,t4}')`;
    assert.equal(rows.length, 4);
  });

  /** The rows of the index that a resource has, and where: of a table each. */
  const rowsOf = async (id: string) => {
    const [place] = await owner<
      { rid: string; shard: number }[]
    >`select rid, shard from fhir.identity where id = ${id}`;
    const counts = await Promise.all(
      ['resource', 'history', 'search', 'tok', 'num', 'date'].map(async (table) => {
        const rows = await owner<
          { shard: number }[]
        >`select shard from ${owner.unsafe(`fhir.${table}`)} where rid = ${place!.rid}::bigint`;
        assert.ok(
          rows.every(({ shard }) => shard === place!.shard),
          `${table}: ${JSON.stringify(rows)}`,
        );
        return [table, rows.length] as const;
      }),
    );
    return Object.fromEntries(counts);
  };

  it('updates, moves to another patient, deletes and brings back, each with all rows where they belong', async () => {
    const of = (patient: string, value = 120) => ({
      ...observation('changing', patient),
      valueQuantity: { value, unit: 'mmHg' },
    });
    const found = async (query: string) => names(await search(store, 'Observation', query));
    assert.equal((await put(of('a'))).kind, 'created');
    const one = await rowsOf('changing');
    assert.equal((await put(of('a', 121))).kind, 'updated');
    assert.equal((await put(of('a', 121))).kind, 'unchanged');
    assert.deepEqual(await rowsOf('changing'), { ...one, history: 1 });
    assert.ok(!(await found('value-quantity=120')).includes('Observation/changing'));
    assert.deepEqual(await found('value-quantity=121'), ['Observation/changing']);
    const mismatch = await store.update({
      ...newVersion(of('a', 122)),
      id: 'changing',
      ...unconditional,
      ifMatch: [1],
    });
    assert.equal(mismatch.kind, 'version-mismatch');

    assert.equal((await put(of('b', 122))).kind, 'updated');
    assert.deepEqual(await rowsOf('changing'), { ...one, history: 2 });
    assert.deepEqual(await found('patient=a&_id=changing'), []);
    assert.deepEqual(await found('patient=b&_id=changing'), ['Observation/changing']);

    assert.equal((await store.delete({ type: 'Observation', id: 'changing' })).kind, 'deleted');
    assert.deepEqual(await rowsOf('changing'), { ...one, history: 3, search: 0, tok: 0, num: 0, date: 0 });
    assert.equal((await store.read('Observation', 'changing'))?.deleted, true);
    assert.equal((await store.delete({ type: 'Observation', id: 'changing' })).kind, 'already-deleted');
    assert.equal((await put(of('c', 123))).kind, 'created');
    assert.deepEqual(await rowsOf('changing'), { ...one, history: 4 });
    for (const version of [1, 2, 3, 4, 5])
      assert.equal((await store.vread('Observation', 'changing', version))?.deleted, version === 4);
  });

  it('loses no update of several writers, and none waits for ever', async () => {
    const writers = [store, await openStore({ url: urlOfStores(), timeZone: 'Asia/Tashkent' })];
    try {
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          writers[n % 2]!.update({
            ...newVersion({ ...observation(`busy-${n % 3}`, ['a', 'b', 'c'][n % 3]!), note: [{ text: String(n) }] }),
            ...{ id: `busy-${n % 3}`, ...unconditional },
          }),
        ),
      );
      assert.ok(outcomes.every(({ kind }) => kind === 'created' || kind === 'updated'));
      const versions = outcomes.map(
        (outcome) => 'version' in outcome && `${outcome.version.id} ${outcome.version.versionId}`,
      );
      assert.equal(new Set(versions).size, 40);
      const rows = await owner<{ n: string }[]>`
        select (select count(*) from fhir.resource where id like 'busy-%') + (select count(*) from fhir.history h
          where exists (select 1 from fhir.resource r where r.rid = h.rid and r.shard = h.shard and r.id like 'busy-%')) as n`;
      assert.equal(Number(rows[0]!.n), 40);
    } finally {
      await writers[1]!.close();
    }
  });

  it('stores a transaction that changes, moves, deletes and creates over several shards, whole or not at all', async () => {
    const ids = ['m1', 'm2', 'm3'];
    for (const id of ids) await put(observation(id, 'a'));
    const update = (id: string, of: string, more = {}) => ({
      ...{ kind: 'update' as const, id, ...unconditional, ...more },
      ...newVersion({ ...observation(id, of), status: 'amended' }),
    });
    const [first, second] = [update('m1', 'b'), update('m2', 'a')];
    const third = { kind: 'delete' as const, type: 'Observation', id: 'm3' };
    const states = async () =>
      (await Promise.all([...ids, 'm4'].map((id) => store.read('Observation', id)))).map((each) => each?.versionId);
    const refused = await store.transaction([first, second, third, update('m4', 'c', { ifMatch: [7] })]);
    assert.equal(refused.kind, 'refused');
    assert.deepEqual(await states(), [1, 1, 1, undefined]);
    const outcome = await store.transaction([first, second, third, update('m4', 'c')]);
    assert.equal(outcome.kind, 'committed');
    assert.deepEqual(await states(), [2, 2, 2, 1]);
    for (const id of ids) await rowsOf(id);
    assert.deepEqual(names(await search(store, 'Observation', 'patient=b&_id=m1')), ['Observation/m1']);
    assert.deepEqual(names(await search(store, 'Observation', 'status=amended&_id=m1,m2,m3,m4')).length, 3);
  });

  it('makes one of several at the same time that ask for it under a condition', async () => {
    const make = () =>
      store.transaction(
        async () => {
          const found = names(await search(store, 'Patient', 'family=Onlyone'));
          const id = uuidv7();
          return found.length > 0
            ? []
            : [{ kind: 'create', id, ...newVersion({ resourceType: 'Patient', id, name: [{ family: 'Onlyone' }] }) }];
        },
        { locks: ['Patient?family=Onlyone'] },
      );
    const outcomes = await Promise.all(Array.from({ length: 6 }, make));
    assert.ok(outcomes.every(({ kind }) => kind === 'committed'));
    assert.equal(names(await search(store, 'Patient', 'family=Onlyone')).length, 1);
  });

  it('tells the history of a resource, of a type and of all, and who wrote', async () => {
    for (const status of ['final', 'amended', 'corrected']) await put({ ...observation('told', 'a'), status });
    await put(observation('told', 'b'));
    const { versions, total } = await store.history('Observation', 'told', { count: 3 });
    assert.deepEqual([versions.map(({ versionId }) => versionId), total], [[4, 3, 2], 4]);
    assert.equal((await store.writersOf('Observation', 'told')).length, 4);
    assert.deepEqual(await store.creatorOf('Observation', 'told'), { kind: 'internal' });
    const [expected] = await owner<{ n: string; observations: string }[]>`
      select count(*) as n, count(*) filter (where ty = (select ty from fhir.identity where id = 'told')) as observations
      from (select ty from fhir.resource union all select ty from fhir.history) v`;
    const pages = async (asked: { type?: string; since?: Date }) => {
      const found: string[] = [];
      for (let cursor: string | undefined, n = 0; n < 100; n += 1) {
        const page = await store.historyOf({ ...asked, count: 7, ...(cursor !== undefined && { cursor }) });
        found.push(...page.versions.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`));
        if (page.next === undefined) break;
        cursor = page.next;
      }
      assert.equal(new Set(found).size, found.length);
      return found.length;
    };
    assert.equal(await pages({}), Number(expected!.n));
    assert.equal(await pages({ type: 'Observation' }), Number(expected!.observations));
    assert.equal(await pages({ since: new Date(0) }), Number(expected!.n));
  });

  it('verifies versions, the directory, the index and what is noted of patients, and finds what is wrong', async () => {
    const told = async () => {
      const { findings, resources, versions, unchecked } = await store.verify();
      return { findings: findings.map(({ kind, resource }) => [kind, resource]), resources, versions, unchecked };
    };
    const [stored] = await owner<{ resources: number; versions: number }[]>`
      select (select count(*) from fhir.resource)::int as resources, (select count(*) from fhir.history)::int as versions`;
    const whole = await told();
    assert.deepEqual(whole, { findings: [], ...stored!, unchecked: ['nodes'] });

    await put({ ...observation('two-patients', 'a'), performer: [{ reference: 'Patient/b' }] });
    const [place] = await owner<
      { rid: string; shard: number }[]
    >`select rid, shard from fhir.identity where id = 'of-c'`;
    const { rid, shard } = place!;
    await owner`delete from fhir.tok where rid = ${rid}::bigint and shard = ${shard}::int`;
    await owner`update fhir.search set has = 1 where rid = ${rid}::bigint and shard = ${shard}::int`;
    await owner`update fhir.identity set shard = shard + 1 where id = 'of-b'`;
    await owner`delete from fhir.patient_shard`;
    const found = (await told()).findings.map(String).sort();
    for (const expected of [
      'directory,Observation/of-b',
      'index-differs,Observation/of-c',
      'lost,Observation/of-b',
      'posting-differs,Observation/of-c',
      'word-missing,Observation/two-patients',
    ])
      assert.ok(found.includes(expected), `${expected} in ${found.join(' ')}`);
    await owner`update fhir.identity set shard = shard - 1 where id = 'of-b'`;
  });

  it('follows all that is written in the order of commits, while it is written, and misses nothing', async () => {
    const seen = new Set<string>();
    let [isOver, expected] = [false, Infinity];
    const last = new Map<string, number>();
    const following = (async () => {
      for (let since: string | undefined, end = 0; ;) {
        const page = await store.changes({ limit: 20, ...(since !== undefined && { since }) });
        for (const { type, id, versionId, position } of page) {
          const name = `${type}/${id}`;
          assert.ok(!seen.has(`${name}/${versionId}`), 'told twice');
          assert.ok((last.get(name) ?? 0) < versionId, 'an earlier version behind a later one');
          last.set(name, versionId);
          seen.add(`${name}/${versionId}`);
          since = position;
        }
        if (!isOver) end = Date.now();
        // A transaction that is open in any database holds the end back.
        if (isOver && page.length === 0 && (seen.size >= expected || Date.now() > end + 20_000)) return;
      }
    })();
    const written = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 12; n += 1) {
        const id = `followed-${writer}`;
        if (n % 3 === 2) await put(observation(id, ['a', 'b', 'c'][n % 2]!));
        else
          await store.transaction(
            ['a', 'b'].map((of) => ({
              ...{ kind: 'update' as const, id: `${id}-${of}`, ...unconditional },
              ...newVersion({ ...observation(`${id}-${of}`, of), note: [{ text: String(n) }] }),
            })),
          );
      }
    });
    await Promise.all(written);
    const [all] = await owner<{ n: string }[]>`
      select (select count(*) from fhir.resource) + (select count(*) from fhir.history) as n`;
    expected = Number(all!.n);
    isOver = true;
    await following;
    assert.equal(seen.size, expected);
  });
});
