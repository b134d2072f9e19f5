/** A platform whose databases fail under load: every request gets its answer, and the log stays short. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt } from './fhir.ts';
import { askToken, getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

const database = `repeated_failures_${randomBytes(8).toString('hex')}`;
let server: string;
let home: Home;
let platform: Platform;
let client: Credentials;

async function asAdministrator(...statements: string[]): Promise<void> {
  const admin = connect(server, { max: 1 });
  for (const statement of statements) await admin.unsafe(statement);
  await admin.end();
}

before(async () => {
  server = await testServer();
  await asAdministrator(`create database ${database}`);
  home = await openHome({
    serves: 'sso,fhir',
    environment: { DATABASE_URL: databaseUrl(server, database), DHP_SECRET_KEY: randomBytes(32).toString('base64') },
  });
  platform = await home.start();
  client = await home.createClient();
});

after(async () => {
  await home.close();
  await asAdministrator(
    ...['', '_sso', '_playground'].map((name) => `drop database if exists ${database}${name} with (force)`),
  );
});

test('500 requests that fail because the databases are gone make a line a kind and second', async () => {
  const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
  assert.equal((await ask('GET', 'Patient/none')).status, 404);
  await asAdministrator(...['_sso', '_playground'].map((name) => `drop database ${database}${name} with (force)`));
  const before = platform.said().length;
  const began = performance.now();
  const statuses: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const answers = [
      ...Array.from({ length: 50 }, (_, n) => ask('GET', `Patient/p${round}-${n}`)),
      ...Array.from({ length: 50 }, () => askToken(platform.urls.sso, client)),
    ];
    statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
  }
  const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
  await platform.end('SIGTERM'); // It writes the last counts.
  assert.equal(statuses.length, 500);
  assert.ok(statuses.every((status) => status >= 500));

  const said = platform.said().slice(before);
  const lines = said.split('\n').filter((line) => line.startsWith('{"level"'));
  const told = lines.map((line) => JSON.parse(line) as { suppressed?: number; err?: { stack?: string } });
  const counted = told.reduce((sum, { suppressed = 0 }) => sum + 1 + suppressed, 0);
  assert.ok(counted >= 500, `${counted} failures are in the log or counted there`);
  // Two lines per kind and second: the first failure, and the count. Background work of the servers fails, too.
  assert.ok(lines.length <= seconds * 2 * 12, `${lines.length} lines in ${seconds} s`);
  assert.ok(told.some(({ suppressed = 0 }) => suppressed > 0));
});
