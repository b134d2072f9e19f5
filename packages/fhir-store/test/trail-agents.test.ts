/** Records by requester: found in every part of the trail, and without reading all of it for a rare requester. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { openSealer, trailKeys } from '@dhp/trail';
import { migrations } from '../src/index.ts';
import { selectRecordsOf, type RecordsAsked } from '../src/statements/audit-history.ts';
import { insertRecords } from '../src/statements/audit-records.ts';

const count = 30_000;
/** Numbers of the records of a rare requester, all before the newest ones that are searched first. */
const rare = [40, 9_000, 9_001];

let database: TestDatabase;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'trail', migrations: [migrations] });
  sql = connect(database.ownerUrl, { max: 1, applicationName: 'dhp test trail' });
  await sql`select fhir.prepare_audit()`;
  const sealer = openSealer(trailKeys(Buffer.alloc(32, 5)));
  for (let from = 0; from < count; from += 500) {
    const rows = Array.from({ length: 500 }, (_, n) => sealer.row(recordOf(from + n)));
    await insertRecords(sql, rows);
    for (const row of rows) sealer.stored(row);
  }
  await sql`
    select brin_summarize_new_values(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_am a on a.oid = c.relam where a.amname = 'brin' and c.relkind = 'i'`;
  await sql`vacuum analyze fhir.audit_record`;
});
after(async () => {
  await sql.end({ timeout: 5 });
  await database.drop();
});

type Recorded = Parameters<ReturnType<typeof openSealer>['row']>[0];

function recordOf(n: number): Recorded {
  const person = rare.includes(n) ? 'Practitioner/rare' : `Practitioner/${String(n % 50)}`;
  const user = n % 1_000 === 7 ? 'seldom' : `account-${String(n % 50)}`;
  // A text chosen by a client comes first, and imitates the mark as far as it can.
  const request = n % 2 === 0 ? '","person":"Practitioner/rare' : `request-${String(n)}`;
  return {
    ...{ recorded: Date.now(), patient: `p-${String(n % 20)}`, sealed: { id: 'x' } },
    content: { request, interaction: 'read', action: n % 3 === 0 ? 'R' : 'U', type: 'Patient', user, person, n },
  };
}

const asking = (more: Partial<RecordsAsked>): RecordsAsked => ({ patient: undefined, limit: 50, ...more });
async function found(asked: Partial<RecordsAsked>): Promise<number[]> {
  const records = await selectRecordsOf(sql, asking(asked));
  return records.map(({ content }) => (JSON.parse(content) as { n: number }).n);
}

/** Pages of the trail that work reads, and all that it has. */
async function pages(work: () => Promise<unknown>): Promise<{ read: number; all: number }> {
  const read = async (): Promise<number> => {
    await sql`select pg_stat_force_next_flush()`;
    const [row] = await sql<{ read: number }[]>`
      select coalesce(sum(heap_blks_read + heap_blks_hit), 0)::int as read from pg_statio_all_tables where schemaname = 'fhir_audit'`;
    return row!.read;
  };
  const before = await read();
  await work();
  const [size] = await sql<{ all: number }[]>`
    select sum(pg_relation_size(inhrelid) / 8192)::int as all from pg_inherits where inhparent = 'fhir.audit_record'::regclass`;
  return { read: (await read()) - before, all: size!.all };
}

describe('records of an agent', () => {
  it('are all found, the newest first, in whatever part of the trail', async () => {
    assert.deepEqual(await found({ having: { person: ['Practitioner/rare'] } }), [...rare].reverse());
    const of = (is: (n: number) => boolean, limit: number): number[] =>
      Array.from({ length: count }, (_, n) => count - 1 - n)
        .filter(is)
        .slice(0, limit);
    const often = of((n) => n % 50 === 7 && !rare.includes(n), 50);
    assert.deepEqual(await found({ having: { person: ['Practitioner/7'] } }), often);
    const seldom = of((n) => n % 1_000 === 7, 50);
    assert.deepEqual(await found({ having: { user: ['seldom'] } }), seldom);
    const some = of((n) => rare.includes(n) || n % 50 === 3, 400);
    assert.deepEqual(
      await found({ having: { person: ['Practitioner/rare', 'Practitioner/3'] }, limit: 400 }),
      some.filter((n) => !rare.includes(n) || recordOf(n).content['person'] === 'Practitioner/rare'),
    );
    assert.deepEqual(await found({ having: { person: ['Practitioner/rare'], action: ['R'] } }), [9_000]);
    assert.deepEqual(await found({ having: { person: ['Practitioner/nobody'] } }), []);
  });

  it('go on behind a page, and within times', async () => {
    const [first] = await selectRecordsOf(sql, asking({ having: { person: ['Practitioner/rare'] }, limit: 1 }));
    assert.deepEqual(await found({ having: { person: ['Practitioner/rare'] }, before: first }), [9_000, 40]);
    assert.deepEqual(await found({ having: { person: ['Practitioner/rare'] }, since: Date.now() + 60_000 }), []);
  });

  it('of who is seldom there are found without reading all', async () => {
    const { read, all } = await pages(() => found({ having: { person: ['Practitioner/rare'] } }));
    // The newest 5,000 of 30,000, and three stretches of 32 pages.
    assert.ok(read < all / 2, `${String(read)} of ${String(all)} pages`);
  });

  it('have their index in each part that is made', async () => {
    const rows = await sql<{ name: string; brin: number }[]>`
      select c.relname as name, count(*) filter (where a.amname = 'brin')::int as brin
      from pg_inherits h join pg_class c on c.oid = h.inhrelid
      join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid join pg_am a on a.oid = x.relam
      where h.inhparent = 'fhir.audit_record'::regclass group by 1`;
    assert.ok(rows.length >= 3);
    for (const { name, brin } of rows) assert.equal(brin, 1, name);
  });
});
