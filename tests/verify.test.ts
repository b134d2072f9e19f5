/**
 * `dhp verify` on the command line: its output, in three languages and for programs, its exit codes, the indexes of PostgreSQL, a repair.
 * docs/operations/doctor.md
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer, until } from '@dhp/postgres/testing';
import { openHome, type Home } from './platform.ts';
import { launch } from './processes.ts';

const database = `verify_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let sql: Sql;
let place: Home;
before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  const environment = { DATABASE_URL: databaseUrl(server, database), DHP_AUDIT: 'on' };
  place = await openHome({ serves: 'sso,fhir', commands: 'together', environment });
  assert.equal((await place.run(['migrate'])).code, 0);
  await place.json(['seed', '--patients', '3']);
  sql = connect(databaseUrl(server, `${database}_playground`), { max: 1 });
});
after(async () => {
  await place.close();
  await (sql as Sql | undefined)?.end();
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

interface Found {
  readonly kind: string;
  readonly resource?: string;
  readonly cure: string;
}
interface Verified {
  readonly job_id: string;
  readonly resources: number;
  readonly findings: readonly Found[];
  readonly counts: Readonly<Record<string, number>>;
  readonly tables: { readonly count: number; readonly broken: readonly { table: string; reason: string }[] };
  readonly keys: {
    readonly count: number;
    readonly broken: readonly { table: string; refersTo: string; rows: number }[];
  };
  readonly indexes: { readonly state: string; readonly count: number; readonly broken: readonly { index: string }[] };
  readonly trail: { readonly whole: boolean; readonly records: number };
  readonly repaired?: number;
}
async function verified(code: number, ...words: string[]): Promise<Verified> {
  const ended = await place.run(['verify', '--share', '100', '--json', ...words]);
  assert.equal(ended.code, code, ended.stderr + ended.stdout);
  return JSON.parse(ended.stdout) as Verified;
}

describe('dhp verify', () => {
  it('finds nothing in what is sound: 0; and its job is kept', async () => {
    const { job_id: id, resources, findings, indexes, tables, keys, trail } = await verified(0);
    assert.deepEqual(findings, []);
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from fhir.resource`;
    assert.equal(resources, row!.count);
    assert.deepEqual(trail, { whole: true, records: 0 });
    assert.equal(indexes.state, 'checked');
    assert.ok(indexes.count > 50, String(indexes.count));
    const [parts] = await sql<{ count: number }[]>`
      select count(*)::int as count from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname like 'fhir%'`;
    assert.deepEqual([tables.count, tables.broken], [parts!.count, []]);
    assert.ok(keys.count >= 6, String(keys.count));
    assert.deepEqual(keys.broken, []);
    assert.deepEqual(
      [...(await sql`select from pg_extension where extname = 'amcheck'`)],
      [],
      'nothing is left behind',
    );
    const job = await place.json<{ state: string; status: number; about: string }>(['job', 'show', id]);
    assert.deepEqual([job.state, job.status, job.about], ['ended', 200, 'verify']);
    const { code, stdout, stderr } = await place.run(['verify', '--share', '100']);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^✓ [\d ,]+ resources and 0 earlier versions: no findings\.\n✓ \d+ B-tree indexes agree .*\n✓ \d+ tables: .*\n✓ \d+ foreign keys: /,
    );
    assert.match(stderr, /playground: stored data and what is derived from it/);
  });

  it('refuses a share that is none: 2', async () => {
    for (const share of ['0', '101', 'half']) {
      const { code, stderr } = await place.run(['verify', '--share', share]);
      assert.deepEqual([code, stderr], [2, `dhp: --share needs a whole number from 1 to 100, not ${share}.\n`]);
    }
  });

  it('says 3 where not all could be compared', async () => {
    await sql`update fhir.index_state set complete = false`;
    const { code, stdout } = await place.run(['verify', '--share', '100']);
    await sql`update fhir.index_state set complete = true`;
    assert.equal(code, 3, stdout);
    assert.match(stdout, /^\? The search index is being built/m);
  });

  it('names the resource and the cure of what it finds, in three languages: 1', async () => {
    const [first, second] = await sql<{ rid: string; id: string }[]>`
      select rid, id from fhir.resource order by rid limit 2`;
    await sql`update fhir.search set has = has + 1 where rid = ${first!.rid}`;
    await sql`update fhir.resource set content = left(content, 50) where rid = ${second!.rid}`;
    const { findings, counts } = await verified(1);
    assert.deepEqual(counts, { content: 1, 'index-differs': 1 });
    assert.ok(findings.find(({ kind }) => kind === 'content')?.resource?.endsWith(`/${second!.id}`));
    assert.ok(findings.find(({ kind }) => kind === 'index-differs')?.resource?.endsWith(`/${first!.id}`));
    assert.match(findings.find(({ kind }) => kind === 'content')!.cure, /restore an earlier backup/);
    for (const [language, sentence] of [
      [
        'en',
        / {2}index-differs \(1\): the row of the search index .*\n {4}\S+\/\S+: fhir\.search: has\n {4}→ .*dhp verify --repair/,
      ],
      ['ru_RU.UTF-8', / {2}content \(1\): содержимое противоречит/],
      ['uz_UZ.UTF-8', / {2}content \(1\): mazmun oʻz qatori/],
    ] as const) {
      const words = ['verify', '--share', '100'];
      const { code, stdout } = await place.run(words, language === 'en' ? undefined : { LC_ALL: language });
      assert.equal(code, 1);
      assert.match(stdout, sentence);
    }
  });

  it('repairs what is made of resources, and nothing else', async () => {
    const { repaired, counts } = await verified(1, '--repair');
    assert.deepEqual([counts, repaired], [{ content: 1, 'index-differs': 1 }, 1]);
    assert.deepEqual((await verified(1)).counts, { content: 1 });
  });

  it('finds an index of PostgreSQL that does not agree with its table', async () => {
    // Missing in the index, as after a lost write of a page: rows that are stored while the index is not maintained.
    await sql`update pg_index set indisready = false, indisvalid = true where indexrelid = 'fhir.search_own'::regclass`;
    await sql`insert into fhir.search (rid, shard, ty, version, own) values (900000000, 1, 1, 1, 1)`;
    await sql`update pg_index set indisready = true where indexrelid = 'fhir.search_own'::regclass`;
    const { indexes, findings } = await verified(1);
    assert.deepEqual(
      indexes.broken.map(({ index }) => index),
      ['fhir.search_own'],
    );
    assert.ok(findings.some(({ kind }) => kind === 'index-stray'));
  });

  it('finds rows of a table that PostgreSQL cannot have stored so, and rows that refer to nothing', async () => {
    // As after restoring a page of an older backup: all rows of the table are older than the table's metadata states.
    await sql`update pg_class set relfrozenxid = ((select relfrozenxid::text::bigint from pg_class where oid = 'fhir.server_run'::regclass) + 1000000)::text::xid
      where oid = 'fhir.text_state'::regclass`;
    await sql`insert into fhir.job (id, kind, owner, client, about, input, priority, state, expires) values
      ('00000000-0000-4000-8000-000000000001', 'request', '', 'c', 'x', '{}', 1, 'ended', now() + interval '1 day')`;
    await sql.begin(async (session) => {
      await session`set local session_replication_role = replica`;
      await session`insert into fhir.job_part (job, attempt, number, content) values ('00000000-0000-4000-8000-000000000002', 1, 1, '')`;
    });
    const { tables, keys } = await verified(1);
    assert.deepEqual(
      tables.broken.map(({ table }) => table),
      ['fhir.text_state'],
    );
    assert.match(tables.broken[0]!.reason, /relation freeze threshold/);
    assert.deepEqual(
      keys.broken.map(({ table, refersTo, rows }) => [table, refersTo, rows]),
      [['fhir.job_part', 'fhir.job', 1]],
    );
    const { code, stdout } = await place.run(['verify', '--share', '100']);
    assert.equal(code, 1);
    assert.match(stdout, /✗ the table fhir\.text_state: .*\n {4}→ /);
    assert.match(stdout, /✗ the foreign key job_part_job_fkey: 1 rows of fhir\.job_part refer to rows of fhir\.job /);
    await sql`delete from fhir.job_part`;
    await sql`update pg_class set relfrozenxid = (select relfrozenxid from pg_class where oid = 'fhir.server_run'::regclass)
      where oid = 'fhir.text_state'::regclass`;
  });

  it('verifies the database of the Single Sign-On, with its trail', async () => {
    const sso = connect(databaseUrl(await testServer(), `${database}_sso`), { max: 1 });
    const look = async (): Promise<{
      code: number | null;
      found: Pick<Verified, 'tables' | 'keys' | 'indexes'> & { trail: { whole: boolean } };
    }> => {
      const { code, stdout, stderr } = await place.run(['verify', '--sso', '--json']);
      assert.equal(stderr, '');
      return { code, found: JSON.parse(stdout) as never };
    };
    try {
      const { code, found } = await look();
      assert.equal(code, 0, JSON.stringify(found));
      assert.ok(found.keys.count > 20 && found.indexes.count > 50 && found.tables.count > 40, JSON.stringify(found));
      assert.equal(found.trail.whole, true);
      const person = '00000000-0000-4000-8000-00000000000a';
      await sso.begin(async (session) => {
        await session`set local session_replication_role = replica`;
        await session`insert into sso.account_word (word, account_id) values ('nobody', ${person})`;
      });
      const broken = await look();
      assert.deepEqual(
        [broken.code, broken.found.keys.broken.map(({ table, refersTo }) => [table, refersTo])],
        [1, [['sso.account_word', 'sso.account']]],
      );
      await sso`delete from sso.account_word where account_id = ${person}`;
    } finally {
      await sso.end({ timeout: 1 });
    }
    const { code, stderr } = await place.run(['verify', '--sso', '--repair']);
    assert.equal(code, 2);
    assert.match(stderr, /--sso is verified separately/);
  });

  it('goes on where a command was killed', async () => {
    const [first] = await sql<{ rid: string }[]>`
      update fhir.search set has = has + 1 where rid = (select min(rid) from fhir.search) returning rid`;
    const main = new URL('../apps/dhp/src/main.ts', import.meta.url).pathname;
    const command = launch(place.data, [main, 'verify', '--share', '5'], place.environment);
    const id = await until('the verification has found the fault', async () => {
      const [job] = await sql<{ id: string }[]>`
        select id from fhir.job where kind = 'verify' and state = 'running' and input like '%"index-differs":1%'`;
      return job?.id;
    });
    assert.equal((await command.end('SIGKILL')).signal, 'SIGKILL');
    // The part after it is not checked again: a run that started over would not find it any more.
    await sql`update fhir.search set has = has - 1 where rid = ${first!.rid}`;
    await sql`update fhir.job set due = clock_timestamp(), input = replace(input, '"share":0.05', '"share":1') where id = ${id}`;
    const again = await verified(1);
    assert.equal(again.job_id, id);
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from fhir.resource`;
    assert.equal(again.resources, row!.count, 'each once');
    assert.equal(again.counts['index-differs'], 1);
    const [job] = await sql<{ attempt: number }[]>`select attempt from fhir.job where id = ${id}`;
    assert.equal(job!.attempt, 2);
  });
});
