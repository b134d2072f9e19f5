/** Versions are purged by rules and not under a hold; the rest is complete, and the hash over the feed is unchanged. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { connect, type Session, type Sql } from '@dhp/postgres';
import { isConnectionError } from '@dhp/postgres/errors';
import { trailKeys } from '@dhp/trail';
import type { Certificate, Erasure, Purge } from '@dhp/trail/acts';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { testDatabase, until, type TestDatabase } from '@dhp/postgres/testing';
import { lockHolds } from '../src/statements/legal-holds.ts';
import { feedDigest, feedEnd } from '../src/kept.ts';
import {
  carryOutPurge,
  checkCertificate,
  countOld,
  faultOfRule,
  holdsOf,
  liftHold,
  purgeOld,
  refusePurge,
  removeRule,
  requestsOf,
  setHold,
  setRule,
  verifyPurges,
} from '../src/retention.ts';
import { destroyKeysOfPatient, TrailActRefused, verifyTrail, type LifeMeans } from '../src/trail.ts';
import { newVersion, unconditional, type Body } from './database.ts';

const day = 86_400_000;
const keys = trailKeys(Buffer.alloc(32, 7));
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
let means: LifeMeans;
/** Another operator. */
let second: Sql;
let later: Promise<string>;

before(async () => {
  database = await testDatabase({ name: 'retention', migrations: [migrations] });
  store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  ({ sql } = database);
  second = connect(database.ownerUrl, { max: 1 });
  means = { sql, keys, now: Date.now(), by: 'cli:test', reason: 'order 12' };
});
after(async () => {
  await store.close();
  await second.end();
  await database.drop();
});

const observation = (patient: string, n: number): Body => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: `code ${String(n)}` } },
  subject: { reference: `Patient/${patient}` },
});

async function put(id: string, ...bodies: Body[]): Promise<void> {
  for (const body of bodies)
    await store.update({
      ...newVersion(body),
      id,
      ...unconditional,
      writer: { kind: 'system', client: 'lab', subject: 'lab' },
    });
}

const history = async (type: string, id: string): Promise<string[]> =>
  (await store.history(type, id, { count: 50 })).versions.map(
    ({ versionId, deleted }) => `${String(versionId)}${deleted ? ' deleted' : ''}`,
  );

async function untilWaits(session: Session): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const [row] = await session<{ n: number }[]>`
      select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted and database = (
        select oid from pg_database where datname = current_database())`;
    if (row!.n > 0) return;
  }
  assert.fail('nobody waits');
}

function pass(days: number): void {
  means = { ...means, now: means.now + days * day };
}

const found = async (): Promise<object> => (await store.verify()).counts;

