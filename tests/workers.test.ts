/** Several processes of the SSO and of the playground on one port: they are one server, and its quotas hold for the node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

const limit = 60;
let place: Home;
let platform: Platform;
let client: Credentials;
before(async () => {
  place = await openHome({
    environment: {
      ...{ DHP_WORKERS: '2', DHP_TRUST_PROXY: '1' },
      ...{ DHP_FHIR_ADDRESS_RATE: String(limit), DHP_SSO_ADDRESS_RATE: String(limit) },
    },
  });
  platform = await place.start();
  client = await place.createClient();
});
after(() => place.close());

/** Each request by a connection of its own: they are given to the processes in turn. */
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
    for (let n = 0; n < 3 * limit; n += 1) {
      const response = await fetch(url(), { headers: headers('203.0.113.7') });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    const granted = statuses.filter((status) => status !== 429).length;
    // A minute has not passed, but on a busy machine some of it has: what comes back meanwhile is a request a second.
    assert.ok(granted >= limit / 2 && granted < 2 * limit, `${String(granted)} of ${String(limit)}`);
    assert.equal(statuses.at(-1), 429);
  });
}
