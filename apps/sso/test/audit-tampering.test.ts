/**
 * An attacker who can write to the database but lacks the key of the installation is detected: every kind of tampering with the audit
 * trail, at its beginning, in its middle and at its end, and a restored backup.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Session } from '@dhp/postgres';
import { acceptRestore, auditHeadFile, keepHead, verifyAuditChain, type ChainReport, nextLink } from '@dhp/audit/chain';
import { selectChain, type ChainLink } from '@dhp/audit/testing';
import { chainAll } from './chain-all.ts';
import { testBed } from './support.ts';

const bed = await testBed();
const folder = mkdtempSync(join(tmpdir(), 'audit-heads-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'audit.heads');
const heads = auditHeadFile(file, bed.encryptionKey);
const length = 12;

async function write(sql: Session, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await sql`
      insert into sso.audit_event (recorded, event, reason, client_id, actor, address, jti, scope, account_id, correlation_id)
      values (now(), 'client.changed', ${`number ${String(n)}`}, 'clinic', 'cli:tester', '192.0.2.7', 'j', 's', gen_random_uuid(), 'c')`;
  }
}

await write(bed.sql, length);
await chainAll(bed.sql);
assert.ok(await keepHead(bed.sql, heads, new Date()));

const verify = (sql: Session): Promise<ChainReport> =>
  verifyAuditChain({ begin: (_: string, work: (s: unknown) => unknown) => work(sql) } as never, {
    heads: { key: heads.key, kept: heads.read() },
  });

/** Returns the report of the verification after a change that only the owner of the database can make; the change is rolled back. */
async function tampered(change: (sql: Session) => Promise<unknown>): Promise<ChainReport> {
  let report: ChainReport | undefined;
  await bed.sql
    .begin(async (sql) => {
      await sql`set local time zone 'UTC'`;
      await sql`set local session_replication_role = replica`;
      await change(sql);
      await sql`set local session_replication_role = origin`;
      report = await verify(sql);
      throw new Error('undone');
    })
    .catch((error: unknown) => assert.match(String(error), /undone/));
  return report!;
}

/** Recomputes the hashes from a position on, as an attacker who knows the algorithm can. */
async function rechain(sql: Session): Promise<void> {
  await sql`update sso.audit_chain set position = position + 1000`;
  await sql`
    update sso.audit_chain c set position = n.place
    from (select event_id, row_number() over (order by position) as place from sso.audit_chain) n where n.event_id = c.event_id`;
  let last: ChainLink = { position: 0, hash: Buffer.alloc(0) };
  for (const { position, content } of await selectChain(sql, 0, 10_000)) {
    last = nextLink(last, content);
    await sql`update sso.audit_chain set hash = ${last.hash} where position = ${position}`;
  }
}

const eventAt = async (sql: Session, position: number): Promise<string> => {
  const [row] = await sql<{ event_id: string }[]>`select event_id from sso.audit_chain where position = ${position}`;
  return row!.event_id;
};
const remove = async (sql: Session, from: number, to: number): Promise<void> => {
  const gone = await sql<{ event_id: string }[]>`
    delete from sso.audit_chain where position between ${from} and ${to} returning event_id`;
  await sql`delete from sso.audit_event where id = any(${gone.map((one) => one.event_id)}::text[]::bigint[])`;
};
/** Inserts an event with the transaction id of another one, so that its position is in the past. */
const insertAt = async (sql: Session, position: number): Promise<string> => {
  const [row] = await sql<{ id: string }[]>`
    insert into sso.audit_event (recorded, event, transaction_id)
    select recorded, 'client.approved', transaction_id from sso.audit_event where id = ${await eventAt(sql, position)}
    returning id`;
  return row!.id;
};

const columns = {
  recorded: "recorded - interval '1 second'",
  event: "'token.issued'",
  reason: "'another'",
  client_id: 'null',
  actor: "'cli:somebody'",
  address: "'192.0.2.8'",
  jti: "'k'",
  scope: 'null',
  account_id: 'gen_random_uuid()',
  correlation_id: "'d'",
};