describe('retention', () => {
  it('knows rules that are none', () => {
    assert.equal(faultOfRule({ type: 'Nothing', earlier: 1 }), 'type');
    assert.equal(faultOfRule({ type: 'AuditEvent', deleted: 1 }), 'type');
    assert.equal(faultOfRule({ type: 'Encounter', earlier: 1 }), 'care');
    assert.equal(faultOfRule({ type: 'Encounter', deleted: 1 }), undefined);
    assert.equal(faultOfRule({ type: 'Observation' }), 'nothing');
  });

  it('purges what is old, keeps what is not, what is held and what no rule names', async () => {
    await put('old', ...[1, 2, 3, 4].map((n) => observation('a', n)));
    await put('held', ...[1, 2, 3].map((n) => observation('b', n)));
    // The patient is named once: no other version names it. One reference is escaped.
    await put(
      'once',
      { ...observation('c', 1), subject: { reference: 'Patient/b' } },
      observation('c', 2),
      observation('c', 3),
    );
    await put('gone', observation('a', 1), observation('a', 2));
    await store.delete({ type: 'Observation', id: 'gone' });
    const named = { resourceType: 'Practitioner', name: [{ family: 'A' }] };
    await put('nobody', named, { ...named, active: true });
    const below = await feedEnd(sql);
    const digest = await feedDigest(sql, below);
    const creator = await store.creatorOf('Observation', 'old');
    const writers = await store.writersOf('Observation', 'old');
    assert.equal(writers.length, 4);

    await setRule(means, { type: 'Observation', earlier: 2, deleted: 4 });
    const hold = await setHold(means, { type: 'Patient', id: 'b' });
    assert.deepEqual((await purgeOld(means)).types, [{ type: 'Observation', old: 0, held: 0, bytes: 0 }]);
    pass(3);
    const counted = await countOld(sql, means.now);
    assert.deepEqual(
      counted.types.map(({ old, held }) => [old, held]),
      [[7, 4]],
    );
    assert.equal((await history('Observation', 'old')).length, 4, 'counting removes nothing');
    const purged = await purgeOld(means);
    assert.deepEqual(purged.types, counted.types);
    assert.equal(purged.versions, 3);
    assert.deepEqual(await history('Observation', 'old'), ['4']);
    assert.equal(await store.vread('Observation', 'old', 2), undefined);
    assert.deepEqual(await history('Observation', 'held'), ['3', '2', '1']);
    assert.deepEqual(await history('Observation', 'once'), ['3', '2', '1']);
    assert.deepEqual(await history('Observation', 'gone'), ['3 deleted', '2', '1']);
    assert.deepEqual(await history('Practitioner', 'nobody'), ['2', '1']);

    assert.deepEqual(await feedDigest(sql, below), digest, 'the hash over the feed is as before');
    assert.deepEqual(await store.creatorOf('Observation', 'old'), creator);
    assert.deepEqual(await store.writersOf('Observation', 'old'), writers);
    assert.deepEqual(await found(), {});
    assert.deepEqual(await verifyPurges(sql, keys), { runs: 1, versions: 3, broken: [] });

    pass(2);
    await liftHold(means, hold);
    assert.equal((await purgeOld(means)).versions, 6);
    for (const id of ['held', 'once']) assert.deepEqual(await history('Observation', id), ['3']);
    assert.deepEqual(await history('Observation', 'gone'), ['3 deleted']);
    assert.deepEqual(await feedDigest(sql, below), digest);
    // An id that is put again continues.
    await put('gone', observation('a', 4));
    assert.deepEqual(await history('Observation', 'gone'), ['4', '3 deleted']);
    assert.deepEqual(await found(), {});
    assert.equal((await verifyTrail(sql, keys)).whole, true);
  });

  it('goes on where it was ended, also after kill -9 in the middle, and signs once', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `many-${String(n)}`);
    for (let version = 1; version <= 15; version += 1)
      await Promise.all(many.map((id) => put(id, { ...observation('d', version), id })));
    pass(3);
    const before = await verifyPurges(sql, keys);
    const stop = new AbortController();
    const cut = purgeOld(means, { signal: stop.signal, onStep: (_, looked) => looked >= 200 && stop.abort() });
    await assert.rejects(cut, { name: 'AbortError' });
    assert.deepEqual((await verifyPurges(sql, keys)).broken, [], 'one that is open needs no statement');
    const left = async (): Promise<number> =>
      (
        await sql<{ n: number }[]>`
          select count(*)::int as n from fhir.history h join fhir.resource r on r.rid = h.rid and r.shard = h.shard
          where r.id like 'many-%'`
      )[0]!.n;
    const half = await left();
    assert.ok(half > 200 && half < 300, String(half));
    // The connection ends in the middle of a step: the step is rolled back.
    const victim = connect(database.ownerUrl, { max: 1, applicationName: 'victim' });
    await victim`select set_config('application_name', 'victim', false)`;
    await sql`
      create function public.die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`;
    await sql`create trigger die after update on fhir.purge_run for each row execute function public.die()`;
    await assert.rejects(purgeOld({ ...means, sql: victim }));
    await victim.end({ timeout: 1 });
    await sql`drop trigger die on fhir.purge_run`;
    assert.equal(await left(), half);
    const { versions } = await purgeOld(means);
    assert.equal(versions, 420, 'what was purged before the end counts');
    for (const id of many) assert.deepEqual(await history('Observation', id), ['15']);
    const verified = await verifyPurges(sql, keys);
    assert.deepEqual(verified, { runs: before.runs + 1, versions: before.versions + 420, broken: [] });
    assert.deepEqual(await found(), {});
  });

  it('ends with what it has done where the rules have changed since, and begins anew', async () => {
    const many = Array.from({ length: 25 }, (_, n) => `changed-${String(n)}`);
    for (let version = 1; version <= 11; version += 1)
      await Promise.all(many.map((id) => put(id, { ...observation('e', version), id })));
    pass(3);
    const stop = new AbortController();
    const cut = purgeOld(means, { signal: stop.signal, onStep: () => stop.abort() });
    await assert.rejects(cut, { name: 'AbortError' });
    await setRule(means, { type: 'Observation', earlier: 90 });
    const { versions } = await purgeOld(means);
    assert.equal(versions, 0, 'by the rules of now nothing is old');
    const { runs, broken } = await verifyPurges(sql, keys);
    assert.deepEqual([runs, broken], [4, []]);
    assert.equal(await removeRule(means, 'Observation'), true);
    assert.deepEqual((await purgeOld(means)).types, []);
  });

  it('finds what is not as it was signed', async () => {
    const faults = async (): Promise<string[]> => (await verifyPurges(sql, keys)).broken.map(({ why }) => why);
    const tampers: [string, string, string[]][] = [
      ['a version less', "delete from fhir.purged_version where id = 'old' and ver = 2", ['altered']],
      ['another line', "update fhir.purged_version set line = sha256('x') where id = 'old' and ver = 2", ['altered']],
      [
        'a run of nobody',
        "update fhir.purged_version set run = gen_random_uuid() where id = 'old' and ver = 2",
        ['altered', 'unsigned'],
      ],
    ];
    for (const [name, change, expected] of tampers)
      await sql
        .begin(async (session) => {
          await session.unsafe(change);
          const { broken } = await verifyPurges(session, keys);
          assert.deepEqual(broken.map(({ why }) => why).sort(), expected, name);
          throw new Error('taken back');
        })
        .catch((error: unknown) => assert.equal((error as Error).message, 'taken back'));
    assert.deepEqual(await faults(), []);
    // A version is lost between purged ones.
    await sql`delete from fhir.purged_version where id = 'old' and ver = 2`;
    assert.deepEqual(await found(), { 'version-missing': 1 });
  });

  it('purges nothing of a type or a resource that is held, and by no hold that is over', async () => {
    await put('of-type', observation('f', 1), observation('f', 2));
    await put('escaped', observation('f', 1), observation('f', 2));
    await sql`update fhir.history set content = replace(content, 'Patient/f', 'Patient\\/f') where content like '%Patient/f%'`;
    pass(3);
    await setRule(means, { type: 'Observation', earlier: 2 });
    const held = async (): Promise<number> => {
      const { types } = await countOld(sql, means.now);
      return types.reduce((sum, one) => sum + one.held, 0);
    };
    const old = (await countOld(sql, means.now)).types[0]!.old;
    const until = (later: number): Date => new Date(Date.now() + later);
    for (const [thing, expected] of [
      [{ type: 'Observation' }, old],
      [{ type: 'Observation', id: 'of-type' }, 1],
      [{ type: 'Patient', id: 'f' }, 2],
      [{ type: 'Patient', id: 'nobody' }, 0],
      [{ type: 'Encounter' }, 0],
      [{ type: 'Observation', until: until(-1000) }, 0],
      [{ type: 'Observation', until: until(day) }, old],
    ] as const) {
      const hold = await setHold(means, thing);
      assert.equal(await held(), expected, JSON.stringify(thing));
      assert.notEqual(await liftHold(means, hold), undefined);
      assert.equal(await liftHold(means, hold), undefined, 'once');
    }
    assert.equal(await held(), 0);
    assert.ok(
      (await holdsOf(sql)).every(
        ({ stands, setBy, lifted }) => !stands && setBy === 'cli:test' && lifted !== undefined,
      ),
    );
  });

  it('sees a hold that is set while it works, and the keys of a patient that is held stay', async () => {
    const hold = await setHold(means, { type: 'Patient', id: 'f' });
    await assert.rejects(destroyKeysOfPatient(means, 'f'), TrailActRefused);
    await sql.begin(async (session) => {
      await lockHolds(session, 'to go by');
      let isSet = false;
      const setting = setHold({ ...means, sql: second }, { type: 'Observation' }).then((id) => ((isSet = true), id));
      await untilWaits(session);
      assert.equal(isSet, false, 'a hold waits for the step that has begun');
      later = setting;
    });
    const other = await later;
    assert.equal((await purgeOld(means)).versions, 0);
    await liftHold(means, other);
    await liftHold(means, hold);
    assert.ok((await purgeOld(means)).versions > 0);
    assert.deepEqual(await destroyKeysOfPatient(means, 'g'), { keys: 0 });
  });

  it('stops where the session of its lock is lost, though its pool has others, and another one goes on', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `lost-${String(n)}`);
    for (let version = 1; version <= 15; version += 1)
      await Promise.all(many.map((id) => put(id, { ...observation('e', version), id })));
    pass(3);
    const before = await verifyPurges(sql, keys);
    const pool = connect(database.ownerUrl, { max: 4 });
    let steps = 0;
    const note = async (): Promise<void> => {
      steps += 1;
      await assert.rejects(purgeOld({ ...means, sql: second }), TrailActRefused);
      const [holder] = await sql<{ pid: number }[]>`
        select pg_terminate_backend(pid), pid from pg_locks where locktype = 'advisory' and granted
          and (classid::bigint << 32 | objid::bigint) = hashtextextended('fhir purge', 0)`;
      await until('its process has ended', () => Promise.resolve(!existsSync(`/proc/${String(holder!.pid)}`)));
    };
    await assert.rejects(purgeOld({ ...means, sql: pool }, { note }), isConnectionError);
    await pool.end();
    assert.equal(steps, 1, 'the step is the last one');
    assert.equal((await purgeOld({ ...means, sql: second })).versions, 420, 'that step counts');
    for (const id of many) assert.deepEqual(await history('Observation', id), ['15']);
    const verified = await verifyPurges(sql, keys);
    assert.deepEqual(verified, { ...before, runs: before.runs + 1, versions: before.versions + 420 });
  });
});

