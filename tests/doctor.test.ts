/** Operators' commands on a platform: `dhp doctor` and `dhp status`, and then `dhp backup` and `dhp restore`, which stop it. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { feedDigest, readStorage, type FeedDigest, type Storage } from '@dhp/fhir-store/kept';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { isFull } from './sample.ts';

interface Report {
  readonly checks: number;
  readonly faults: number;
  readonly findings: readonly {
    readonly check: string;
    readonly level: string;
    readonly about: string;
    readonly found: string;
    readonly cure: string;
  }[];
}

let home: Home;
let platform: Platform;
let sql: Sql;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), 'dhp-backups-'));
  home = await openHome({
    ...{ begins: 'migrated', serves: 'sso,fhir', commands: 'together' },
    environment: { DHP_BACKUPS: folder },
  });
  // The mode that a platform sets.
  chmodSync(home.data, 0o700);
  platform = await home.start();
  const { url } = await startEmbedded({ directory: `${home.data}/postgres` });
  sql = connect(databaseUrl(url, 'dhp_playground'), { max: 2 });
});
after(async () => {
  await sql.end();
  await home.close();
  rmSync(folder, { recursive: true });
});

const doctor = async (): Promise<{ code: number | null; report: Report }> => {
  const { code, stdout, stderr } = await home.run(['doctor', '--json']);
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as Report };
};
/** The disk of the machine is not the test's, and there is no backup before one is made. */
const apart = new Set(['disk', 'backup']);
const faults = ({ findings }: Report): string[] =>
  findings
    .filter(({ level, check }) => level === 'fault' && !apart.has(check))
    .map(({ check, about }) => `${check} ${about}`);

describe('dhp doctor', () => {
  it('finds no fault in a platform that is well, and makes every check for every database', async () => {
    const { code, report } = await doctor();
    assert.deepEqual(faults(report), []);
    assert.equal(code, 1);
    assert.ok(report.findings.some(({ check, level }) => check === 'backup' && level === 'fault'));
    const made = new Set(report.findings.map(({ check }) => check));
    for (const check of 'settings addresses proxy certificates data keys disk clock database version durability schema roles'.split(
      ' ',
    ))
      assert.ok(made.has(check), check);
    for (const check of ['database', 'schema', 'roles', 'indexes', 'bloat', 'transactions'])
      for (const about of ['sso', 'playground'])
        assert.ok(
          report.findings.some((one) => one.check === check && one.about === about && one.level === 'well'),
          `${check} ${about}: ${JSON.stringify(report.findings)}`,
        );
  });

  it('finds what was broken, and the cure that it names mends it', async () => {
    await sql.unsafe(`create index doctor_broken on fhir.package (version)`);
    await sql.unsafe(`update pg_index set indisvalid = false where indexrelid = 'fhir.doctor_broken'::regclass`);
    await sql.unsafe(`alter database dhp_sso set synchronous_commit = off`);
    await sql.unsafe(`revoke insert on fhir.identity from dhp_playground_server`);
    chmodSync(`${home.data}/secret.key`, 0o644);
    const { code, report } = await doctor();
    assert.equal(code, 1);
    const found = faults(report);
    assert.deepEqual(found, [`data ${home.data}/secret.key`, `durability ${home.data}/postgres`, 'indexes playground']);
    const roles = report.findings.find(({ check, about }) => check === 'roles' && about === 'playground');
    assert.deepEqual([roles?.level, /1 statement to run/.test(roles?.found ?? '')], ['warning', true]);
    const cure = report.findings.find(({ check, level }) => check === 'indexes' && level === 'fault')!.cure;
    await sql.unsafe(/reindex[^;]*/.exec(cure)![0]);
    await sql.unsafe(`alter database dhp_sso reset synchronous_commit`);
    chmodSync(`${home.data}/secret.key`, 0o600);
    await sql.unsafe(`grant insert on fhir.identity to dhp_playground_server`);
    // The text lists problems only.
    const { stdout } = await home.run(['doctor']);
    const left = [...stdout.matchAll(/^✗ (.+)$/gm)].map(([, what]) => what!);
    assert.deepEqual(
      left.filter((what) => !/^(disk|backups)\b/.test(what)),
      [],
    );
    assert.match(stdout, /^! .+\n {4}.+\n {4}→ .+\n/m);
    assert.doesNotMatch(stdout, /✓/);
    assert.match(stdout, /\nChecks: \d+; faults: \d+, warnings: \d+, not known: \d+\.\n$/);
  });

  it('speaks the language of the locale', { skip: isFull ? false : 'with --full' }, async () => {
    const russian = await home.run(['doctor', '--all'], { LC_ALL: 'ru_RU.UTF-8' });
    assert.match(russian.stdout, /✓ сохранность записи/);
  });

  it('tells of settings that cannot be used, and of a database that does not answer', async () => {
    const wrong = await home.run(['doctor', '--json'], { DHP_PORT: 'many' });
    assert.equal(wrong.code, 1);
    assert.match((JSON.parse(wrong.stdout) as Report).findings[0]!.found, /DHP_PORT=many/);
    const away = await home.run(['doctor', '--json'], {
      DATABASE_URL: 'postgres://nobody:secret-of-url@127.0.0.1:1/dhp',
      DHP_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
    });
    const { findings } = JSON.parse(away.stdout) as Report;
    assert.deepEqual(
      findings.filter(({ check }) => check === 'database').map(({ level, about }) => [level, about]),
      [
        ['fault', 'sso'],
        ['fault', 'playground'],
      ],
    );
    assert.ok(!away.stdout.includes('secret-of-url'));
  });
});

