/** Two server processes on one PostgreSQL: each sees the other's changes at once, and no update is lost between them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { authorizeAddress, Browser, pkce, signIn } from '../apps/sso/test/browser.ts';
import { fhirAt, hasStatus, versionOf, type Answer, type Ask } from './fhir.ts';
import { makePerson } from './people.ts';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

let server: string;
const database = `two_nodes_${randomBytes(8).toString('hex')}`;
let homes: Home[];
let nodes: Platform[];
/** The address of each node itself; its public URLs are those that both share. */
let own: { sso: string; playground: string }[];

before(async () => {
  server = await testServer();
  const ports = await Promise.all([0, 1].map(async () => ({ sso: await freePort(), web: await freePort() })));
  const [a] = ports;
  assert.ok(a);
  const shared = {
    DATABASE_URL: databaseUrl(server, database),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${a.sso}`,
    DHP_PLAYGROUND_URL: `http://localhost:${a.web}/fhir`,
    DHP_PORTAL_URL: `http://localhost:${a.web}`,
  };
  // The database in DATABASE_URL belongs to the operator; the platform creates its own in the same server.
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  homes = await Promise.all(
    ports.map(({ sso, web }) =>
      openHome({
        serves: 'sso,fhir',
        commands: 'together',
        environment: { ...shared, DHP_SSO_PORT: String(sso), DHP_PORT: String(web) },
      }),
    ),
  );
  // At the same time: both find an empty database, and migrations run once.
  nodes = await Promise.all(homes.map((home) => home.start()));
  own = ports.map(({ sso, web }) => ({ sso: `http://localhost:${sso}`, playground: `http://localhost:${web}/fhir` }));
});

after(async () => {
  await Promise.all(homes.map((home) => home.close()));
  const admin = connect(server, { max: 1 });
  for (const name of ['', '_sso', '_playground']) {
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  }
  await admin.end();
});

const statuses = (client: Credentials): Promise<number[]> =>
  Promise.all(own.map(async ({ sso }) => (await askToken(sso, client)).status));

test('both say the same public addresses, and no client is made that nobody asked for', () => {
  assert.deepEqual(nodes[0]?.urls, nodes[1]?.urls);
  assert.deepEqual(
    nodes.map((node) => node.demo),
    [undefined, undefined],
  );
});

test('create, disable and rotate by the command line count at once in both', async () => {
  const [home] = homes;
  assert.ok(home);
  const client = await home.createClient();
  assert.deepEqual(await statuses(client), [200, 200]);
  await home.json(['client', 'disable', client.client_id]);
  assert.deepEqual(await statuses(client), [401, 401]);
  await home.json(['client', 'enable', client.client_id]);
  assert.deepEqual(await statuses(client), [200, 200]);
  const rotated = await home.json<Credentials>(['client', 'rotate-secret', client.client_id]);
  assert.deepEqual(await statuses(client), [401, 401]);
  assert.deepEqual(await statuses(rotated), [200, 200]);
});

/** One asker for each node, with one token: a token of one SSO node is good at both FHIR nodes. */
async function askers(): Promise<[Ask, Ask]> {
  const client = await homes[0]!.createClient();
  const token = await getToken(own[1]!.sso, client);
  return [fhirAt(own[0]!.playground, token), fhirAt(own[1]!.playground, token)];
}

test('a resource written through one is read through the other', async () => {
  const [here, there] = await askers();
  const created = hasStatus(await here('POST', 'Patient', { resourceType: 'Patient', active: true }), 201);
  const id = String(created.json()['id']);
  const found = hasStatus(await there('GET', `Patient/${id}`), 200);
  assert.equal(found.text, created.text);
  const update = { resourceType: 'Patient', id, active: false };
  hasStatus(await there('PUT', `Patient/${id}`, update, { 'if-match': 'W/"1"' }), 200);
  assert.equal(versionOf(await here('GET', `Patient/${id}`)), 2);
  hasStatus(await here('DELETE', `Patient/${id}`), 200);
  hasStatus(await there('GET', `Patient/${id}`), 410);
});

