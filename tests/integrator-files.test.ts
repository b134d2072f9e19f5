/** Files for the tools of an integrator, from a fresh start: the Postman collection runs green by newman, and errors lead to their pages. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { oauthErrors } from '@dhp/sso-pages/refusals';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let client: Credentials;
let folder: string;
before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept' });
  platform = await place.start();
  client = platform.demo!;
  folder = await mkdtemp(join(tmpdir(), 'dhp-newman-'));
});
after(async () => {
  await place.close();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly stats: Readonly<Record<'requests' | 'assertions' | 'testScripts', { total: number; failed: number }>>;
  readonly failures: readonly { source: { name: string }; error: { message: string } }[];
}

/** Runs the collection of the playground with newman on the command line. */
async function newman(): Promise<Run> {
  const bin = createRequire(import.meta.url).resolve('newman/bin/newman.js');
  const report = join(folder, 'report.json');
  const { playground } = platform.urls;
  const words = [
    ...[bin, 'run', `${playground}/postman_collection.json`, '--environment', `${playground}/postman_environment.json`],
    ...['--env-var', `client_id=${client.client_id}`, '--env-var', `client_secret=${client.client_secret}`],
    ...['--reporters', 'json', '--reporter-json-export', report, '--timeout-request', '60000'],
  ];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return (JSON.parse(await readFile(report, 'utf8')) as { run: Run }).run;
}

test('the Postman collection runs green from a fresh start, and again', async () => {
  const collection = (await (await fetch(`${platform.urls.playground}/postman_collection.json`)).json()) as {
    info: { schema: string };
    item: { name: string }[];
  };
  assert.match(collection.info.schema, /collection\/v2\.1\.0\/collection\.json$/);
  assert.equal(collection.item[0]?.name, 'Get a token');
  for (const _ of ['first', 'second']) {
    const { stats, failures } = await newman();
    assert.deepEqual(
      failures.map(({ source, error }) => `${source.name}: ${error.message}`),
      [],
    );
    assert.equal(stats.requests.total, collection.item.length);
    assert.ok(stats.assertions.total > collection.item.length);
    assert.equal(stats.testScripts.failed, 0);
  }
});

test('no secret is in the files, and what the requests make is deleted by them', async () => {
  for (const file of ['postman_collection.json', 'postman_environment.json'])
    assert.ok(!(await (await fetch(`${platform.urls.playground}/${file}`)).text()).includes(client.client_secret));
  const token = await getToken(platform.urls.sso, client);
  const found = await fetch(
    `${platform.urls.playground}/Patient?identifier=https://example.org/postman%7C&_summary=count`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  );
  assert.equal(((await found.json()) as { total: number }).total, 0);
});

test('an error of a FHIR server leads to its page', async () => {
  for (const [path, code] of [
    ['/Patient/x', 'token-missing'],
    ['/nothing/at/all/here', 'route-unknown'],
    ['/metadata?nothing=1', 'parameter-unknown'],
  ] as const) {
    const reply = await fetch(platform.urls.playground + path);
    const [, address = ''] = /^<([^>]+)>; rel="help"$/.exec(reply.headers.get('link') ?? '') ?? [];
    assert.equal(address, `${platform.urls.portal}/errors/${code}`);
    const page = await fetch(address, { headers: { 'accept-language': 'ru' } });
    assert.equal(page.status, 200);
    assert.match(await page.text(), new RegExp(`Ошибка ${code}`));
  }
});

test('an error of the token endpoint leads to its page by error_uri', async () => {
  const reply = await askToken(platform.urls.sso, { ...client, client_secret: 'wrong' });
  assert.equal(reply.status, 401);
  const body = (await reply.json()) as Record<string, string>;
  assert.equal(body['error_uri'], `${platform.urls.portal}/errors/invalid_client`);
  assert.equal((await fetch(body['error_uri'] ?? '')).status, 200);
  const revoke = await fetch(`${platform.urls.sso}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'x' }),
  });
  const told = (await revoke.json()) as Record<string, string>;
  assert.equal(told['error_uri'], `${platform.urls.portal}/errors/${String(told['error'])}`);
  assert.equal((await fetch(told['error_uri'] ?? '')).status, 200);
});

test('each error of the Single Sign-On has a page', async () => {
  for (const error of new Set(Object.values(oauthErrors).map((one) => one.error)))
    assert.equal((await fetch(`${platform.urls.portal}/errors/${error}`)).status, 200, error);
});