describe('dhp status', () => {
  it('shows servers, databases, jobs and room in one screen', async () => {
    const { stdout } = await home.run(['status']);
    assert.ok(stdout.split('\n').length < 25, stdout);
    assert.match(stdout, /^sso +ready +http:/m);
    assert.match(stdout, /^playground +ready +http:/m);
    assert.match(stdout, /^playground +[\d.]+ MiB +\d+ +[\d.]+ s$/m);
    assert.match(stdout, /^playground +0 +0 +100 %$/m);
    assert.match(stdout, /dhp doctor says what to do: faults \d+, warnings \d+\.\n$/);
  });
});

describe('dhp storage', () => {
  it('shows where the bytes of an environment are, and all of them', async () => {
    const { stdout, code } = await home.run(['storage', '--json']);
    assert.equal(code, 0);
    const told = JSON.parse(stdout) as Storage;
    const size = ({ rows, longValues, indexes }: Storage['tables'][number]): number => rows + longValues + indexes;
    const [facts] = await sql<{ resources: number; relations: number; trail: number }[]>`
      select (select count(*)::int from fhir.resource where not deleted) as resources,
        (select sum(pg_total_relation_size(c.oid))::float8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname in ('fhir', 'fhir_audit')) as relations,
        (select sum(pg_total_relation_size(c.oid))::float8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and (n.nspname = 'fhir_audit' or c.relname like 'audit\\_%')) as trail`;
    const { resources, relations, trail } = facts!;
    assert.equal(told.resources, resources);
    assert.ok(told.isCounted);
    await sql`analyze fhir.resource`;
    const estimated = await readStorage(sql, -1);
    assert.deepEqual([estimated.isCounted, estimated.resources], [false, resources], 'so few are all looked at');
    const own = told.tables.filter(({ schema }) => schema === 'fhir' || schema === 'fhir_audit');
    const near = (one: number, other: number): boolean => Math.abs(one - other) < 1_000_000;
    assert.ok(
      near(
        own.reduce((sum, one) => sum + size(one), 0),
        relations,
      ),
      'no table is left out or counted twice',
    );
    assert.ok(near(told.trail, trail), `${String(told.trail)} ${String(trail)}`);
    assert.ok(told.tables.reduce((sum, one) => sum + size(one), 0) < told.database);
    for (const { schema, name, indexes } of told.tables) {
      const of = told.indexes.filter((one) => one.schema === schema && one.table === name);
      assert.ok(
        Math.abs(of.reduce((sum, { bytes }) => sum + bytes, 0) - indexes) <= indexes / 2,
        `the indexes of ${schema}.${name}`,
      );
    }
    const shown = await home.run(['storage', '--indexes']);
    assert.match(shown.stdout, /^TABLE +ROWS +LONG VALUES +INDEXES +ALL +PER RESOURCE$/m);
    assert.match(shown.stdout, /^fhir\.audit_record +/m);
    assert.match(shown.stdout, /^INDEX +TABLE +SIZE +PER RESOURCE$/m);
    assert.match(shown.stdout, /^playground: [\d.]+ MiB, of these [\d.]+ [KM]iB the trail of requests; resources: /m);
  });
});