type Tampering = (sql: Session, position: number) => Promise<unknown>;
const kinds: Record<string, Tampering> = {
  ...Object.fromEntries(
    Object.entries(columns).map(([column, value]): [string, Tampering] => [
      `${column} altered`,
      async (sql, at) =>
        sql.unsafe(`update sso.audit_event set ${column} = ${value} where id = ${await eventAt(sql, at)}`),
    ]),
  ),
  'an event deleted': async (sql, at) => sql`delete from sso.audit_event where id = ${await eventAt(sql, at)}`,
  'a link deleted': (sql, at) => sql`delete from sso.audit_chain where position = ${at}`,
  'an event and its link deleted': (sql, at) => remove(sql, at, at),
  'an event deleted and the chain made anew': async (sql, at) => {
    await remove(sql, at, at);
    await rechain(sql);
  },
  'an event altered and the chain made anew': async (sql, at) => {
    await sql`update sso.audit_event set actor = 'cli:x' where id = ${await eventAt(sql, at)}`;
    await rechain(sql);
  },
  'two events exchanged': async (sql, at) => {
    const [one, other] = [await eventAt(sql, at), await eventAt(sql, at === length ? 1 : at + 1)];
    await sql`update sso.audit_chain set event_id = -1 where event_id = ${one}`;
    await sql`update sso.audit_chain set event_id = ${one} where event_id = ${other}`;
    await sql`update sso.audit_chain set event_id = ${other} where event_id = -1`;
  },
  'two events exchanged and the chain made anew': async (sql, at) => {
    await kinds['two events exchanged']!(sql, at);
    await rechain(sql);
  },
  'a hash altered': (sql, at) => sql`update sso.audit_chain set hash = sha256('x') where position = ${at}`,
  // After the last one it would be an ordinary appended event.
  'an event put in under an old transaction': (sql, at) => insertAt(sql, Math.min(at, length - 1)),
  'an event put in and the chain made anew': async (sql, at) => {
    const id = await insertAt(sql, at);
    await sql`insert into sso.audit_chain (position, event_id, hash) values (5000, ${id}, sha256('x'))`;
    await sql`update sso.audit_chain set position = position + 100 where position >= ${at} and position < 5000`;
    await sql`update sso.audit_chain set position = ${at} where position = 5000`;
    await rechain(sql);
  },
  'the end cut': (sql, at) => remove(sql, at, length),
  'the end cut and others written in its place': async (sql, at) => {
    await remove(sql, at, length);
    await write(sql, length);
    await sql`
      insert into sso.audit_chain (position, event_id, hash)
      select 500 + row_number() over (order by id), id, sha256('x') from sso.audit_event e
      where not exists (select from sso.audit_chain c where c.event_id = e.id)`;
    await rechain(sql);
  },
  'the beginning cut and the chain made anew': async (sql, at) => {
    await remove(sql, 1, at);
    await rechain(sql);
  },
  'an event of a time to come': async (sql) =>
    sql`insert into sso.audit_event (recorded, event) values (now() + interval '1 day', 'client.approved')`,
  'an event of a transaction to come': async (sql) =>
    sql`insert into sso.audit_event (recorded, event, transaction_id) values (now(), 'x', '9000000000'::xid8)`,
};

describe('tampering with the audit trail is found', () => {
  it('and what nobody touched is whole', async () => {
    const report = await tampered(() => Promise.resolve());
    assert.deepEqual([report.whole, report.length, report.agrees?.position], [true, length, length]);
  });
  for (const [kind, tamper] of Object.entries(kinds)) {
    it(kind, async () => {
      for (const position of [1, 2, length / 2, length - 1, length]) {
        const report = await tampered((sql) => tamper(sql, position));
        assert.equal(report.whole, false, `at ${String(position)}`);
      }
    });
  }

  it('also when all is gone', async () => {
    const report = await tampered(async (sql) => {
      await sql`truncate sso.audit_chain, sso.audit_event`;
    });
    assert.deepEqual(report.broken, { position: 0, why: 'behind-head' });
  });

  it('also in the file of heads', async () => {
    const kept = readFileSync(file, 'utf8');
    for (const wrong of [
      'nonsense\n',
      kept.replace(/\.\d+\./, '.3.'),
      kept.replace(/.(?=\n)/, 'A').replace(/..(?=\n)/, 'BB'),
    ]) {
      writeFileSync(file, wrong);
      const checked = { key: heads.key, kept: heads.read() };
      assert.equal((await verifyAuditChain(bed.sql, { heads: checked })).broken?.why, 'forged-head');
      assert.equal(await keepHead(bed.sql, heads, new Date()), false);
    }
    writeFileSync(file, kept);
    assert.ok(await keepHead(bed.sql, heads, new Date()));
  });
});

describe('a backup that was restored', () => {
  it('is told as what it may be, keeps its head, and is accepted with a reason', async () => {
    const before = heads.read();
    await bed.sql.begin(async (sql) => {
      await sql`set local session_replication_role = replica`;
      await remove(sql, length - 2, length);
    });
    const check = (): Promise<ChainReport> =>
      verifyAuditChain(bed.sql, { heads: { key: heads.key, kept: heads.read() } });
    assert.deepEqual((await check()).broken, { position: length - 3, why: 'behind-head' });
    // The chain continues, and the stored head is not replaced.
    await write(bed.sql, 5);
    await chainAll(bed.sql);
    assert.equal(await keepHead(bed.sql, heads, new Date()), false);
    assert.deepEqual(heads.read(), before);
    assert.equal((await check()).broken?.why, 'other-head');
    const o = { actor: 'cli:tester', reason: 'the disk failed', now: new Date() };
    assert.equal((await acceptRestore(bed.sql, heads, o))?.length, 1);
    await write(bed.sql, 2);
    await chainAll(bed.sql);
    assert.ok(await keepHead(bed.sql, heads, new Date()));
    assert.equal((await check()).whole, true);
    const [event] = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where event = 'audit.restored'`;
    assert.match(event!.reason, /^given up: v1\.12\..*: the disk failed$/);
  });
});

describe('a long trail', () => {
  it('is verified in a time that grows with its length, and says how far it is', async () => {
    await bed.sql`
      insert into sso.audit_event (recorded, event) select now(), 'token.issued' from generate_series(1, 5000)`;
    await chainAll(bed.sql);
    const seen: number[] = [];
    const report = await verifyAuditChain(bed.sql, { onProgress: (done) => seen.push(done) });
    assert.equal(report.whole, true);
    assert.ok(seen.length >= report.length / 1000 && seen.at(-1) === report.length);
  });
});
