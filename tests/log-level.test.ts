/** The level of the log, changed while two nodes serve: at every process within a second or so, for a while, audited, and without a word about a patient. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

const database = `log_level_${randomBytes(8).toString('hex')}`;
let server: string;
let homes: Home[];
let nodes: Platform[];
let asks: Ask[];
let client: Credentials;
let token: string;

before(async () => {
  server = await testServer();
  const ports = await Promise.all([0, 1].map(async () => ({ sso: await freePort(), web: await freePort() })));
  const [a] = ports;
  const shared = {
    DATABASE_URL: databaseUrl(server, database),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${String(a!.sso)}`,
    DHP_PLAYGROUND_URL: `http://localhost:${String(a!.web)}/fhir`,
    DHP_PORTAL_URL: `http://localhost:${String(a!.web)}`,
  };
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  homes = await Promise.all(
    ports.map(({ sso, web }, n) =>
      openHome({
        commands: 'all together',
        environment: {
          ...{ ...shared, DHP_SSO_PORT: String(sso), DHP_PORT: String(web) },
          // The second one has no SSO, and two processes: it hears by the database of the environment.
          ...(n === 0
            ? { DHP_ROLE: 'sso,fhir' }
            : { DHP_ROLE: 'fhir', DHP_WORKERS: '2', DHP_SSO_INTERNAL_URL: shared.DHP_SSO_URL }),
        },
      }),
    ),
  );
  nodes = [await homes[0]!.start(), await homes[1]!.start()];
  client = await homes[0]!.createClient('playground', 'system/Patient.cruds');
  token = await getToken(nodes[0]!.urls.sso, client);
  asks = ports.map(({ web }) => fhirAt(`http://localhost:${String(web)}/fhir`, token));
});

after(async () => {
  await Promise.all(homes.map((home) => home.close()));
  const admin = connect(server, { max: 1 });
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

/** Log lines of a node after a position in its output. */
function lines(node: number, since: number): Record<string, unknown>[] {
  return nodes[node]!.said()
    .slice(since)
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('{"level"')) return [];
      return [JSON.parse(line) as Record<string, unknown>];
    });
}

const marks = (): number[] => nodes.map((node) => node.said().length);

/** Repeats the action until the lines logged since match. */
async function until(act: () => Promise<unknown>, isSo: (since: readonly number[]) => boolean): Promise<void> {
  const limit = Date.now() + 30_000;
  for (;;) {
    const since = marks();
    await act();
    await delay(300);
    if (isSo(since)) return;
    assert.ok(Date.now() < limit, nodes.map((node) => node.said().slice(-2000)).join('\n---\n'));
  }
}

const ofLevel = (node: number, since: readonly number[], level: number): Record<string, unknown>[] =>
  lines(node, since[node]!).filter((line) => line['level'] === level);

