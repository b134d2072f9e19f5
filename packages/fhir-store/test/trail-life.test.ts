/** Legitimate acts leave a trail whole; every other change is found. Random sequences of both. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Session, type Sql } from '@dhp/postgres';
import { pseudonymOf, trailKeys } from '@dhp/trail';
import { checkProof } from '@dhp/trail/heads';
import { mayLeave, periodsOf, proofOf, removePeriod, TrailActRefused } from '../src/trail.ts';
import { randomFrom } from './side-by-side/random.ts';
import { keys, TrailUnderTest } from './trail-life.ts';

const seed = Number(process.env['DHP_TEST_SEED'] ?? 20_261_129);
const random = randomFrom(seed);
const below = (n: number): number => Math.floor(random() * n);
const patients = ['a', 'b', 'c', undefined];

/** Each returns false if it has no target. */
type Tamper = (sql: Session) => Promise<boolean>;

const rows = (query: Promise<readonly unknown[]>): Promise<boolean> => query.then(({ length }) => length > 0);

function recordAt(sql: Session): Promise<string | undefined> {
  return sql<{ id: string }[]>`select id::text from fhir.audit_record order by id`.then(
    (all) => all[below(all.length)]?.id,
  );
}

const set =
  (column: string): Tamper =>
  async (sql) => {
    const id = await recordAt(sql);
    return id !== undefined && rows(sql.unsafe(`update fhir.audit_record set ${column} where id = ${id} returning 1`));
  };

