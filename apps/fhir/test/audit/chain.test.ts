/** The trail detects any change to it, even by the owner of its tables. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Session } from '@dhp/postgres';
import { trailKeys, type Break } from '@dhp/trail';
import { formatHead, parseHead, type KeptHead } from '@dhp/trail/heads';
import { verifyTrail } from '@dhp/fhir-store/trail';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
const kept: KeptHead[] = [];
before(async () => {
  server = await startAudited();
  for (let part = 0; part < 3; part += 1) {
    for (let n = 0; n < 6; n += 1) await server.request('GET', `/Patient/p${String(part)}-${String(n)}`);
    kept.push(await server.cover());
  }
});
after(() => server.close());

const undone = new Error('undone');

/** Changes the trail as its owner, verifies it, and rolls the change back. */
async function tampered(tamper: (sql: Session) => Promise<unknown>, given = kept): Promise<Break | undefined> {
  let why: Break | undefined;
  await server.owner
    .begin(async (sql) => {
      await sql`set local session_replication_role = replica`; // the triggers of the tables do not run
      await tamper(sql);
      const own = Object.assign((...all: Parameters<Session>) => sql(...all), sql, {
        begin: (_: string, work: (session: Session) => Promise<unknown>) => work(sql),
      });
      const report = await verifyTrail(own as never, server.keys, { kept: given });
      why = report.broken?.why;
      assert.equal(report.whole, why === undefined);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return why;
}

/** The n-th record in the order of the chain. */
async function nth(sql: Session, n: number): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    select r.id::text from fhir.audit_record r order by r.transaction_id, r.id offset ${n} limit 1`;
  return row!.id;
}

describe('the trail', () => {
  beforeEach(async () => {
    const { whole, records, heads, agrees } = await server.verify(kept);
    assert.deepEqual(
      { whole, records, heads, agrees: agrees?.position },
      { whole: true, records: 18, heads: kept[2]!.position, agrees: kept[2]!.position },
    );
  });

  const every = [0, 5, 6, 11, 17];
  for (const [name, column] of Object.entries({
    content: "content = replace(content, 'Patient', 'Person')",
    'the time': "recorded = recorded + interval '1 second'",
    'the patient': "patient = decode('00000000000000000000000000000000', 'hex')",
    'the sealed part': "sealed = sealed || decode('00', 'hex')",
    'the key': 'key_id = gen_random_uuid()',
    'the digest': "digest = sha256('x')",
  })) {
    it(`finds a record whose ${name} was changed, wherever it stands`, async () => {
      for (const n of every) {
        const why = await tampered(async (sql) =>
          sql.unsafe(`update fhir.audit_record set ${column} where id = ${await nth(sql, n)}`),
        );
        assert.equal(why, 'altered', String(n));
      }
    });
  }

  it('finds a record that is missing', async () => {
    for (const n of every)
      assert.equal(
        await tampered(async (sql) => sql.unsafe(`delete from fhir.audit_record where id = ${await nth(sql, n)}`)),
        'missing',
      );
  });

  it('finds a genuine record that was put in again, under the heads and behind them', async () => {
    const copy = (transaction: string) => `
      insert into fhir.audit_record (transaction_id, id, recorded, patient, content, key_id, sealed, digest)
      select ${transaction}, nextval('fhir.audit_id'), recorded, patient, content, key_id, sealed, digest from fhir.audit_record where id = `;
    for (const n of every) {
      assert.equal(await tampered(async (sql) => sql.unsafe(copy('transaction_id') + (await nth(sql, n)))), 'inserted');
      assert.equal(
        await tampered(async (sql) => sql.unsafe(copy('pg_current_xact_id()') + (await nth(sql, n)))),
        'inserted',
      );
    }
  });

  it('finds a record that no server wrote', async () => {
    const why = await tampered(
      (sql) => sql`
        insert into fhir.audit_record (recorded, content, key_id, sealed, digest)
        values (now(), '{}', gen_random_uuid(), decode('00', 'hex'), sha256('x'))`,
    );
    assert.equal(why, 'altered');
  });

  it('finds records in another order', async () => {
    const why = await tampered(async (sql) => {
      const [a, b] = [await nth(sql, 1), await nth(sql, 3)];
      await sql.unsafe(`update fhir.audit_record r set transaction_id = o.transaction_id, id = -o.id
        from fhir.audit_record o where (r.id, o.id) in ((${a}, ${b}), (${b}, ${a}))`);
      await sql`update fhir.audit_record set id = -id where id < 0`;
    });
    assert.equal(why, 'reordered');
  });

  it('finds a cut, of records with their heads, by a head that was kept', async () => {
    const cut = (from: number) => async (sql: Session) => {
      await sql`delete from fhir.audit_record r using fhir.audit_head h
        where h.position = ${from - 1} and (r.transaction_id, r.id) > (h.transaction_id, h.id)`;
      await sql`delete from fhir.audit_head where position >= ${from}`;
    };
    assert.equal(await tampered(cut(kept[1]!.position + 1)), 'behind-head');
    assert.equal(await tampered(cut(kept[0]!.position + 1)), 'behind-head');
    assert.equal(
      await tampered(cut(kept[1]!.position + 1), kept.slice(0, 2)),
      undefined,
      'no head tells of what nobody kept',
    );
  });

  it('finds a head that was changed, made without the key, or is missing in between', async () => {
    assert.equal(
      await tampered((sql) => sql`update fhir.audit_head set records = records - 1 where position = 2`),
      'inserted',
    );
    assert.equal(
      await tampered((sql) => sql`update fhir.audit_head set made = made + interval '1 second' where position = 2`),
      'forged-head',
    );
    assert.equal(
      await tampered(
        (sql) => sql`update fhir.audit_head set signature = sha512('x') where position = ${kept[2]!.position}`,
      ),
      'forged-head',
    );
    assert.equal(await tampered((sql) => sql`delete from fhir.audit_head where position = 2`), 'inserted');
  });

  it('is not whole for another key', async () => {
    const report = await verifyTrail(server.owner, trailKeys(Buffer.alloc(32, 8)), { kept });
    assert.equal(report.broken?.why, 'altered');
  });

  it('refuses changes by its owner, and by the server anything but adding', async () => {
    for (const statement of [
      'update fhir.audit_record set content = content',
      'delete from fhir.audit_record',
      'truncate fhir.audit_record',
      'truncate fhir_audit.audit_record_' + new Date().toISOString().slice(0, 7).replace('-', ''),
      'delete from fhir_audit.audit_record_' + new Date().toISOString().slice(0, 7).replace('-', ''),
      'update fhir.audit_head set records = 0',
      'delete from fhir.audit_head',
      'truncate fhir.audit_head',
    ])
      await assert.rejects(server.owner.unsafe(statement), { code: '42501' }, statement);
  });

  it('has heads that are written as text and read again', () => {
    for (const head of kept) {
      const { position, total, made, signature } = head;
      assert.deepEqual(parseHead(formatHead(head)), { position, total, made, signature });
    }
    assert.equal(parseHead('v1.1.1.1.short'), undefined);
  });
});

it('is whole where the numbers of records, transactions and heads get another digit', async (t) => {
  const own = await startAudited();
  t.after(() => own.close());
  const entry = Array.from({ length: 150 }, (_, n) => ({ request: { method: 'GET', url: `Patient/p${String(n)}` } }));
  // Records of one statement and one transaction: 1 to 150 and more.
  const heads: KeptHead[] = [];
  for (let n = 0; n < 12; n += 1) {
    assert.equal((await own.write('POST', '/', { resourceType: 'Bundle', type: 'batch', entry })).status, 200);
    heads.push(await own.cover());
  }
  const { whole, records, broken, agrees } = await own.verify(heads);
  assert.deepEqual({ whole, broken, agrees: agrees?.position }, { whole: true, broken: undefined, agrees: 12 });
  assert.ok(records > 1_000, String(records));
});
