/**
 * An external PostgreSQL with pgbackrest as in docs/operations/backup.md: backed up while it serves, restored to a point in time, compared,
 * and without tokens issued after that point. Skipped without Debian's packages.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect, type Sql } from '@dhp/postgres';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

const run = promisify(execFile);
const binaries = '/usr/lib/postgresql/17/bin';
const absent = ['/usr/bin/pgbackrest', join(binaries, 'initdb'), '/usr/bin/setpriv'].find((path) => !existsSync(path));
const isRoot = process.getuid?.() === 0;
const skip =
  absent === undefined
    ? isRoot
      ? false
      : 'it needs root, to run PostgreSQL as the user postgres'
    : `${absent} is not there (Debian: apt install pgbackrest postgresql-17)`;

/** As the user of Debian's PostgreSQL. */
function asPostgres(command: string, ...words: string[]): Promise<{ stdout: string }> {
  return run('setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', '--', command, ...words], {
    timeout: 120_000,
  });
}

describe('a PostgreSQL of your own under pgbackrest', { skip }, () => {
  let place: string;
  let home: Home;
  let platform: Platform | undefined;
  let sql: Sql | undefined;
  let port: number;
  let client: Credentials;
  let url: string;
  const file = (name: string): string => join(place, name);
  const backrest = (...words: string[]): Promise<{ stdout: string }> =>
    asPostgres('/usr/bin/pgbackrest', `--config=${file('pgbackrest.conf')}`, '--stanza=dhp', ...words);
  const control = (...words: string[]): Promise<{ stdout: string }> =>
    asPostgres(join(binaries, 'pg_ctl'), '--silent', '--wait', `--pgdata=${file('data')}`, ...words);
  const start = (): Promise<{ stdout: string }> => control(`--log=${file('postgres.log')}`, 'start');

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'dhp-pgbackrest-'));
    const owner = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    const [uid, gid] = [owner('-u'), owner('-g')];
    await chown(place, uid, gid);
    for (const name of ['repository', 'log', 'spool', 'lock']) {
      await mkdir(file(name), { mode: 0o700 });
      await chown(file(name), uid, gid);
    }
    port = await freePort();
    await asPostgres(
      join(binaries, 'initdb'),
      `--pgdata=${file('data')}`,
      '--auth=trust',
      '--username=postgres',
      '--no-sync',
    );
    // The lines of docs/operations/backup.md, with the folders of this test.
    await writeFile(
      file('pgbackrest.conf'),
      [
        ...['[global]', `repo1-path=${file('repository')}`, 'repo1-retention-full=2', 'start-fast=y'],
        ...['repo1-cipher-type=aes-256-cbc', 'repo1-cipher-pass=a-secret-of-this-test'],
        ...[
          `log-path=${file('log')}`,
          `spool-path=${file('spool')}`,
          `lock-path=${file('lock')}`,
          'log-level-console=warn',
        ],
        ...['[dhp]', `pg1-path=${file('data')}`, `pg1-port=${String(port)}`, `pg1-socket-path=${place}`, ''],
      ].join('\n'),
    );
    await appendFile(
      file('data/postgresql.conf'),
      [
        ...['', `port = ${String(port)}`, `unix_socket_directories = '${place}'`, "listen_addresses = '127.0.0.1'"],
        ...['fsync = off', 'max_connections = 200', 'archive_mode = on'],
        `archive_command = 'pgbackrest --config=${file('pgbackrest.conf')} --stanza=dhp archive-push %p'`,
        '',
      ].join('\n'),
    );
    await start();
    url = `postgres://postgres@127.0.0.1:${String(port)}/dhp`;
    await backrest('stanza-create');
    const environment = { DATABASE_URL: url, DHP_SECRET_KEY: randomBytes(32).toString('base64'), DHP_AUDIT: 'on' };
    home = await openHome({ serves: 'sso,fhir', commands: 'together', programs: 'kept', environment });
    platform = await home.start();
    client = await home.createClient();
    sql = connect(url.replace(/dhp$/, 'postgres'), { max: 1 });
  });
  after(async () => {
    await platform?.end('SIGTERM');
    await sql?.end({ timeout: 1 });
    await (home as Home | undefined)?.close();
    await control('--mode=immediate', 'stop').catch(() => undefined);
    await rm(place, { recursive: true, force: true });
  });

  it('is restored to a moment, and what came behind it, and what was issued, is gone', async () => {
    const { urls } = platform!;
    const token = await getToken(urls.sso, client);
    let ask: Ask = fhirAt(urls.playground, token);
    const patient = (id: string): Promise<unknown> =>
      ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id, name: [{ family: id }] }).then((answer) =>
        hasStatus(answer, 201),
      );
    await patient('first');
    await backrest('backup', '--type=full');
    // It looks for a backup that had ended in a second before that of the moment.
    await delay(1_100);
    await patient('second');
    const proof = (await home.run(['backup', 'prove'])).stdout;
    await writeFile(file('feed.json'), proof);
    assert.equal((JSON.parse(proof) as { feeds: { playground: { versions: number } } }).feeds.playground.versions, 2);
    await patient('third');
    const [{ moment } = { moment: '' }] = await sql!<{ moment: string }[]>`select clock_timestamp()::text as moment`;
    await patient('fourth');
    const secret = await home.json<Credentials>(['client', 'rotate-secret', client.client_id]);
    const tokenOfFuture = await getToken(urls.sso, secret);
    const page = await ask('GET', 'Patient?_count=1');
    const next = linkIn(page.json(), 'next');
    await sql!`select pg_switch_wal()`;

    const running = await home.run(['restore', 'finish', '--reason', 'too soon']);
    assert.equal(running.code, 2, running.stdout);
    assert.match(running.stderr, /nodes/);
    await platform!.end('SIGTERM');
    await sql!.end({ timeout: 1 });
    sql = undefined;
    await control('--mode=fast', 'stop');
    await backrest('restore', '--delta', '--type=time', `--target=${moment}`, '--target-action=promote');
    await start();
    await recovered();

    const altered = JSON.parse(proof) as { feeds: { playground: { hash: string } } };
    altered.feeds.playground.hash = '0'.repeat(64);
    await writeFile(file('other.json'), JSON.stringify(altered));
    const refused = await home.run(['restore', 'finish', '--proof', file('other.json'), '--reason', 'a look']);
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /playground: .* 2 versions/);
    const finished = await home.json<Record<string, unknown>>([
      'restore',
      'finish',
      '--proof',
      file('feed.json'),
      '--reason',
      'an import went wrong',
    ]);
    assert.deepEqual([finished['compared'], finished['versions']], [true, 2]);

    platform = await home.start();
    for (const old of [token, tokenOfFuture])
      hasStatus(await fhirAt(urls.playground, old)('GET', 'Patient/first'), 401);
    assert.equal((await askToken(urls.sso, secret)).status, 401, 'the secret of the time that is gone');
    ask = fhirAt(urls.playground, await getToken(urls.sso, client));
    for (const id of ['first', 'second', 'third']) hasStatus(await ask('GET', `Patient/${id}`), 200);
    hasStatus(await ask('GET', 'Patient/fourth'), 404);
    hasStatus(await ask('GET', next.slice(next.indexOf('/fhir') + 6)), 410);
    const trail = (await home.run(['audit', 'export'])).stdout;
    assert.match(trail, /restored by another program: an import went wrong/);
    assert.equal((await home.run(['audit', 'verify'])).code, 0);
    assert.equal((await home.run(['verify', '--share', '100'])).code, 0);
  });

  /** Waits until the server accepts writes: it promotes itself at the requested point in time. */
  async function recovered(): Promise<void> {
    for (const limit = Date.now() + 60_000; ;) {
      const one = connect(url.replace(/dhp$/, 'postgres'), { max: 1 });
      const state = await one<{ recovers: boolean }[]>`select pg_is_in_recovery() as recovers`
        .then(([row]) => row!.recovers)
        .catch(() => true)
        .finally(() => one.end({ timeout: 1 }));
      if (!state) return;
      assert.ok(Date.now() < limit, await readFile(file('postgres.log'), 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});

function linkIn(body: unknown, relation: string): string {
  const { link } = body as { link: { relation: string; url: string }[] };
  return link.find((one) => one.relation === relation)!.url;
}