const tampers: Readonly<Record<string, Tamper>> = {
  content: set(`content = '{"n":99}'`),
  time: set("recorded = recorded + interval '1 millisecond'"),
  patient: set("patient = decode('00000000000000000000000000000000', 'hex')"),
  sealed: set("sealed = sealed || decode('00', 'hex')"),
  digest: set("digest = sha256('x')"),
  'a digest of another length': set("digest = decode('00', 'hex')"),
  key: set('key_id = gen_random_uuid()'),
  'a record taken out': async (sql) => {
    const id = await recordAt(sql);
    return id !== undefined && rows(sql.unsafe(`delete from fhir.audit_record where id = ${id} returning 1`));
  },
  'a genuine record again': async (sql) => {
    const id = await recordAt(sql);
    return (
      id !== undefined &&
      rows(
        sql.unsafe(`
      insert into fhir.audit_record (transaction_id, id, recorded, patient, content, key_id, sealed, digest)
      select transaction_id, nextval('fhir.audit_id'), recorded, patient, content, key_id, sealed, digest
      from fhir.audit_record where id = ${id} returning 1`),
      )
    );
  },
  'two in the place of each other': async (sql) => {
    const [a, b] = [await recordAt(sql), await recordAt(sql)];
    if (a === b || a === undefined) return false;
    const swapped = ['recorded', 'patient', 'content', 'key_id', 'sealed', 'digest'].map(
      (name) => `${name} = o.${name}`,
    );
    return rows(
      sql.unsafe(`update fhir.audit_record r set ${swapped.join(', ')} from fhir.audit_record o
      where (r.id, o.id) in ((${a}, ${String(b)}), (${String(b)}, ${a})) returning 1`),
    );
  },
  'the beginning cut': (sql) =>
    rows(sql`delete from fhir.audit_record r using fhir.audit_head h
             where h.position = (select min(f.position) from fhir.audit_head f
                                 where exists (select from fhir.audit_record e where (e.transaction_id, e.id) <= (f.transaction_id, f.id)))
               and (r.transaction_id, r.id) <= (h.transaction_id, h.id) returning 1`),
  'the end cut': async (sql) => {
    await sql`delete from fhir.audit_record r where (r.transaction_id, r.id) > (
      select h.transaction_id, h.id from fhir.audit_head h order by position desc offset 1 limit 1)`;
    return rows(
      sql`delete from fhir.audit_head where position = (select max(position) from fhir.audit_head) returning 1`,
    );
  },
  'a part emptied': async (sql) => {
    const [part] = await sql<{ name: string }[]>`
      select tableoid::regclass::text as name from fhir.audit_record group by 1 order by random() limit 1`;
    return part !== undefined && rows(sql.unsafe(`delete from ${part.name} returning 1`));
  },
  'a part replaced': async (sql) => {
    const [part] = await sql<{ name: string }[]>`
      select tableoid::regclass::text as name from fhir.audit_record group by 1 order by random() limit 1`;
    return (
      part !== undefined &&
      rows(
        sql.unsafe(`
      update ${part.name} r set content = o.content, sealed = o.sealed, digest = o.digest, key_id = o.key_id, patient = o.patient
      from (select * from ${part.name} order by random() limit 1) o where r.digest <> o.digest returning 1`),
      )
    );
  },
  'a head replaced': (sql) =>
    rows(sql`update fhir.audit_head set signature = o.signature from (select signature from fhir.audit_head order by random() limit 1) o
             where position = 1 + (select max(position) from fhir.audit_head) / 2 and audit_head.signature <> o.signature returning 1`),
  'a head of other records': (sql) =>
    rows(
      sql`update fhir.audit_head set root = sha256('x') where position = (select max(position) from fhir.audit_head) returning 1`,
    ),
  'a head taken out': (sql) =>
    rows(sql`delete from fhir.audit_head where position = 1 + (select max(position) from fhir.audit_head) / 2
             and position < (select max(position) from fhir.audit_head) returning 1`),
  'the tree of a head': (sql) =>
    rows(
      sql.unsafe(`update fhir.audit_head set ${['tree_size = tree_size + 1', "tree_root = sha256('x')"][below(2)]!}
        where position = 1 + (select max(position) from fhir.audit_head) / 2 returning 1`),
    ),
  'the tree of a head taken out': (sql) =>
    rows(sql`update fhir.audit_head set tree_size = null, tree_root = null, tree_nodes = null
             where position = (select max(position) from fhir.audit_head) returning 1`),
  'the subtrees of a head': (sql) =>
    rows(sql`update fhir.audit_head set tree_nodes = tree_nodes || sha256('x')
             where position = (select max(position) from fhir.audit_head) returning 1`),
  'an act taken out': (sql) =>
    rows(
      sql`delete from fhir.audit_act where id = (select id from fhir.audit_act order by random() limit 1) returning 1`,
    ),
  'an act changed': (sql) =>
    rows(sql`update fhir.audit_act set statement = replace(statement, '"made":', '"more":1,"made":')
             where id = (select max(id) from fhir.audit_act) returning 1`),
  'the acts in another order': async (sql) => {
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.audit_act`;
    return row!.n > 1 && rows(sql`update fhir.audit_act set id = -id returning 1`);
  },
  'an act that nobody signed': (sql) =>
    rows(sql`insert into fhir.audit_act (id, statement, signature)
             select coalesce(max(id), 0) + 1, '{"kind":"destruction","month":"2026-01-01","made":1}', sha512('x') from fhir.audit_act returning 1`),
  'a key taken out': (sql) =>
    rows(
      sql`delete from fhir.audit_key where key_id = (
            select key_id from fhir.audit_record join fhir.audit_key using (key_id) order by random() limit 1) returning 1`,
    ),
  'a key changed': (sql) =>
    rows(sql`update fhir.audit_key set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)
             where key_id = (
               select key_id from fhir.audit_record join fhir.audit_key using (key_id) order by random() limit 1) returning 1`),
};

describe(`the life of a trail (seed ${String(seed)})`, () => {
  let trail: TrailUnderTest;
  before(async () => {
    trail = await TrailUnderTest.open('trail_life');
  });
  after(() => trail.close());

  const found = new Set<string>();
  const done: string[] = [];

  async function isWhole(what: string): Promise<void> {
    const told = `${what}; ${done.join(', ')}`;
    const report = await trail.verify();
    assert.deepEqual(report.broken, undefined, told);
    assert.deepEqual(report.returned, [], told);
    // With the archives, only permanently removed records are not read.
    const all = await trail.verify(trail.sql, trail.archives);
    assert.deepEqual(all.broken, undefined, `with archives: ${told}`);
    assert.equal(
      all.records - report.records,
      [...trail.archives.values()].reduce((sum, { length }) => sum + length, 0),
    );
    assert.equal(report.removed - all.removed, all.records - report.records);
  }

  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    async record() {
      for (let n = 0; n < 1 + below(4); n += 1)
        // A statement that waited stores its records behind those of the next month.
        await trail.record(
          Array.from({ length: 1 + below(4) }, () => patients[below(4)]),
          below(3) === 0 ? 1_800_000 : 0,
        );
      if (below(2) === 0) await trail.cover();
    },
    async pass() {
      // Close to the end of a month, so that a head covers records of two months.
      const date = new Date(trail.now);
      const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
      trail.now = below(2) === 0 ? next + 600_000 : Math.max(trail.now, next - 1_200_000);
      await trail.record([patients[below(4)]]);
    },
    cover: () => trail.cover(),
    async archive() {
      const month = await oldest();
      if (month !== undefined) await trail.remove(month, true);
    },
    async end() {
      const month = await oldest();
      if (month !== undefined) await trail.end(month);
    },
    async 'end an archived period'() {
      const archived = (await periodsOf(trail.sql, keys)).find(({ state }) => state === 'archived');
      if (archived !== undefined) await trail.end(archived.month);
    },
    forget: () => trail.forget(['a', 'b', 'c'][below(3)]!),
  };

  async function oldest(): Promise<string | undefined> {
    await trail.cover();
    const here = (await periodsOf(trail.sql, keys)).filter(
      ({ state, month }) => state === 'here' && mayLeave(month, trail.now),
    );
    return here[below(here.length)]?.month;
  }

  it('finds every tampering and no legitimate act, in random sequences', { timeout: 600_000 }, async () => {
    const names = Object.keys(acts);
    const kinds = Object.keys(tampers);
    for (let step = 0; step < 60; step += 1) {
      const name = below(3) === 0 ? 'record' : names[below(names.length)]!;
      done.push(name);
      await acts[name]!();
      if (step % 3 === 0) await isWhole(name);
      if (step < 12) continue;
      await trail.cover();
      const kind = kinds[(step * 7 + below(2)) % kinds.length]!;
      const { report, isDone } = await trail.tampered(tampers[kind]!);
      if (isDone) found.add(kind);
      assert.equal(report.whole, !isDone, `${kind} after ${done.join(', ')}`);
    }
    assert.ok(found.size > kinds.length / 2, [...found].join(', '));
    assert.deepEqual(
      names.filter((name) => !done.includes(name)),
      [],
    );
  });

  it('finds each kind of tampering at the end of the sequence', { timeout: 600_000 }, async () => {
    await trail.record(patients);
    await trail.cover();
    await acts['pass']!();
    await trail.cover();
    await trail.forget('a');
    await trail.cover();
    for (const [kind, tamper] of Object.entries(tampers)) {
      const { report, isDone } = await trail.tampered(async (sql) => {
        for (let tries = 0; tries < 10; tries += 1) if (await tamper(sql)) return true;
        return false;
      });
      assert.ok(isDone, kind);
      assert.ok(!report.whole, kind);
    }
    await isWhole('at the end');
  });
});

/** Begins to take the period out, which waits for a reader, and is ended by force. */
async function waitForReader(trail: TrailUnderTest): Promise<void> {
  const [reader, worker] = [1, 2].map(() =>
    connect(trail.database.ownerUrl, { max: 1, applicationName: 'dhp test trail' }),
  ) as [Sql, Sql];
  try {
    await reader.begin(async (session) => {
      await session`select from fhir.audit_record limit 1`;
      const [own] = await worker<{ pid: number }[]>`select pg_backend_pid() as pid`;
      const removing = removePeriod({ ...trail.means, sql: worker }, { month: '2026-01-01' });
      const refused = assert.rejects(removing);
      const deadline = Date.now() + 120_000;
      for (let isPending = false; !isPending;) {
        const [row] = await trail.sql<{ pending: boolean }[]>`
          select exists (select from pg_inherits where inhparent = 'fhir.audit_record'::regclass and inhdetachpending) as pending`;
        isPending = row!.pending;
        assert.ok(Date.now() < deadline, 'it waits for the reader');
        if (!isPending) await delay(10);
      }
      await trail.sql`select pg_terminate_backend(${own!.pid}::int)`;
      await refused;
    });
  } finally {
    await Promise.all([reader.end({ timeout: 5 }), worker.end({ timeout: 5 })]);
  }
}

describe('the proof of a record', () => {
  it('holds for each record of trees of all sizes, and for no other record, place or head', async (t) => {
    const trail = await TrailUnderTest.open('trail_proof');
    t.after(() => trail.close());
    const { sql } = trail;
    for (let size = 1; size <= 9; size += 1) {
      for (let n = 0; n < size; n += 1) await trail.record([patients[n % 4]]);
      await trail.cover();
    }
    const places = await sql<{ transactionId: string; id: string }[]>`
      select transaction_id::text as "transactionId", id::text from fhir.audit_record order by 1, 2`;
    const all = await Promise.all(places.map((place) => proofOf(sql, keys, place)));
    for (const proof of all) {
      const text = JSON.stringify(proof);
      assert.equal(checkProof(text, undefined).fault, undefined, text);
      assert.deepEqual([checkProof(text, keys).fault, checkProof(text, keys).isRecordChecked], [undefined, true]);
      const other = all[below(all.length)]!;
      const fault = (change: object): string | undefined =>
        checkProof(JSON.stringify({ ...proof, ...change }), undefined).fault;
      if (other.record !== proof!.record) assert.equal(fault({ record: other.record }), 'path');
      if (other.head.position !== proof!.head.position) assert.equal(fault({ before: '00' }), 'head');
      assert.equal(fault({ index: proof!.index + 1 }), 'path');
      assert.equal(fault({ path: [...proof!.path, '00'] }), 'path');
      assert.equal(fault({ head: { ...proof!.head, total: 1_000 } }), 'head');
      assert.equal(fault({ format: 'another' }), 'no-proof');
      const altered = JSON.stringify({ ...proof, record: proof!.record.replace('read', 'vread') });
      assert.equal(checkProof(altered, keys).fault, 'altered');
      assert.equal(checkProof(text, trailKeys(Buffer.alloc(32, 6))).fault, 'head');
    }
    assert.equal(await proofOf(sql, keys, { transactionId: '1', id: '1' }), undefined);
  });

  it('holds beside records that left from under the same head', async (t) => {
    const trail = await TrailUnderTest.open('trail_proof_mixed');
    t.after(() => trail.close());
    trail.now = Date.UTC(2026, 0, 31, 23, 50);
    await trail.record(['a', 'b']);
    trail.now += 1_200_000;
    await trail.record(['c']);
    await trail.cover();
    trail.pass(40);
    await trail.record(['d']);
    await trail.end('2026-01-01');
    const [place] = await trail.sql<{ transactionId: string; id: string }[]>`
      select transaction_id::text as "transactionId", id::text from fhir.audit_record order by id limit 1`;
    const proof = await proofOf(trail.sql, keys, place!);
    assert.deepEqual([proof?.head.records, proof?.index], [3, 2]);
    assert.equal(checkProof(JSON.stringify(proof), keys).fault, undefined);
  });
});

describe('a period of the trail', () => {
  let trail: TrailUnderTest;
  before(async () => {
    trail = await TrailUnderTest.open('trail_period');
    await trail.record(['a', 'b', undefined]);
    trail.pass(7);
    await trail.record(['a']);
    await trail.cover();
  });
  after(() => trail.close());

  it('stays while it, or the month behind it, is not over', async () => {
    await assert.rejects(trail.remove('2026-01-01', false), TrailActRefused);
    trail.pass(31);
    await trail.record(['b']);
    await trail.cover();
  });

  it('leaves its heads and a statement; what was interrupted goes on, and is told meanwhile', async () => {
    const { sql } = trail;
    const [before] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.audit_record`;
    const states = async (): Promise<unknown> => (await periodsOf(sql, keys)).map(({ state }) => state).slice(0, 2);
    assert.deepEqual(await states(), ['here', 'here']);
    // As an end by force leaves it, behind the statement.
    const ending = Object.assign((...all: Parameters<Session>) => {
      if (String(all[0][0]).includes('alter table')) throw new Error('the end by force');
      return sql(...all);
    }, sql);
    await assert.rejects(removePeriod({ ...trail.means, sql: ending }, { month: '2026-01-01' }), /end by force/);
    assert.deepEqual(await states(), ['leaving', 'here']);
    await trail.cover();
    const meanwhile = await trail.verify();
    assert.deepEqual([meanwhile.whole, meanwhile.removed, meanwhile.returned], [true, 0, ['2026-01-01']]);
    // As one leaves it while an earlier reader is waited for.
    await waitForReader(trail);
    assert.deepEqual(await states(), ['leaving', 'here']);
    assert.deepEqual([(await trail.verify()).removed, (await trail.verify()).whole], [3, true]);
    await trail.remove('2026-01-01', false);
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.audit_record`;
    assert.equal(row!.n, before!.n - 3 + 1, 'three left, and the record of that is there');
    const { whole, removed, returned } = await trail.verify();
    assert.deepEqual({ whole, removed, returned }, { whole: true, removed: 3, returned: [] });
    assert.deepEqual(
      (await periodsOf(sql, keys)).slice(0, 1).map(({ month, state }) => ({ month, state })),
      [{ month: '2026-01-01', state: 'leaving' }],
    );
    await trail.end('2026-01-01');
    assert.equal((await periodsOf(sql, keys))[0]!.state, 'ended');
    assert.equal((await sql`select from fhir.audit_key where month = '2026-01-01'`).length, 0);
    assert.ok((await trail.verify()).whole);
  });

  it('tells of a patient no more when the keys are destroyed, without a change of a record', async () => {
    const { sql } = trail;
    const text = async (): Promise<unknown> =>
      sql`select id::text, digest, sealed, content from fhir.audit_record where patient is not null order by id`;
    const [before, own] = [await text(), pseudonymOf(keys, 'a')];
    assert.ok((await trail.forget('a')) > 0);
    assert.deepEqual(await text(), before);
    assert.equal((await sql`select from fhir.audit_key where patient = ${own}`).length, 0);
    assert.equal(await trail.forget('a'), 0);
    await trail.cover();
    assert.ok((await trail.verify()).whole);
    const [proof] = await sql<{ content: string }[]>`select content from fhir.audit_record order by id desc limit 1`;
    assert.match(proof!.content, /^\{"act":\d+,"count":\d+,"interaction":"patient-keys-destroyed"/);
  });
});
