/** Policies, consents, links of care and labels ask about all writes of a transaction at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTap, type StatementTap } from '../../../tests/record/statement-tap.ts';
import { defaultPolicies } from '../src/index.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';

let tap: StatementTap;
let server: TestServer;
before(async () => {
  const settings = { requireIfMatch: false, referenceIntegrity: 'enforce', validation: { level: 'off' } } as const;
  server = await startServer(settings, async (url) => {
    tap = await startTap(url, /^dhp fhir (reads|pages|writes|holding|searches)$/);
    const through = new URL(url);
    through.host = `127.0.0.1:${tap.port}`;
    through.searchParams.delete('host');
    return through.href;
  });
  await Promise.all([server.store.buildConsents(), server.store.buildCare()]);
  await activatePolicies(server, defaultPolicies());
  await server.store.labels.build();
});
after(async () => {
  await server.close();
  await tap.close();
});

const token = (): Promise<string> =>
  server.sso.token({ scope: 'system/*.cruds', client_id: 'registry', sub: 'registry' });

async function send(
  resources: readonly (object & { readonly resourceType: string; readonly id: string })[],
): Promise<Reply> {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
  const headers = { 'content-type': 'application/fhir+json' };
  return server.request('POST', '/', { token: await token(), headers, body });
}

const patients = Array.from({ length: 20 }, (_, n) => ({ resourceType: 'Patient', id: `p${String(n)}` }));
const observation = (run: number, n: number, value: number) => ({
  ...{ resourceType: 'Observation', id: `o${String(run)}-${String(n)}`, status: 'final', code: { text: 'x' } },
  ...{ subject: { reference: `Patient/p${String(n % patients.length)}` }, valueInteger: value },
});

test('a transaction of 30 takes hardly more statements than one of 2, when it stores and when it replaces', async () => {
  assert.equal((await send(patients)).status, 200);
  const statements = async (count: number, run: number, value: number): Promise<number> => {
    const resources = Array.from({ length: count }, (_, n) => observation(run, n, value));
    tap.take();
    const reply = await send(resources);
    assert.equal(reply.status, 200, reply.text);
    return tap.take().length;
  };
  await statements(30, 0, 1); // prepared, and what is remembered is remembered
  const [few, many] = [await statements(2, 1, 1), await statements(30, 2, 1)];
  const [fewAgain, manyAgain] = [await statements(2, 1, 2), await statements(30, 2, 2)];
  assert.ok(many <= few + 6, `${String(few)} statements for 2, ${String(many)} for 30`);
  assert.ok(manyAgain <= fewAgain + 6, `${String(fewAgain)} statements for 2, ${String(manyAgain)} for 30`);
});