describe('a purge that a deletion has asked for', () => {
  const request = '0198c0de-0000-7000-8000-000000000001';
  const encounter = { resourceType: 'Encounter', status: 'completed', subject: { reference: 'Patient/p' } };

  it('takes all that was said, tells of it by a certificate, and keeps what is held or back', async () => {
    await put(
      'p',
      { resourceType: 'Patient', name: [{ family: 'Karimova' }] },
      { resourceType: 'Patient', active: true },
    );
    await put('p-1', observation('p', 1), observation('p', 2));
    await put('p-2', observation('p', 1));
    await put('p-3', observation('p', 1));
    await put('p-4', encounter);
    await put('p-5', { ...observation('q', 1), performer: [{ reference: 'Patient/p' }] });
    const items = ['Patient/p', 'Observation/p-1', 'Observation/p-2', 'Observation/p-3', 'Encounter/p-4'];
    await sql`insert into fhir.purge_request (id, client) values (${request}::uuid, 'registry')`;
    for (const [type, id] of items.map((name) => name.split('/') as [string, string])) {
      await store.delete({ type, id });
      await sql`insert into fhir.purge_item (request, type, id) values (${request}::uuid, ${type}, ${id})`;
    }
    await put('p-3', observation('p', 2)); // it exists again
    const digest = await feedDigest(sql, await feedEnd(sql));
    pass(1);
    const hold = await setHold(means, { type: 'Observation', id: 'p-2' });
    const carryOut = (more: object = {}): Promise<Certificate> => carryOutPurge(means, { request, ...more });
    await assert.rejects(carryOut({ patient: 'q' }), /Patient\/q is not among the resources/);
    await assert.rejects(carryOutPurge(means, { request: crypto.randomUUID() }), TrailActRefused);
    const told = (certificate: Certificate): Erasure => (JSON.parse(certificate.statement) as Purge).erasure!;
    const first = await carryOut({ patient: 'p', law: 'Law 547, article 19' });
    const { resources, held, back, person, kept } = told(first);
    assert.deepEqual([resources, held, back, person?.named], [3, 1, 1, 2]);
    assert.ok(kept.includes('Law 547, article 19'));
    assert.deepEqual((await requestsOf(sql))[0]?.state, 'asked', 'something is held');
    for (const name of ['Patient/p', 'Observation/p-1', 'Encounter/p-4']) {
      const [type, id] = name.split('/') as [string, string];
      assert.match((await history(type, id)).join(), /^\d deleted$/, name);
    }
    assert.deepEqual(await history('Observation', 'p-2'), ['2 deleted', '1']);
    assert.deepEqual(await history('Observation', 'p-3'), ['3', '2 deleted', '1']);
    const said = await sql`select from fhir.history where content like '%Karimova%'`;
    assert.equal(said.length, 0);
    assert.equal((await sql`select from fhir.purged_version where id = 'p' and writer is not null`).length, 0);
    assert.deepEqual(await feedDigest(sql, digest.below), digest);
    assert.deepEqual(await found(), { 'version-missing': 1 }); // that of the test above
    await liftHold(means, hold);
    const second = await carryOut();
    assert.deepEqual([told(second).resources, told(second).held], [4, 0]);
    assert.equal((await requestsOf(sql, request))[0]?.state, 'done');

    const check = async (text: string): Promise<unknown> => (await checkCertificate(sql, keys, text)).fault;
    assert.equal(await check(JSON.stringify(first)), undefined);
    assert.equal(await check(JSON.stringify(second)), undefined);
    assert.equal(await check('{}'), 'forged');
    const changed = { ...first, statement: first.statement.replace('"resources":3', '"resources":9') };
    assert.equal(await check(JSON.stringify(changed)), 'forged');
    await sql`delete from fhir.purged_version where id = 'p-1' and ver = 1`;
    assert.equal(await check(JSON.stringify(first)), 'altered');
  });

  it('is refused once, and not carried out then', async () => {
    const other = '0198c0de-0000-7000-8000-000000000002';
    await sql`insert into fhir.purge_request (id, client) values (${other}::uuid, 'registry')`;
    await refusePurge(means, other);
    await assert.rejects(refusePurge(means, other), /There is no open request/);
    await assert.rejects(carryOutPurge(means, { request: other }), /was refused/);
  });
});
