/** `dhp client …` with and without a running platform; changes take effect at once. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { askToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

interface Registered extends Credentials {
  readonly client_name: string;
  readonly environment: string;
  readonly scope: string;
  readonly disabled: boolean;
}

let place: Home;
let early: Registered;
let platform: Platform;

before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso', programs: 'kept' });
});
after(() => place.close());

const list = async (): Promise<Map<string, Registered>> => {
  const { clients } = await place.json<{ clients: Registered[] }>(['client', 'list']);
  return new Map(clients.map((client) => [client.client_id, client]));
};
const tokenStatus = async (client: Credentials): Promise<number> => (await askToken(platform.urls.sso, client)).status;

test('without a running platform a command starts the database itself and leaves nothing running', async () => {
  assert.equal((await place.run(['migrate'])).code, 0);
  early = await place.json(['client', 'create', '--name', 'Erta', '--scope', 'system/Patient.rs']);
  assert.match(early.client_secret, /^\S{20,}$/);
  assert.equal(early.environment, 'playground');
  const postmaster = await place.postmaster();
  assert.ok(postmaster === undefined || (await gone(postmaster, 60_000)), 'no database is left');
  assert.equal((await list()).get(early.client_id)?.scope, 'system/Patient.rs');
});

test('the platform then knows the client', async () => {
  platform = await place.start();
  const response = await askToken(platform.urls.sso, early);
  assert.equal(response.status, 200);
  assert.equal(((await response.json()) as { scope: string }).scope, 'system/Patient.rs');
});

test('create, disable, enable and rotate-secret count at once while it runs', async () => {
  const client = await place.json<Registered>([
    ...['client', 'create', '--name', 'Klinika', '--grant', 'client_credentials'],
    ...['--scope', 'system/*.cruds', '--environment', 'playground'],
  ]);
  assert.equal(await tokenStatus(client), 200);

  assert.equal((await place.json<Registered>(['client', 'disable', client.client_id])).disabled, true);
  assert.equal(await tokenStatus(client), 401);
  assert.equal((await list()).get(client.client_id)?.disabled, true);
  await place.json(['client', 'enable', client.client_id]);
  assert.equal(await tokenStatus(client), 200);

  const second = await place.json<Registered>(['client', 'rotate-secret', client.client_id]);
  assert.equal(await tokenStatus(client), 401, 'the old secret ends at once');
  assert.equal(await tokenStatus(second), 200);

  const third = await place.json<Registered>(['client', 'rotate-secret', client.client_id, '--keep-old']);
  assert.deepEqual([await tokenStatus(second), await tokenStatus(third)], [200, 200], 'two live secrets');
  const fourth = await place.json<Registered>(['client', 'rotate-secret', client.client_id, '--keep-old']);
  assert.deepEqual(
    [await tokenStatus(second), await tokenStatus(third), await tokenStatus(fourth)],
    [401, 200, 200],
    'never three',
  );
});

test('a secret is shown once: no list and no log has it', async () => {
  const client = await place.json<Registered>(['client', 'create', '--name', 'Sir', '--scope', 'system/*.r']);
  const { stdout } = await place.run(['client', 'list', '--json']);
  assert.ok(stdout.includes(client.client_id));
  assert.ok(!stdout.includes(client.client_secret));
  assert.ok(!platform.said().includes(client.client_secret));
});

const redirectUri = 'https://clinic.example.uz/cb';
const createWeb = (...more: string[]): Promise<Registered> =>
  place.json<Registered>([
    ...['client', 'create', '--name', 'Veb', '--grant', 'authorization_code', '--scope', 'openid'],
    ...['--redirect-uri', redirectUri, ...more],
  ]);
/** Whether an authorization request without PKCE is refused. */
async function wantsPkce({ client_id: id }: Credentials): Promise<boolean> {
  const query = { client_id: id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
  const address = `${platform.urls.sso}/oauth/authorize?${new URLSearchParams(query).toString()}`;
  const location = (await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '';
  assert.match(location, /\/sign-in\/|error=invalid_request/);
  return location.includes('error=invalid_request');
}

test('PKCE is demanded of a client with --require-pkce, and of all with DHP_PKCE=required', async () => {
  const [usual, strict] = [await createWeb(), await createWeb('--require-pkce')];
  assert.deepEqual([await wantsPkce(usual), await wantsPkce(strict)], [false, true]);
  await platform.end('SIGTERM');
  platform = await place.start({ DHP_PKCE: 'required' });
  assert.deepEqual([await wantsPkce(usual), await wantsPkce(strict)], [true, true]);
});

test('without a mail server a message is a line of a file in the data directory, for its owner alone', async () => {
  const words = ['user', 'create', 'lola', '--name', 'Lola', '--email', 'lola@b.uz', '--invite', '--language', 'ru'];
  assert.equal((await place.json<{ invitation_sent: boolean }>(words)).invitation_sent, true);
  const file = join(place.data, 'mail.ndjson');
  let text = '';
  for (let n = 0; n < 1200 && !text.endsWith('\n'); n += 1) {
    text = await readFile(file, 'utf8').catch(() => '');
    if (!text.endsWith('\n')) await delay(50);
  }
  const message = JSON.parse(text) as { to: string; text: string };
  assert.equal(message.to, 'lola@b.uz');
  assert.match(message.text, /[а-я]/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('mistakes are told in a sentence', async () => {
  const mistakes: [string[], number, RegExp][] = [
    [['client', 'create', '--scope', 'system/*.r'], 2, /wants --name/],
    [['client', 'create', '--name', 'X', '--scope', 'everything'], 1, /everything/],
    [['client', 'create', '--name', 'X', '--scope', 'system/*.r', '--environment', 'moon'], 2, /moon/],
    [['client', 'disable', 'no-such-client'], 1, /no-such-client/],
    [['client', 'vanish'], 2, /There is no command/],
  ];
  for (const [words, code, sentence] of mistakes) {
    const outcome = await place.run(words);
    assert.equal(outcome.code, code, `${words.join(' ')}: ${outcome.stderr}`);
    assert.match(outcome.stderr, sentence);
    assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'a sentence, no stack');
  }
});

test('after the stop the register is as the commands left it', async () => {
  await platform.end('SIGTERM');
  const clients = await list();
  assert.ok(clients.has(early.client_id));
  assert.equal(clients.get(early.client_id)?.disabled, false);
});
