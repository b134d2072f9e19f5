/** From an empty folder to a token and a Patient, and the same again from the resulting folder. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { demoPatientId } from '@dhp/synthetic-population';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type HomeOptions, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

async function home(t: TestContext, options?: HomeOptions): Promise<Home> {
  const opened = await openHome(options);
  t.after(() => opened.close());
  return opened;
}

async function readsDemoPatient(platform: Platform): Promise<void> {
  assert.ok(platform.demo, 'a laptop gets a client');
  const token = await getToken(platform.urls.sso, platform.demo);
  const answer = await fhirAt(platform.urls.playground, token)('GET', `Patient/${demoPatientId}`);
  assert.equal(hasStatus(answer, 200).json()['id'], demoPatientId);
}

/** Occupies a port for the duration of a test; undefined if it is already in use. */
function occupy(t: TestContext, port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
    t.after(() => server.close());
  });
}

test('an empty folder, whatever letters its path has, becomes a platform; the next start uses what is there, and ends what was killed', async (t) => {
  const place = await home(t, { name: "o'quv  ma`lumot ёзув", environment: { DHP_SEED_PATIENTS: '3' } });
  const first = await place.start();
  for (const service of [first.urls.sso, first.urls.playground, first.urls.portal]) {
    for (const probe of ['healthz', 'readyz']) {
      assert.equal((await fetch(`${service}/${probe}`)).status, 200, `${service}/${probe}`);
    }
  }
  await readsDemoPatient(first);
  const page = await (await fetch(first.urls.portal)).text();
  assert.ok(page.includes(`/Patient/${demoPatientId} `), 'the examples of the portal read the same patient');
  if (process.platform !== 'win32') {
    const { mode } = await stat(join(place.data, 'secret.key'));
    assert.equal(mode & 0o77, 0, 'the key is for its owner alone');
  }
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null });

  const second = await place.start();
  assert.deepEqual(second.urls, first.urls);
  await readsDemoPatient(second);
  t.diagnostic(`first start ${first.seconds.toFixed(1)} s, second start ${second.seconds.toFixed(1)} s`);
  // The aim is 3 s; a machine that runs other suites at the same time cannot measure it. Long work is not repeated.
  assert.doesNotMatch(second.said(), /migrations applied|synthetic patients/);
  assert.match(first.said(), /migrations applied[^]*synthetic patients/);

  await second.end('SIGKILL');
  // The state after a kill between the first and the last patient of the first population: some of them, and the mark.
  await writeFile(join(place.data, 'seeding'), '');
  const again = await place.start({ DHP_SEED_PATIENTS: '5' });
  const token = await getToken(again.urls.sso, again.demo!);
  const answer = hasStatus(await fhirAt(again.urls.playground, token)('GET', 'Patient/_history?_count=50'), 200);
  assert.equal((answer.json()['entry'] as unknown[]).length, 5);
  await assert.rejects(readFile(join(place.data, 'seeding')), { code: 'ENOENT' });
});

test('a default port that is taken: the next free one, told and kept, also by a second start in the same folder, which is refused', async (t) => {
  const blockers = [await occupy(t, 9000), await occupy(t, 8080)];
  const place = await home(t, { begins: 'migrated', ports: 'default' });
  const first = await place.start();
  const ports = { sso: Number(new URL(first.urls.sso).port), web: Number(new URL(first.urls.playground).port) };
  assert.ok(ports.sso > 9000 && ports.sso < 9200, String(ports.sso));
  assert.ok(ports.web > 8080 && ports.web < 8280, String(ports.web));
  assert.deepEqual(JSON.parse(await readFile(join(place.data, 'ports.json'), 'utf8')), ports);
  await first.end('SIGTERM');

  for (const blocker of blockers) blocker?.close();
  const second = await place.start();
  assert.deepEqual(second.urls, first.urls, 'the addresses stay when the default ports are free again');

  const { code, stderr } = await place.run(['start', '--json']);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /The platform is already running on the data directory .* \(process \d+\)\. Stop it first/);
  const kept: unknown = JSON.parse(await readFile(join(place.data, 'ports.json'), 'utf8'));
  assert.deepEqual(kept, ports, 'the next start has the same addresses');
  assert.equal((await fetch(`${second.urls.sso}/readyz`)).status, 200, 'the first is not disturbed');
});

test('a named port that is taken stops the start with a sentence', async (t) => {
  const port = await freePort();
  assert.ok(await occupy(t, port));
  const place = await home(t);
  for (const setting of ['DHP_SSO_PORT', 'DHP_PORT']) {
    const { code, stdout, stderr } = await place.run(['start', '--json'], { [setting]: String(port) });
    assert.equal(code, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^dhp: ${setting}=${port} is taken by another program\\.`, 'm'));
    assert.doesNotMatch(stderr, /\n\s+at /, 'a sentence, no stack');
  }
});

/** Loaded into each process, which appends the addresses of all its modules to a file when it ends. */
const recorder = (file: string): string => `
  import { appendFileSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on('exit', () => appendFileSync(${JSON.stringify(file)}, loaded.join('\\n') + '\\n'));
`;

/** Modules that no server needs before a request does: the framework's schema compilers, and the common passwords. */
const forLater = /\/node_modules\/(ajv|@fastify\/(ajv|fast-json-stringify)-compiler|fxa-common-password-list)\//;

test('two copies in two folders run side by side, and no server loads what it needs later or never', async (t) => {
  const [a, b] = await Promise.all([1, 2].map(() => home(t, { begins: 'migrated', ports: 'default' })));
  const record = join(a!.data, 'modules');
  const hooked = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(recorder(record))}` };
  const [first, second] = await Promise.all([a!.start(hooked), b!.start()]);
  assert.equal(new Set([first.urls.sso, first.urls.portal, second.urls.sso, second.urls.portal]).size, 4);
  for (const platform of [first, second]) {
    const token = await getToken(platform.urls.sso, platform.demo!);
    const ask = fhirAt(platform.urls.playground, token);
    hasStatus(await ask('PUT', 'Patient/mine', { resourceType: 'Patient', id: 'mine', language: 'uz' }), 201);
  }
  await first.end('SIGTERM');
  const loaded = (await readFile(record, 'utf8')).split('\n');
  for (const server of ['sso', 'fhir', 'portal'])
    assert.ok(
      loaded.some((url) => url.endsWith(`/apps/dhp/src/servers/${server}.ts`)),
      `${server} is not seen`,
    );
  assert.deepEqual(
    loaded.filter((url) => forLater.test(url)),
    [],
  );
});