describe('dhp versions', () => {
  it('packs what was replaced long ago, which is answered as before, and unpacks it', async () => {
    const client = await home.createClient();
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    for (const family of ['Karimova', 'Rahimova', 'Saidova']) {
      const now = await ask('GET', 'Patient/packed');
      const body = { resourceType: 'Patient', id: 'packed', name: [{ family }] };
      const is = now.status === 200 ? { 'if-match': String(now.headers.get('etag')) } : {};
      hasStatus(await ask('PUT', 'Patient/packed', body, is), now.status === 200 ? 200 : 201);
    }
    const told = async (): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (const path of ['_history/1', '_history/2', '_history/3', '_history'])
        answers.push((await ask('GET', `Patient/packed/${path}`)).text);
      return answers;
    };
    const before = await told();
    const packed = async (...more: string[]): Promise<{ versions: number; plain: number; packed: number }> =>
      home.json(['versions', 'pack', '--fast', ...more]);
    assert.equal((await packed()).versions, 0, 'they were replaced today');
    // Days later.
    for (const table of ['resource', 'history'])
      await sql.unsafe(`
        update fhir.${table} set upd = upd - interval '40 days' where rid = (select rid from fhir.identity where id = 'packed')`);
    assert.equal((await packed('--older', '50')).versions, 0);
    const report = await packed();
    assert.equal(report.versions, 2);
    assert.ok(report.packed < report.plain);
    const shown = await home.run(['storage']);
    assert.match(shown.stdout, /^Earlier versions: \d+ as stored, 2 packed \(from /m);
    assert.match(shown.stdout, /^Dictionary -?\d+: 110\.0 KiB, stored /m);
    const now = await told();
    assert.deepEqual(now.slice(0, 3), before.slice(0, 3));
    const { code, stdout, stderr } = await home.run(['versions', 'unpack', '--fast']);
    assert.deepEqual([code, stdout], [0, 'playground: versions unpacked: 2.\n'], stderr);
    assert.deepEqual((await told()).slice(0, 3), before.slice(0, 3));
    assert.match((await home.run(['versions', 'pack'])).stdout, /^playground: versions packed: 2, from /);
    assert.deepEqual((await told()).slice(0, 3), before.slice(0, 3));
  });
});