test('every process of every node tells details within a while, then the settings count again, and all of it is in the trail', async () => {
  const looks = async (): Promise<void> => {
    for (const ask of asks) for (let n = 0; n < 8; n += 1) hasStatus(await ask('GET', 'Observation/none'), 403);
  };
  await looks();
  assert.deepEqual(
    nodes.flatMap((_, n) => lines(n, 0)).filter(({ level }) => Number(level) < 40),
    [],
  );
  const { stdout, stderr, code } = await homes[0]!.run([
    ...['log', 'level', 'debug', '--access', 'json', '--minutes', '5', '--reason', 'a look'],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /debug/);
  await until(looks, (since) =>
    nodes.every((_, n) => {
      const all = lines(n, since[n]!);
      return (
        all.filter(({ msg, rule }) => msg === 'refused' && rule === 'scopes').length >= 8 &&
        all.filter(({ msg }) => msg === 'request').length >= 8 &&
        all.some(({ msg }) => msg === 'statement')
      );
    }),
  );
  // It ends with 1, as this installation has no portal.
  const { stdout: shown } = await homes[0]!.run(['status', '--json']);
  const status = JSON.parse(shown) as { log: { level: string; reason: string; servers: string[] } };
  assert.deepEqual([status.log.level, status.log.reason, status.log.servers.length], ['debug', 'a look', 4]);

  await writesAndReads();

  assert.equal((await homes[0]!.run(['log', 'level', 'info', '--server', 'sso', '--reason', 'less'])).code, 0);
  await until(
    async () => {
      await looks();
      await askToken(nodes[0]!.urls.sso, { ...client, client_secret: 'wrong' });
    },
    (since) =>
      nodes.every((_, n) => lines(n, since[n]!).every(({ name }) => name === 'sso')) &&
      ofLevel(0, since, 20).length === 0 &&
      ofLevel(0, since, 30).some(({ msg, event }) => msg === 'decision' && String(event).includes('refused')),
  );
  assert.equal((await homes[0]!.run(['log', 'end', '--reason', 'found'])).code, 0);
  await until(
    async () => {
      await looks();
      await askToken(nodes[0]!.urls.sso, client);
    },
    (since) => nodes.every((_, n) => lines(n, since[n]!).length === 0),
  );
  const trail = (await homes[0]!.run(['audit', 'export'])).stdout;
  for (const said of [
    'log.level-set',
    'debug access json minutes 5 sso playground production portal',
    'a look',
    'log.level-ended',
    'found',
  ])
    assert.ok(trail.includes(said), said);
});

/** A line of the lowest level contains no data that callers send or receive, and no secret of theirs. */
async function writesAndReads(): Promise<void> {
  const since = marks();
  const secrets = ['Zulfiqorova', '31234567890123', 'Chilonzor', 'wrong-secret-of-mine', client.client_secret, token];
  const patient = {
    ...{ resourceType: 'Patient', id: 'logged', name: [{ family: 'Zulfiqorova' }], address: [{ city: 'Chilonzor' }] },
    identifier: [{ system: 'https://example.org/pinfl', value: '31234567890123' }],
  };
  for (const ask of asks) {
    await ask('PUT', 'Patient/logged', patient);
    hasStatus(await ask('GET', 'Patient/logged'), 200);
    hasStatus(await ask('GET', 'Patient?family=Zulfiqorova&identifier=31234567890123&address-city=Chilonzor'), 200);
    hasStatus(await ask('GET', 'Patient?_text=Zulfiqorova&birthdate=Chilonzor'), 400);
    hasStatus(await ask('POST', 'Patient', { ...patient, gender: 'Chilonzor' }), 422);
    hasStatus(await ask('GET', 'Observation?patient=Patient/logged&_text=Zulfiqorova'), 403);
  }
  await askToken(nodes[0]!.urls.sso, { ...client, client_secret: 'wrong-secret-of-mine' });
  await delay(300);
  const said = nodes.map((node, n) => node.said().slice(since[n])).join('');
  assert.match(said, /"msg":"statement"/);
  assert.match(said, /"msg":"refused"/);
  for (const secret of secrets) assert.ok(!said.includes(secret), secret);
}

test('a level ends by itself, also where a process was started anew meanwhile', async () => {
  assert.equal((await homes[0]!.run(['log', 'level', 'debug', '--reason', 'short'])).code, 0);
  const looks = async (): Promise<void> => {
    for (let n = 0; n < 4; n += 1) hasStatus(await asks[1]!('GET', 'Observation/none'), 403);
  };
  await until(looks, (since) => ofLevel(1, since, 20).length > 0);
  const workers = execFileSync('pgrep', ['-P', String(nodes[1]!.pid), '-f', 'main.ts playground$'], {
    encoding: 'utf8',
  });
  for (const pid of workers.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  const answered = (): Promise<unknown> => asks[1]!('GET', 'Observation/none').catch(() => undefined);
  // None of the processes that received the command exists any more.
  await until(
    answered,
    (since) =>
      ofLevel(1, since, 20).some(({ msg }) => msg === 'statement') &&
      lines(1, since[1]!).some(({ msg }) => msg === 'refused'),
  );
  const admin = connect(databaseUrl(server, `${database}_playground`), { max: 1 });
  try {
    // As the clock of the database sees it, it lasts for a second more; the notification is that of the command.
    await admin`update fhir.log_level set until = now() + interval '1 second'`;
    await admin`select pg_notify('dhp_log', '')`;
  } finally {
    await admin.end();
  }
  await until(looks, (since) => ofLevel(1, since, 20).length === 0 && ofLevel(1, since, 30).length === 0);
});

test('what cannot be meant is refused with the cure', async () => {
  for (const [words, said] of [
    [['loud', '--reason', 'x'], /one of error, warn, info, debug/],
    [['debug'], /--reason/],
    [['debug', '--minutes', '1441', '--reason', 'x'], /1440/],
    [['debug', '--server', 'wiki', '--reason', 'x'], /sso, playground, production, portal/],
    [['debug', '--access', '120%', '--reason', 'x'], /1%/],
  ] as const) {
    const { code, stderr } = await homes[0]!.run(['log', 'level', ...words]);
    assert.notEqual(code, 0, words.join(' '));
    assert.match(stderr, said);
  }
});
