/** Several processes of the SSO and of the playground on one port: they are one server, and its quotas hold for the node. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { servingConnectionsOf, temporaryConnections } from '@dhp/fhir-store/connections';
import { connect, startEmbedded } from '@dhp/postgres';
import { needOf, ssoConnectionsOf } from '../apps/dhp/src/connection-budget.ts';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

const limit = 60;
let place: Home;
let platform: Platform;
let client: Credentials;
before(async () => {
  place = await openHome({
    begins: 'migrated',
    serves: 'sso,fhir',
    environment: {
      ...{ DHP_WORKERS: '2', DHP_TRUST_PROXY: '1' },
      ...{ DHP_FHIR_ADDRESS_RATE: String(limit), DHP_SSO_ADDRESS_RATE: String(limit) },
    },
  });
  platform = await place.start();
  client = await place.createClient();
});
after(() => place.close());

/** Each request on a separate connection: connections are distributed to the processes in turn. */
const headers = (address: string): Record<string, string> => ({ connection: 'close', 'x-forwarded-for': address });

test('a token of one process is good at the other, and what one stores the other reads', async () => {
  for (let n = 0; n < 6; n += 1) {
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    const id = `shared-${String(n)}`;
    const more = headers(`198.51.100.${String(n)}`);
    hasStatus(await ask('PUT', `Basic/${id}`, { resourceType: 'Basic', id, code: { text: id } }, more), 201);
    for (let turn = 0; turn < 2; turn += 1) hasStatus(await ask('GET', `Basic/${id}`, undefined, more), 200);
  }
});

for (const [name, url] of [
  ['FHIR server', () => `${platform.urls.playground}/Basic/none`],
  ['SSO', () => `${platform.urls.sso}/nothing`],
] as const) {
  test(`a quota of the ${name} holds for both processes together`, async () => {
    const statuses: number[] = [];
    const begun = performance.now();
    for (let n = 0; n < 3 * limit; n += 1) {
      const response = await fetch(url(), { headers: headers('203.0.113.7') });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    const granted = statuses.filter((status) => status !== 429).length;
    // The quota refills by one request per second meanwhile.
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(granted >= limit / 2, `${String(granted)} of ${String(limit)}`);
    assert.ok(granted <= limit + 1 + seconds, `${String(granted)} of ${String(limit)} in ${seconds.toFixed(1)} s`);
    assert.ok(seconds > limit || statuses.includes(429));
  });
}

test('the processes have the connections of the budget under load, and no others', async () => {
  const { url } = await startEmbedded({ directory: join(place.data, 'postgres') });
  const sql = connect(url, { max: 1, applicationName: 'dhp test' });
  const limits = { sso: needOf(['sso'], 2).most, playground: needOf(['playground'], 2).most };
  try {
    // If a server opened more, PostgreSQL would refuse the connection, and requests would fail.
    for (const [part, most] of Object.entries(limits))
      await sql.unsafe(`alter role dhp_${part}_server connection limit ${String(most)}`);
    const form = { grant_type: 'client_credentials', ...client };
    const tokens = Array.from({ length: 20 }, async (_, n) => {
      const body = new URLSearchParams(form);
      const to = `${platform.urls.sso}/oauth/token`;
      const response = await fetch(to, { method: 'POST', body, headers: headers(`198.51.100.${String(n)}`) });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return (JSON.parse(text) as { access_token: string }).access_token;
    });
    const ask = fhirAt(platform.urls.playground, (await Promise.all(tokens))[0]);
    const entry = (n: number): object => ({
      resource: { resourceType: 'Basic', code: { text: `load ${String(n)}` } },
      request: { method: 'POST', url: 'Basic', ifNoneExist: `identifier=load|${String(n)}` },
    });
    const load = Array.from({ length: 160 }, (_, n) => {
      const from = headers(`192.0.2.${String(n)}`);
      if (n % 4 === 0) return ask('GET', `Basic?identifier=load|${String(n)}&_total=accurate`, undefined, from);
      if (n % 4 === 1) return ask('GET', 'Basic?_sort=-_lastUpdated', undefined, from);
      if (n % 4 === 2) return ask('GET', 'Basic/_history', undefined, from);
      return ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [entry(n)] }, from);
    });
    for (const answer of await Promise.all(load)) hasStatus(answer, 200);
    const sessions = await sql<{ role: keyof typeof limits; count: number }[]>`
      select substring(usename from '^dhp_(.*)_server$') as role, count(*)::int as count from pg_stat_activity
      where usename like 'dhp\\_%\\_server' group by 1`;
    assert.deepEqual(sessions.map(({ role }) => role).sort(), ['playground', 'sso']);
    for (const { role, count } of sessions)
      assert.ok(count <= limits[role], `${role}: ${String(count)} of ${String(limits[role])}`);
    const rows = await sql<{ name: string; count: number }[]>`
      select application_name as name, count(*)::int as count from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1`;
    const fhir = { ...servingConnectionsOf(2), ...temporaryConnections };
    const sizes = new Map<string, number>([
      ['dhp log', 1],
      ...Object.entries(ssoConnectionsOf(2)),
      ...Object.entries(fhir).map(([name, size]): [string, number] => [`dhp fhir ${name}`, size]),
    ]);
    for (const { name, count } of rows)
      assert.ok(count <= 2 * (sizes.get(name) ?? 0), `${name} has ${String(count)} connections`);
    for (const name of ['dhp sso', 'dhp fhir reads', 'dhp fhir writes'])
      assert.ok(
        rows.some((row) => row.name === name),
        `${name} is open`,
      );
  } finally {
    await sql.end();
  }
});