test('parallel updates of one version through both: exactly one wins, every time', async () => {
  const asks = await askers();
  hasStatus(await asks[0]('PUT', 'Patient/race', { resourceType: 'Patient', id: 'race' }), 201);
  const racers = 8;
  for (let version = 1; version <= 20; version += 1) {
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, racer) => {
        const body = { resourceType: 'Patient', id: 'race', identifier: [{ value: `${version}-${racer}` }] };
        return asks[racer % 2]!('PUT', 'Patient/race', body, { 'if-match': `W/"${version}"` });
      }),
    );
    const won = answers.flatMap(({ status }, racer) => (status === 200 ? [racer] : []));
    assert.equal(won.length, 1, `version ${version}: ${answers.map((answer) => answer.status).join(' ')}`);
    assert.ok(answers.every(({ status }) => status === 200 || status === 412));
    for (const ask of asks) {
      const now = hasStatus(await ask('GET', 'Patient/race'), 200);
      assert.equal(versionOf(now), version + 1);
      assert.deepEqual(now.json()['identifier'], [{ value: `${version}-${won[0]!}` }]);
    }
  }
});

test('parallel creates of one id through both: one creates, the others are told that it exists', async () => {
  const asks = await askers();
  for (let round = 0; round < 10; round += 1) {
    const id = `born-${round}`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, racer) =>
        asks[racer % 2]!('PUT', `Patient/${id}`, { resourceType: 'Patient', id }),
      ),
    );
    const counted = answers.map((answer) => answer.status).sort();
    assert.deepEqual(counted, [201, 412, 412, 412, 412, 412], `${id}: without If-Match nobody overwrites`);
  }
});

test('parallel conditional creates through both make one resource, and the others find it', async () => {
  const asks = await askers();
  const clients = 50;
  for (let round = 0; round < 3; round += 1) {
    const identifier = [{ system: 'urn:two-nodes', value: `${round}` }];
    const query = `identifier=urn:two-nodes|${round}`;
    const resource = { resourceType: 'Patient', identifier };
    const answers = await Promise.all(
      Array.from({ length: clients }, (_, n) => {
        const ask = asks[n % 2]!;
        if (n % 4 < 2) return ask('POST', 'Patient', resource, { 'if-none-exist': query });
        const request = { method: 'POST', url: 'Patient', ifNoneExist: query };
        return ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource, request }] });
      }),
    );
    const made = answers.map((answer, n) => {
      if (n % 4 < 2) return answer.status;
      const { entry } = hasStatus(answer, 200).json() as { entry: [{ response: { status: string } }] };
      return Number.parseInt(entry[0].response.status, 10);
    });
    assert.equal(made.filter((status) => status === 201).length, 1, made.join(' '));
    assert.equal(made.filter((status) => status === 200).length, clients - 1, made.join(' '));
    for (const ask of asks) {
      const found = hasStatus(await ask('GET', `Patient?${query.replace('|', '%7C')}&_summary=count`), 200);
      assert.equal(found.json()['total'], 1);
    }
  }
});

/** Sends it again while the answer is 503: on a busy machine a lock may be held longer than a server waits. */
async function untilAnswered(ask: Ask, bundle: object): Promise<Answer> {
  for (const hung = performance.now() + 120_000; ;) {
    const answer = await ask('POST', '', bundle);
    if (answer.status !== 503 || performance.now() > hung) return answer;
    await delay(Number(answer.headers.get('retry-after') ?? 1) * 1000);
  }
}

async function deadlocks(): Promise<unknown> {
  const admin = connect(server, { max: 1 });
  const [row] = await admin`select deadlocks from pg_stat_database where datname = ${`${database}_playground`}`;
  await admin.end();
  return row!['deadlocks'];
}

test('transactions through both that write the same resources in another order all succeed, each as a whole', async () => {
  const asks = await askers();
  const before = await deadlocks();
  const ids = Array.from({ length: 8 }, (_, n) => `crossed-${n}`);
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) => {
      const entry = ids.map((id) => ({
        resource: { resourceType: 'Patient', id, multipleBirthInteger: n + 1 },
        // All of them, whatever their version: no write may deadlock or be stored partly.
        request: { method: 'PUT', url: `Patient?_id=${id}` },
      }));
      if (n % 2 === 1) entry.reverse();
      return untilAnswered(asks[n % 2]!, { resourceType: 'Bundle', type: 'transaction', entry });
    }),
  );
  for (const answer of answers) hasStatus(answer, 200);
  assert.equal(await deadlocks(), before, 'all take their locks in one order');
  const written = await Promise.all(ids.map(async (id) => (await asks[0]('GET', `Patient/${id}`)).json()));
  assert.equal(new Set(written.map((each) => each['multipleBirthInteger'])).size, 1);
});

