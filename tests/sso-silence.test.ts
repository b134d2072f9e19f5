/**
 * The SSO and the FHIR servers as separate processes: a revocation reaches every node, and without contact to the SSO no token is accepted.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, type Answer } from './fhir.ts';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { freePort, servers } from './processes.ts';

/** The shortest valid setting: the test checks that it is applied, not that it is half a minute. */
const silence = 5;
/** Seconds within which every node must know it: two between two polls, plus time for a busy machine. */
const soon = 5;

const database = `sso_silence_${randomBytes(8).toString('hex')}`;
let server: string;
let ssoHome: Home;
let homes: Home[] = [];
let sso: Platform;
/** Addresses of the two FHIR nodes; the public URL is that of the first. */
let nodes: string[];
let client: Credentials;

before(async () => {
  server = await testServer();
  const [ssoPort, ...webPorts] = [await freePort(), await freePort(), await freePort()];
  const shared = {
    DATABASE_URL: databaseUrl(server, database),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${ssoPort}`,
    DHP_PLAYGROUND_URL: `http://localhost:${webPorts[0]}/fhir`,
    DHP_SSO_SILENCE_SECONDS: String(silence),
  };
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  ssoHome = await openHome({ environment: { ...shared, DHP_ROLE: 'sso', DHP_SSO_PORT: String(ssoPort) } });
  homes = await Promise.all(
    webPorts.map((port) => openHome({ environment: { ...shared, DHP_ROLE: 'fhir', DHP_PORT: String(port) } })),
  );
  [sso] = await Promise.all([ssoHome.start(), ...homes.map((home) => home.start())]);
  nodes = webPorts.map((port) => `http://localhost:${port}/fhir`);
  client = await ssoHome.createClient();
});

after(async () => {
  await Promise.all([ssoHome, ...homes].map((home) => home.close()));
  const admin = connect(server, { max: 1 });
  for (const name of ['', '_sso', '_playground']) {
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  }
  await admin.end();
});

const read = (node: string, token: string): Promise<Answer> => fhirAt(node, token)('GET', 'Patient?_count=1');

/** Polls every node until each has given this answer. @returns the last answers; fails after this many seconds */
async function becomes(status: number, token: string, limit: number): Promise<Answer[]> {
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    const answers = await Promise.all(nodes.map((node) => read(node, token)));
    if (answers.every((answer) => answer.status === status)) return answers;
    const seen = answers.map((answer) => answer.status).join(' ');
    assert.ok(performance.now() < deadline, `${seen} and not ${status} after ${limit} s`);
    await delay(50);
  }
}

function saysThatTheSsoIsSilent(answer: Answer): void {
  assert.match(answer.text, /"code": ?"sso-unavailable"/);
  assert.match(answer.text, /The SSO does not say which tokens are revoked/);
  assert.equal(answer.headers.get('retry-after'), '5');
  assert.equal(answer.headers.get('www-authenticate'), null, 'the token may well be good');
}

test('a token that is revoked is refused by every FHIR node within five seconds', async () => {
  const { client_id, client_secret } = client;
  const [revoked, kept] = [await getToken(sso.urls.sso, client), await getToken(sso.urls.sso, client)];
  for (const token of [revoked, kept]) await becomes(200, token, soon);
  const body = new URLSearchParams({ client_id, client_secret, token: revoked });
  assert.equal((await fetch(`${sso.urls.sso}/oauth/revoke`, { method: 'POST', body })).status, 200);
  for (const answer of await becomes(401, revoked, soon)) assert.match(answer.text, /"code": ?"token-revoked"/);
  for (const node of nodes) hasStatus(await read(node, kept), 200);
});

const skip = process.platform === 'linux' ? false : 'processes are found by way of /proc';
test(
  'an SSO that hangs: tokens are good until the silence has lasted, then refused, and good again when it answers',
  { skip },
  async (t) => {
    const [known, unseen] = [await getToken(sso.urls.sso, client), await getToken(sso.urls.sso, client)];
    await becomes(200, known, soon);
    const begun = performance.now();
    // `dhp start` itself serves nothing: the server process hangs.
    const pids = (await servers(sso.pid)).get('sso') ?? [];
    assert.equal(pids.length, 1);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      for (const node of nodes) hasStatus(await read(node, known), 200);
      for (const answer of await becomes(503, known, silence + soon)) saysThatTheSsoIsSilent(answer);
      t.diagnostic(`refused ${((performance.now() - begun) / 1000).toFixed(1)} s after the SSO stopped`);
      for (const node of nodes) saysThatTheSsoIsSilent(hasStatus(await read(node, unseen), 503));
      for (const node of nodes) hasStatus(await fhirAt(node)('GET', 'metadata'), 200);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await becomes(200, known, silence + soon);
    await becomes(200, unseen, soon);
  },
);

test('an SSO that is killed: nobody is let in until it is back, and what it revoked before stays revoked', async () => {
  const { client_id, client_secret } = client;
  const [revoked, kept] = [await getToken(sso.urls.sso, client), await getToken(sso.urls.sso, client)];
  await becomes(200, kept, soon);
  const body = new URLSearchParams({ client_id, client_secret, token: revoked });
  assert.equal((await fetch(`${sso.urls.sso}/oauth/revoke`, { method: 'POST', body })).status, 200);
  await sso.end('SIGKILL');
  for (const token of [revoked, kept]) {
    // Whether the nodes received it before the end or not: after the silence, neither token is accepted.
    const deadline = performance.now() + (silence + soon) * 1000;
    for (const node of nodes) {
      while ((await read(node, token)).status === 200) {
        assert.ok(performance.now() < deadline, 'still taken');
        await delay(50);
      }
    }
  }
  for (const answer of await becomes(503, kept, soon)) saysThatTheSsoIsSilent(answer);
  sso = await ssoHome.start();
  await becomes(200, kept, soon);
  await becomes(401, revoked, soon);
  assert.equal((await askToken(sso.urls.sso, client)).status, 200);
});
