/** The CapabilityStatement, held against the server: every interaction that it declares is tried on every type. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { smallest } from './smallest.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

interface Declared {
  type: string;
  interaction: { code: string }[];
  conditionalCreate: boolean;
  conditionalRead: string;
  conditionalUpdate: boolean;
  conditionalPatch: boolean;
  conditionalDelete: string;
  updateCreate: boolean;
  operation: { name: string; definition: string }[];
}

interface Statement {
  rest: [{ resource: Declared[]; interaction: { code: string }[] }];
}

const fhirJson = { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

function write(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return server.request(method, path, { headers: { ...fhirJson, ...headers }, body: JSON.stringify(body) });
}

function read(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.request('GET', path, { headers: { ...fhirJson, ...headers } });
}

/** How an interaction is tried on a type; it is done when the answer has the status. */
const tries: Record<string, (type: string) => Promise<[reply: Reply, status: number]>> = {
  create: async (type) => [await write('POST', `/${type}`, smallest(type)), 201],
  update: async (type) => [await write('PUT', `/${type}/w1`, { ...smallest(type), id: 'w1' }), 201],
  read: async (type) => [await read(`/${type}/w1`), 200],
  vread: async (type) => [await read(`/${type}/w1/_history/1`), 200],
  patch: async (type) => [
    await server.request('PATCH', `/${type}/w1`, {
      headers: { ...jsonPatch, accept: 'application/fhir+json' },
      body: '[{"op":"add","path":"/language","value":"uz"}]',
    }),
    200,
  ],
  'history-instance': async (type) => [await read(`/${type}/w1/_history`), 200],
  'history-type': async (type) => [await read(`/${type}/_history?_count=1`), 200],
  'search-type': async (type) => [await read(`/${type}?_id=w1`), 200],
  delete: async (type) => [await server.request('DELETE', `/${type}/w1`), 200],
};

test('every interaction that is declared works on every type', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  const [{ resource }] = rest;
  assert.ok(resource.length > 150);
  for (const { type, interaction } of resource) {
    const declared = new Set(interaction.map(({ code }) => code));
    for (const code of declared)
      assert.ok(tries[code] !== undefined, `${code} of ${type} is declared, and there is no test for it`);
    for (const [code, attempt] of Object.entries(tries)) {
      assert.ok(declared.has(code), `${code} of ${type} is there and not declared`);
      const [reply, status] = await attempt(type);
      assert.equal(reply.status, status, `${code} of ${type}: ${reply.text}`);
    }
  }
});

test('the conditional interactions that are declared work on every type', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  for (const declared of rest[0].resource) {
    const { type } = declared;
    const { conditionalCreate, conditionalUpdate, conditionalPatch, conditionalDelete, conditionalRead } = declared;
    assert.deepEqual(
      [conditionalCreate, conditionalUpdate, conditionalPatch, conditionalDelete, conditionalRead],
      [true, true, true, 'multiple', 'full-support'],
      type,
    );
    const query = '_id=w2';
    const made = await write('PUT', `/${type}?${query}`, { ...smallest(type), id: 'w2' });
    assert.equal(made.status, 201, `${type}: ${made.text}`);
    const existing = await write('POST', `/${type}`, smallest(type), { 'if-none-exist': query });
    assert.equal(existing.status, 200, `${type}: ${existing.text}`);
    const known = await read(`/${type}/w2`, { 'if-none-match': made.headers.get('etag') ?? '' });
    assert.equal(known.status, 304, type);
    const patched = await server.request('PATCH', `/${type}?${query}`, {
      headers: { ...jsonPatch, accept: 'application/fhir+json' },
      body: '[{"op":"add","path":"/language","value":"uz"}]',
    });
    assert.equal(patched.status, 200, `${type}: ${patched.text}`);
    assert.equal((await server.request('DELETE', `/${type}?${query}&_count=2`)).status, 200, type);
    assert.equal((await read(`/${type}/w2`)).status, 410, type);
  }
});

test('the interactions of the system, and the operations, are where they are declared', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  const [{ interaction, resource }] = rest;
  const systemTries: Record<string, () => Promise<Reply>> = {
    transaction: () => write('POST', '', { resourceType: 'Bundle', type: 'transaction' }),
    batch: () => write('POST', '', { resourceType: 'Bundle', type: 'batch' }),
    'history-system': () => read('/_history?_count=1'),
    'search-system': () => read('?_type=Patient,Observation'),
  };
  assert.deepEqual(interaction.map(({ code }) => code).sort(), Object.keys(systemTries).sort());
  for (const { code } of interaction) assert.equal((await systemTries[code]!()).status, 200, code);
  for (const { type, operation } of resource) {
    for (const { name, definition } of operation) {
      const reply = await read(`/${type}/w3/$${name}`);
      // It is there: what is not, is the resource; or it is asked for by POST only.
      const isThere = reply.code === 'resource-not-found' || reply.headers.get('allow') === 'POST';
      assert.ok(isThere, `${name} of ${type}: ${reply.text}`);
      assert.ok(definition.startsWith(`${baseUrl}/OperationDefinition/`));
    }
  }
});