/** An answer of $expand: the generation that the value set and all of its codes say they are of. */
async function generationOf(ask: Ask): Promise<number> {
  const answer = hasStatus(await ask('GET', 'ValueSet/$expand?url=http://example.org/generations-vs'), 200).json();
  const { contains } = answer['expansion'] as { contains: { code: string; display: string }[] };
  const said = new Set([String(answer['title']), ...contains.map(({ display }) => display)]);
  assert.equal(said.size, 1, `one generation, not ${[...said].join(' and ')}`);
  const generation = Number(answer['title']);
  assert.equal(contains.length, 200 + generation, 'as many codes as that generation has');
  return generation;
}

test('expansions while code system and value set change together: never mixed, never back, at once where it was written', async () => {
  const [here, there] = await askers();
  const write = async (generation: number): Promise<void> => {
    const concept = Array.from({ length: 200 + generation }, (_, n) => ({
      code: `c${n}`,
      display: String(generation),
    }));
    const common = { status: 'active', title: String(generation) };
    const system = 'http://example.org/generations';
    const resources = [
      { resourceType: 'CodeSystem', id: 'generations', url: system, content: 'complete', ...common, concept },
      {
        ...{ resourceType: 'ValueSet', id: 'generations', url: 'http://example.org/generations-vs', ...common },
        compose: { include: [{ system }] },
      },
    ];
    const entry = resources.map((resource) => ({
      resource,
      request: {
        ...{ method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
        ...(generation > 0 && { ifMatch: `W/"${generation}"` }),
      },
    }));
    hasStatus(await here('POST', '', { resourceType: 'Bundle', type: 'transaction', entry }), 200);
  };
  const generations = 25;
  let acknowledged = 0;
  await write(0);
  assert.equal(await generationOf(here), 0);
  const writing = (async () => {
    for (let next = 1; next <= generations; next += 1) {
      await write(next);
      acknowledged = next;
    }
  })();
  async function read(ask: Ask, isWriter: boolean): Promise<void> {
    let last = 0;
    // The promise for the other node is a second; here it only matters that it happens at all.
    const deadline = Date.now() + 60_000;
    while (last < generations) {
      assert.ok(Date.now() < deadline, `still generation ${last}`);
      const least = isWriter ? acknowledged : last;
      const generation = await generationOf(ask).catch((error: unknown) => {
        if (!isWriter && last === 0 && /not ?found|422/i.test(String(error))) return 0; // The node has not noticed it yet.
        throw error;
      });
      assert.ok(generation >= Math.max(least, last), `generation ${generation} after ${Math.max(least, last)}`);
      last = generation;
    }
  }
  const readers = [here, here, here, there, there, there].map((ask) => read(ask, ask === here));
  await Promise.all([writing, ...readers]);
});

/** Answered with 401 by a FHIR node, which asks the SSO every two seconds. */
async function isRefusedSoon(playground: string, token: string): Promise<void> {
  const hung = performance.now() + 15_000;
  const ask = fhirAt(playground, token);
  for (;;) {
    const { status, text } = await ask('GET', 'Patient?_count=1');
    if (status === 401) return;
    assert.equal(status, 200, text);
    assert.ok(performance.now() < hung, 'the token is still taken');
    await delay(100);
  }
}

test('a token that is revoked at one node is refused by both, and no other is', async () => {
  const { client_id, client_secret } = await homes[0]!.createClient();
  const client = { client_id, client_secret };
  const [revoked, kept] = [await getToken(own[0]!.sso, client), await getToken(own[1]!.sso, client)];
  const all = own.flatMap(({ playground }) => [revoked, kept].map((token) => fhirAt(playground, token)));
  for (const ask of all) hasStatus(await ask('GET', 'Patient?_count=1'), 200);
  const body = new URLSearchParams({ ...client, token: revoked });
  assert.equal((await fetch(`${own[1]!.sso}/oauth/revoke`, { method: 'POST', body })).status, 200);
  await Promise.all(own.map(({ playground }) => isRefusedSoon(playground, revoked)));
  for (const { playground } of own) hasStatus(await fhirAt(playground, kept)('GET', 'Patient?_count=1'), 200);
});

const redirectUri = 'http://localhost:4/cb';
const person = { username: 'olim', password: 'a long and quiet password' };
const scope = 'openid online_access user/*.rs';

/** A person at a separate application, who signed in at the second node by the public address, which is that of the first. */
async function signedInAtSecond(): Promise<{
  browser: Browser;
  asked: Record<string, string>;
  code: () => Promise<string>;
}> {
  const [home] = homes;
  const { client_id } = await home!.json<Credentials>([
    ...['client', 'create', '--name', 'Cabinet', '--public', '--scope', scope],
    ...['--grant', 'authorization_code refresh_token', '--redirect-uri', redirectUri],
  ]);
  const browser = new Browser(own[1]!.sso, 'en', {}, own[0]!.sso);
  const asked = { response_type: 'code', client_id, redirect_uri: redirectUri, scope };
  return {
    browser,
    asked,
    async code() {
      const { verifier, query } = pkce();
      const back = await signIn(browser, authorizeAddress({ ...asked, ...query }), person);
      const form = { grant_type: 'authorization_code', client_id, redirect_uri: redirectUri, code_verifier: verifier };
      return new URLSearchParams({ ...form, code: back.searchParams.get('code')! }).toString();
    },
  };
}

interface Given {
  status: number;
  body: Record<string, string>;
}

async function askTokens(node: number, form: string): Promise<Given> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(`${own[node]!.sso}/oauth/token`, { method: 'POST', headers, body: form });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

// The last one: it ends a node.
test('when a node dies, what it gave is good at the other, and nobody gets anything twice', async () => {
  await makePerson(homes[0]!, own[0]!.sso, person, ['--name', 'Olim', '--practitioner', 'pr-1']);
  // A repeated authorization code revokes all tokens of the same consent, so the codes in flight belong to a separate application.
  const hasty = await signedInAtSecond();
  const { browser, asked, code } = await signedInAtSecond();
  const families: string[] = [];
  let token = '';
  for (let n = 0; n < 3; n += 1) {
    const { status, body } = await askTokens(1, await code());
    assert.equal(status, 200);
    token = body['access_token']!;
    families.push(body['refresh_token']!);
  }
  const codes = [await hasty.code(), await hasty.code(), await hasty.code()];
  const unused = await code();
  const refreshes = families.map((refresh_token) =>
    new URLSearchParams({ grant_type: 'refresh_token', client_id: asked['client_id']!, refresh_token }).toString(),
  );
  const client = await homes[0]!.createClient();

  const dying = Promise.allSettled([...codes, ...refreshes].map((form) => askTokens(1, form)));
  const living = Promise.all(Array.from({ length: 20 }, () => askToken(own[0]!.sso, client)));
  await nodes[1]!.end('SIGKILL');
  assert.ok(
    (await living).every(({ status }) => status === 200),
    'the other one went on',
  );

  const outcomes = await dying;
  for (const [index, form] of [...codes, ...refreshes].entries()) {
    const outcome = outcomes[index]!;
    if (outcome.status === 'fulfilled') {
      assert.equal(outcome.value.status, 200);
      continue;
    }
    // There was no answer. A code may have been used by the request, and is then invalid; a refresh never signs a person out that way.
    const { status } = await askTokens(0, form);
    assert.ok(status === 200 || (index < codes.length && status === 400), `${index}: ${status}`);
  }
  const late = await askTokens(0, unused);
  assert.equal(late.status, 200, 'a code of the node that is gone');
  const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  const address = authorizeAddress({ ...asked, ...pkce().query });
  const again = await fetch(own[0]!.sso + address, { redirect: 'manual', headers: { cookie } });
  assert.match(again.headers.get('location') ?? '', /^http:\/\/localhost:4\/cb\?code=/, 'still signed in');

  const { playground } = own[0]!;
  hasStatus(await fhirAt(playground, token)('GET', 'Patient?_count=1'), 200);
  const body = new URLSearchParams({ client_id: asked['client_id']!, token });
  assert.equal((await fetch(`${own[0]!.sso}/oauth/revoke`, { method: 'POST', body })).status, 200);
  await isRefusedSoon(playground, token);
  assert.equal((await askTokens(0, unused)).status, 400, 'a code is good once, wherever');
});
