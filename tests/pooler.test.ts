/**
 * A whole platform behind a real PgBouncer in transaction mode, with fewer server sessions than each process has connections, so that every
 * session is shared; and its state when PgBouncer is killed and PostgreSQL is restarted under load.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as oidc from 'openid-client';
import { connect, databaseUrl, startEmbedded, type EmbeddedPostgres, type Sql } from '@dhp/postgres';
import { urlOfLogin } from '@dhp/postgres/roles';
import { lastingPort, startPgBouncer, withoutPgBouncer, type PgBouncer } from '@dhp/postgres/testing';
import { launchBrowser, withoutBrowser } from './browser.ts';
import { fhirAt, hasStatus, versionOf, type Ask } from './fhir.ts';
import { acknowledgedIn, checkAll, keepWriting, type Written } from './ledger.ts';
import { makePerson } from './people.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

const sessions = 3;
const password = 'a password of the playground';

describe('a platform behind PgBouncer', { skip: withoutPgBouncer, timeout: 300_000 }, () => {
  let directory: string;
  let server: EmbeddedPostgres;
  let pooler: PgBouncer;
  let place: Home;
  let platform: Platform;
  let client: Credentials;
  let ask: Ask;
  /** The superuser, in the database of the playground. */
  let sql: Sql;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dhp-pooler-'));
    server = await startEmbedded({ directory, port: await lastingPort() });
    pooler = await startPgBouncer(server.url, { default_pool_size: String(sessions), query_wait_timeout: '30' });
    place = await openHome({
      serves: 'sso,fhir',
      environment: {
        DATABASE_URL: databaseUrl(server.url, 'dhp'),
        DHP_DATABASE_POOLER: `127.0.0.1:${String(pooler.port)}`,
        DHP_DATABASE_ROLES: 'required',
        DHP_SECRET_KEY: randomBytes(32).toString('base64'),
        DHP_PLAYGROUND_DATABASE_PASSWORD: password.replaceAll(' ', '-'),
        DHP_SEED_PATIENTS: '2',
      },
    });
    platform = await place.start();
    client = await place.createClient();
    ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    sql = connect(databaseUrl(server.url, 'dhp_playground'), { max: 2, applicationName: 'pooler test' });
  });
  after(async () => {
    await sql.end({ timeout: 1 });
    await place.close();
    await pooler.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 20 });
  });

  const isReady = async (): Promise<boolean> => {
    const answers = await Promise.all(
      [platform.urls.sso, platform.urls.playground].map((base) => fetch(`${base}/readyz`).catch(() => undefined)),
    );
    return answers.every((answer) => answer?.status === 200);
  };
  async function untilReady(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await isReady())) {
      assert.ok(Date.now() < deadline, `not ready again within a minute\n${platform.said()}`);
      await delay(100);
    }
  }

  test('does all that it does, for many at the same time', async () => {
    assert.equal(await isReady(), true);
    const one = async (number: number): Promise<void> => {
      const id = `pooled-${String(number)}`;
      const family = `Pooledova${String(number).padStart(2, '0')}`;
      const patient = { resourceType: 'Patient', id, name: [{ family }] };
      assert.equal(versionOf(hasStatus(await ask('PUT', `Patient/${id}`, patient), 201)), 1);
      const changed = await ask('PUT', `Patient/${id}`, { ...patient, active: true }, { 'if-match': 'W/"1"' });
      assert.equal(versionOf(hasStatus(changed, 200)), 2);
      const observation = {
        ...{ resourceType: 'Observation', status: 'final', code: { text: 'a pooled observation' } },
        subject: { reference: `Patient/${id}` },
      };
      const entry = (method: string, url: string, resource?: object): object => ({
        ...(resource && { resource }),
        request: { method, url },
      });
      const transaction = await ask('POST', '', {
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: [entry('POST', 'Observation', observation), entry('GET', `Patient/${id}`)],
      });
      assert.equal((hasStatus(transaction, 200).json()['entry'] as unknown[]).length, 2);
      const batch = await ask('POST', '', {
        ...{ resourceType: 'Bundle', type: 'batch' },
        entry: [entry('GET', `Patient?family=${family}`), entry('POST', 'Observation', observation)],
      });
      assert.deepEqual(
        (hasStatus(batch, 200).json()['entry'] as { response: { status: string } }[]).map(({ response }) =>
          response.status.slice(0, 3),
        ),
        ['200', '201'],
      );
      for (const [search, total] of [
        [`Patient?family=${family}&_total=accurate`, 1],
        [`Observation?subject:Patient.family=${family}&_total=accurate`, 2],
        [`Patient?_has:Observation:subject:status=final&_id=${id}&_total=accurate`, 1],
        [`Patient/${id}/_history`, 2],
      ] as const)
        assert.equal(hasStatus(await ask('GET', search), 200).json()['total'], total, search);
    };
    await Promise.all(Array.from({ length: 24 }, (_, number) => one(number)));

    const [row] = await sql<{ n: number; most: number }[]>`
      select count(*)::int as n, (select count(*)::int from pg_stat_activity where usename like '%\\_server' and application_name like 'dhp%' and application_name not in ('dhp', 'dhp fhir hints')) as most
      from pg_stat_activity where usename = 'dhp_playground_server' and application_name = 'dhp'`;
    assert.ok(row!.n > 0 && row!.n <= sessions, `${String(row!.n)} sessions of the server`);
    // One connection hears of jobs (LISTEN), which a session behind a pooler cannot.
    assert.equal(row!.most, 0, 'no pool goes past the pooler');
  });

  test('leaves no setting on a session of the server', async () => {
    const own = urlOfLogin(
      databaseUrl(server.url, 'dhp_playground'),
      'dhp_playground_server',
      password.replaceAll(' ', '-'),
    );
    const shared = connect(pooler.through(own), { max: 6 });
    try {
      const left = await Promise.all(
        Array.from({ length: 30 }, () =>
          shared.unsafe(`set local idle_in_transaction_session_timeout to default; set local bytea_output to default;
            set local IntervalStyle to default; set local client_min_messages to default;
            select name, setting from pg_catalog.pg_settings where source = 'session'
              and name not in ('application_name', 'TimeZone', 'DateStyle', 'client_encoding')`),
        ),
      );
      for (const results of left) assert.deepEqual([...(results.at(-1) as unknown as unknown[])], []);
    } finally {
      await shared.end();
    }
  });

  test('ends a write that waits for a lock at its limit', async () => {
    hasStatus(await ask('PUT', 'Basic/locked', { resourceType: 'Basic', id: 'locked', code: { text: 'x' } }), 201);
    const change = (text: string) =>
      ask('PUT', 'Basic/locked', { resourceType: 'Basic', id: 'locked', code: { text } }, { 'if-match': 'W/"1"' });
    const begin = performance.now();
    await sql.begin(async (transaction) => {
      await transaction`lock table fhir.resource in exclusive mode`;
      hasStatus(await change('y'), 503);
    });
    assert.ok(performance.now() - begin < 20_000);
    hasStatus(await change('z'), 200);
  });

  test('makes the search index while it serves', async () => {
    await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
    const deadline = Date.now() + 90_000;
    for (;;) {
      const { status } = await ask('GET', 'Patient?family=Pooledova01');
      if (status === 200) break;
      assert.ok(status === 503 && Date.now() < deadline, `${String(status)}\n${platform.said()}`);
      await delay(200);
    }
    assert.equal(hasStatus(await ask('GET', 'Patient?family=Pooledova01&_total=accurate'), 200).json()['total'], 1);
  });

  test('signs a person in, who gets tokens and new ones', { skip: withoutBrowser }, async () => {
    const { sso } = platform.urls;
    const app = createServer((_request, response) => response.end('<title>app</title>'));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const redirectUri = `http://localhost:${String((app.address() as AddressInfo).port)}/cb`;
    const browser = await launchBrowser();
    try {
      const { client_id: clientId } = await place.json<{ client_id: string }>([
        ...['client', 'create', '--name', 'App', '--public', '--grant', 'authorization_code refresh_token'],
        ...['--redirect-uri', redirectUri, '--scope', 'openid offline_access user/*.rs'],
      ]);
      const person = { username: 'aziza', password: 'quiet words on paper' };
      await makePerson(place, sso, person, ['--name', 'Aziza Karimova', '--practitioner', 'pr-1']);
      const configuration = await oidc.discovery(new URL(sso), clientId, undefined, oidc.None(), {
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only so that nobody does it elsewhere than at home
        execute: [oidc.allowInsecureRequests],
      });
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
      const checks = { pkceCodeVerifier, expectedState: oidc.randomState() };
      const url = oidc.buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUri, scope: 'openid offline_access', state: checks.expectedState },
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      });
      const page = await browser.newPage();
      await page.goto(url.href);
      await page.fill('#username', person.username);
      await page.fill('#password', person.password);
      await page.keyboard.press('Enter');
      await page.waitForSelector('button[value=allow]');
      await page.click('button[value=allow]');
      await page.waitForURL(`${redirectUri}**`);
      const tokens = await oidc.authorizationCodeGrant(configuration, new URL(page.url()), checks);
      const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token!);
      assert.notEqual(renewed.access_token, tokens.access_token);
    } finally {
      await browser.close();
      app.close();
    }
  });

  test('loses no acknowledged write when PgBouncer is killed and PostgreSQL is restarted under load', async (t) => {
    const logs = Array.from({ length: 8 }, (): Written[] => []);
    let isOver = false;
    const writers = Promise.all(
      logs.map((log, writer) => keepWriting(ask, `ledger${String(writer)}`, log, () => isOver)),
    );
    const more = async (writes: number): Promise<void> => {
      const enough = acknowledgedIn(logs) + writes;
      const deadline = Date.now() + 60_000;
      while (acknowledgedIn(logs) < enough) {
        assert.ok(Date.now() < deadline, `no writes are acknowledged\n${platform.said()}`);
        await delay(20);
      }
    };
    await more(100);
    await pooler.kill();
    await delay(500);
    await pooler.start();
    await more(100);
    await server.stop();
    server = await startEmbedded({ directory, port: server.port });
    await more(100);
    isOver = true;
    const refused = (await writers).flat();
    await untilReady();
    assert.ok(refused.length > 0, 'the faults were felt');
    for (const { status, took } of refused) assert.ok((status === undefined || status >= 500) && took < 30_000);
    const unacknowledged = await checkAll(ask, logs);
    t.diagnostic(
      `${String(acknowledgedIn(logs))} acknowledged writes are there, ${String(refused.length)} were refused, ${String(unacknowledged)} of them are there`,
    );
    const token = await getToken(platform.urls.sso, client);
    hasStatus(await fhirAt(platform.urls.playground, token)('GET', 'Basic?_count=1'), 200);
  });

  test('is refused where the pooler keeps no prepared statements', async () => {
    const old = await startPgBouncer(server.url, { max_prepared_statements: '0' });
    try {
      const { environment } = place;
      const { code, stderr } = await place.run(['start', '--json'], {
        ...{ DHP_DATABASE_POOLER: `127.0.0.1:${String(old.port)}`, DHP_ROLE: 'sso', DHP_SSO_PORT: '' },
        DHP_DATA: `${environment['DHP_DATA'] ?? ''}-other`,
      });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /The pooler 127\.0\.0\.1:\d+ keeps no prepared statements; it has to be PgBouncer 1\.21 or later/,
      );
    } finally {
      await old.close();
    }
  });
});