/** `npm run proof -- backup` continues with a platform that is started from the restored data. */
describe('dhp backup and dhp restore', () => {
  it('bring back what was acknowledged before a moment, and end what was issued', async () => {
    const client = await home.createClient();
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    const put = async (id: string): Promise<void> =>
      void hasStatus(await ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id }), 201);
    const backup = home.run(['backup', '--json']);
    let isOver = false;
    void backup.finally(() => (isOver = true));
    let written = 0;
    const writers = Array.from({ length: isFull ? 16 : 4 }, async (_, writer) => {
      for (let n = 0; !isOver; n += 1) {
        await put(`w${String(writer)}-${String(n)}`);
        written += 1;
        await delay(20);
      }
    });
    const made = await backup;
    assert.equal(made.code, 0, made.stderr);
    await Promise.all(writers);
    const { proofs } = JSON.parse(made.stdout) as { proofs: { playground: FeedDigest } };
    assert.ok(proofs.playground.versions > 0 && proofs.playground.versions <= written + 100);
    assert.deepEqual(await feedDigest(sql, proofs.playground.below), proofs.playground, 'what came since is not in it');
    const damaged = join(folder, 'base', '20260101T000000Z');
    mkdirSync(damaged, { mode: 0o700 });
    writeFileSync(join(damaged, 'manifest.json'), '{');
    const listed = await home.run(['backup', 'list']);
    assert.match(listed.stdout, /^BACKUP .*\n\S+Z .*\n$/);
    assert.match(listed.stderr, /20260101T000000Z\/manifest\.json cannot be read/);
    const { findings } = (await doctor()).report;
    assert.deepEqual(
      findings
        .filter(({ check }) => check === 'backup' || check === 'archive')
        .map(({ level, found }) => [level, /manifest/.test(found)]),
      [
        ['well', false],
        ['fault', true],
        ['warning', false],
      ],
      'the one that cannot be read, and the same disk',
    );
    rmSync(damaged, { recursive: true });

    await ask('GET', 'Patient', undefined, { prefer: 'respond-async' });
    const keys = await kids();
    await delay(20);
    const moment = new Date().toISOString();
    await delay(20);
    await put('late');
    const running = await home.run(['restore', '--reason', 'a test']);
    assert.deepEqual([running.code, /is in use by dhp start/.test(running.stderr)], [1, true], running.stderr);
    await sql.end();
    await platform.end('SIGKILL');
    const heads = (): string[] => readdirSync(home.data).filter((name) => name.startsWith('audit.heads.playground'));
    writeFileSync(`${home.data}/audit.heads.playground`, 'ahead of what is restored');
    const { code, stderr, stdout } = await home.run(['restore', '--at', moment, '--reason', 'a test']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Restored to .*\nThe earlier database is in .*postgres\.before-/);
    assert.ok(readdirSync(home.data).some((name) => name.startsWith('postgres.before-')));
    assert.match(heads().join(), /^audit\.heads\.playground\.before-\d{8}T\d{6}Z$/);
    const server = await startEmbedded({ directory: `${home.data}/postgres` });
    sql = connect(databaseUrl(server.url, 'dhp_playground'), { max: 2 });
    const ids = (await sql<{ id: string }[]>`select id from fhir.resource where id like 'w%' or id = 'late'`).map(
      ({ id }) => id,
    );
    assert.equal(ids.length, written);
    assert.ok(!ids.includes('late'));
    assert.equal((await sql`select from fhir.job where state <> 'ended'`).length, 0);
    const [packed] = await sql<{ versions: number }[]>`
      select count(h.packed)::int as versions from fhir.history h join fhir.dictionary d on d.number = h.dictionary`;
    assert.equal(packed!.versions, 2, 'packed versions are there, and what they are read with');
    assert.deepEqual(await feedDigest(sql, proofs.playground.below), proofs.playground);
    const asSso = connect(databaseUrl(server.url, 'dhp_sso'), { max: 1 });
    const restored = await asSso<
      { reason: string }[]
    >`select reason from sso.audit_event where event = 'audit.restored'`;
    await asSso.end();
    assert.deepEqual([restored.length, /: a test$/.test(restored[0]!.reason)], [1, true]);
    const known = await kids();
    assert.deepEqual(
      keys.filter((kid) => known.includes(kid)),
      [],
      'no token of before is verified',
    );
    const verified = await home.run(['audit', 'verify']);
    assert.equal(verified.code, 0, verified.stdout);
    assert.ok(!existsSync(`${home.data}/postgres.restoring`));
    await sql.end();
    await server.stop();
  });

  const kids = async (): Promise<string[]> => {
    const { keys } = await home.json<{ keys: { kid: string }[] }>(['key', 'list']);
    return keys.map(({ kid }) => kid);
  };
});
