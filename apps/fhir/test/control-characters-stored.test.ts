/** No value of any primitive type is stored with a control character, whichever way it is sent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entriesOf, send } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  const stored = await server.write('PUT', '/Basic/b', basic({ extension: [{ url: 'urn:x', valueString: 'x' }] }));
  assert.equal(stored.status, 201, stored.text);
});
after(() => server.close());

const basic = (more: object): Record<string, unknown> => ({
  ...{ resourceType: 'Basic', id: 'b', code: { text: 'x' } },
  ...more,
});

/** A value of each type that is text, which a control character is put into. */
const values: Readonly<Record<string, string>> = {
  ...{ valueCode: 'a', valueId: 'a', valueUri: 'urn:a', valueUrl: 'http://a', valueCanonical: 'urn:a' },
  ...{ valueOid: 'urn:oid:1.2', valueUuid: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', valueString: 'a' },
  ...{ valueBase64Binary: 'TWFu', valueMarkdown: 'a', valueDate: '2026-01-31', valueDateTime: '2026-01-31' },
  ...{ valueInstant: '2026-01-31T09:30:00Z', valueTime: '09:30:00', valueInteger64: '1' },
};
const extended = (name: string, value: string): Record<string, unknown> =>
  basic({ extension: [{ url: 'urn:x', [name]: value }] });

const withContained = (contained: object): object => basic({ contained: [contained], subject: { reference: '#c' } });

const entry = (method: string, url: string, resource: object): object => ({ resource, request: { method, url } });
const parameters = (...parameter: readonly object[]): object => ({ resourceType: 'Parameters', parameter });

async function ofEntry(type: 'batch' | 'transaction', one: object): Promise<number> {
  const reply = await send(server, type, [one]);
  // U+0000 is in no JSON that can be read.
  if (type === 'transaction' || reply.status !== 200) return reply.status;
  return Number(entriesOf(reply)[0]?.response.status.slice(0, 3));
}

const json = { 'content-type': 'application/json-patch+json' };
const ways: Readonly<Record<string, (name: string, value: string) => Promise<number>>> = {
  create: async (name, value) => (await server.write('POST', '/Basic', extended(name, value))).status,
  update: async (name, value) => (await server.write('PUT', '/Basic/b', extended(name, value))).status,
  'conditional update': async (name, value) =>
    (await server.write('PUT', '/Basic?_id=b', extended(name, value))).status,
  'JSON Patch': async (name, value) => {
    const body = JSON.stringify([{ op: 'replace', path: '/extension/0', value: { url: 'urn:x', [name]: value } }]);
    return (await server.request('PATCH', '/Basic/b', { headers: json, body })).status;
  },
  'FHIRPath Patch': async (name, value) => {
    const part = [
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: 'Basic' },
      { name: 'name', valueString: 'extension' },
      {
        name: 'value',
        part: [
          { name: 'url', valueUri: 'urn:y' },
          { name: 'value', [name]: value },
        ],
      },
    ];
    const body = JSON.stringify(parameters({ name: 'operation', part }));
    const headers = { 'content-type': 'application/fhir+json' };
    return (await server.request('PATCH', '/Basic/b', { headers, body })).status;
  },
  'an entry of a batch': (name, value) => ofEntry('batch', entry('POST', 'Basic', extended(name, value))),
  'an entry of a transaction': (name, value) => ofEntry('transaction', entry('PUT', 'Basic/b', extended(name, value))),
  contained: async (name, value) =>
    (await server.write('POST', '/Basic', withContained({ ...extended(name, value), id: 'c' }))).status,
};

const controls = ['\u0000', '\u0001', '\u000b', '\u001f'];

async function versions(): Promise<unknown> {
  const { json }: Reply = await server.request('GET', '/Basic/_history?_summary=count');
  return json['total'];
}

for (const [way, store] of Object.entries(ways)) {
  test(`by ${way}`, async () => {
    const before = await versions();
    for (const [name, value] of Object.entries(values)) {
      for (const control of controls) {
        for (const text of [`${value}${control}`, `${control}${value}`]) {
          const status = await store(name, text);
          assert.ok(status === 400 || status === 422, `${name} ${JSON.stringify(text)}: ${status}`);
        }
      }
    }
    assert.equal(await versions(), before);
  });
}

test('by $meta-add', async () => {
  const before = await versions();
  for (const control of controls) {
    const metas = [
      { tag: [{ code: `a${control}` }] },
      { tag: [{ code: 'a', system: `urn:a${control}` }] },
      { tag: [{ code: 'a', display: `a${control}` }] },
      { tag: [{ code: 'a', version: `a${control}` }] },
      { security: [{ code: `${control}a` }] },
      { profile: [`urn:a${control}`] },
    ];
    for (const meta of metas) {
      const reply = await server.write('POST', '/Basic/b/$meta-add', parameters({ name: 'meta', valueMeta: meta }));
      assert.ok(reply.status === 400 || reply.status === 422, `${JSON.stringify(meta)}: ${reply.status}`);
    }
  }
  assert.equal(await versions(), before);
});

test('the same ways store the values without them', async () => {
  for (const [way, store] of Object.entries(ways)) {
    for (const [name, value] of Object.entries(values)) {
      const status = await store(name, value);
      assert.ok(status === 200 || status === 201, `${way} ${name}: ${status}`);
    }
  }
});
