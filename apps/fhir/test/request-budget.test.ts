/** The cost of uploaded profiles and search parameters is limited for each resource and each request, and the failure says so. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { entriesOf, post, send } from './bundles.ts';
import { startServer, type TestServer } from './environment.ts';

const canonical = 'http://example.uz/StructureDefinition/costly';
let server: TestServer;

/** A Basic whose invariants go through all pairs of its identifiers. */
const basic = (n: number, profile = canonical): Record<string, unknown> => ({
  resourceType: 'Basic',
  meta: { profile: [profile] },
  code: { text: 'x' },
  identifier: Array.from({ length: n }, (_, i) => ({ value: `v${i}` })),
});

const profileOf = (url: string, constraints: number): Record<string, unknown> => ({
  resourceType: 'StructureDefinition',
  url,
  name: 'Costly',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Basic',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic',
  derivation: 'constraint',
  differential: {
    element: [
      {
        id: 'Basic',
        path: 'Basic',
        constraint: Array.from({ length: constraints }, (_, i) => ({
          key: `abc-${i}`,
          severity: 'warning',
          human: 'x',
          expression: `identifier.where(value = %resource.identifier.where(value != 'x${i}').value.first()).count() < 9`,
        })),
      },
    ],
  },
});

before(async () => {
  server = await startServer({ requireIfMatch: false, costs: { work: 3_000_000, resourceWork: 1_000_000 } });
  assert.equal((await server.write('POST', '/StructureDefinition', profileOf(canonical, 200))).status, 201);
});
after(() => server.close());

describe('a resource whose validation costs too much', () => {
  test('is refused, with the invariant and the setting', async () => {
    const began = process.cpuUsage();
    const reply = await server.write('POST', '/Basic', basic(300));
    const { user } = process.cpuUsage(began);
    assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded']);
    assert.match(reply.sentence, /DHP_RESOURCE_WORK/);
    assert.match(reply.diagnostics, /^The resource goes over its limit of work, \d+ \(the invariant abc-\d+\)\.$/);
    assert.ok(user < 3_000_000, `${user} us`);
    assert.equal((await server.write('PUT', '/Basic/costly', { ...basic(300), id: 'costly' })).code, reply.code);
    assert.equal((await server.request('GET', '/Basic/costly')).status, 404);
  });

  test('is stored when it is small', async () => {
    assert.equal((await server.write('POST', '/Basic', basic(3))).status, 201);
  });

  test('is a finding of $validate', async () => {
    const reply = await server.write('POST', '/Basic/$validate', basic(300));
    assert.deepEqual([reply.status, reply.code], [200, 'work-limit-exceeded']);
    assert.match(reply.sentence, /DHP_RESOURCE_WORK/);
  });

  test('is refused in the language of the caller', async () => {
    const headers = { 'content-type': 'application/fhir+json', 'accept-language': 'ru' };
    const reply = await server.request('POST', '/Basic', { headers, body: JSON.stringify(basic(300)) });
    assert.match(reply.sentence, /больше вычислений.*DHP_RESOURCE_WORK/);
  });
});

describe('a resource of too many combinations for a composite search parameter', () => {
  const observation = (codings: number): Record<string, unknown> => {
    const concept = { coding: Array.from({ length: codings }, (_, i) => ({ system: 'urn:s', code: `c${i}` })) };
    return {
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
      component: [{ code: concept, valueCodeableConcept: concept }],
    };
  };
  const asked = '/Observation?component-code-value-concept=c0$c0';

  test('is refused with the parameter, the limit and the setting, and switches the parameter off for nobody', async () => {
    const last = '/Observation?component-code-value-concept=urn:s%7Cc39$urn:s%7Cc39';
    assert.equal((await server.write('POST', '/Observation', observation(40))).status, 201);
    const reply = await server.write('POST', '/Observation', observation(400));
    assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded']);
    assert.match(reply.sentence, /DHP_RESOURCE_WORK/);
    assert.match(
      reply.diagnostics,
      /limit of work, \d+ \(the search parameter \S+-code-value-concept of Observation\)/,
    );
    for (const path of [asked, last]) {
      const found = await server.request('GET', path);
      assert.deepEqual([found.status, found.json['total']], [200, 1], path);
    }
  });
});

describe('the entries of a Bundle share the budget of the request', () => {
  const entries = (n: number) => Array.from({ length: n }, () => post(basic(20)));

  test('a transaction that spends it stores nothing, and names the entry', async () => {
    const before = await countOf();
    const reply = await send(server, 'transaction', entries(60));
    assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded']);
    assert.match(reply.sentence, /DHP_REQUEST_WORK/);
    assert.match(JSON.stringify(reply.json), /Bundle\.entry\[\d+\]/);
    assert.equal(await countOf(), before);
  });

  test('a batch that spends it tells the rest of its entries', async () => {
    const reply = await send(server, 'batch', entries(60));
    assert.equal(reply.status, 200);
    const statuses = entriesOf(reply).map(({ response }) => response.status.slice(0, 3));
    assert.equal(statuses.length, 60);
    const stored = statuses.filter((one) => one === '201').length;
    // Requests that begin together are checked before the first of them is stored.
    assert.ok(stored < 60 && statuses.every((one) => one === '201' || one === '422'), statuses.join());
    assert.match(JSON.stringify(entriesOf(reply).at(-1)), /work-limit-exceeded.*DHP_REQUEST_WORK/);
  });

  async function countOf(): Promise<unknown> {
    return (await server.request('GET', '/Basic?_summary=count')).json['total'];
  }
});

describe('search parameters that cost too much', () => {
  const searchParameter = {
    resourceType: 'SearchParameter',
    url: 'http://example.uz/SearchParameter/costly',
    name: 'Costly',
    status: 'active',
    description: 'x',
    code: 'costly',
    base: ['Basic'],
    type: 'string',
    processingMode: 'normal',
    expression: "Basic.identifier.where(%resource.identifier.exists(value = 'x').not()).value",
  };

  test('refuse the resource, with their name and the setting, and no other one that is written at the same time', async () => {
    assert.equal((await server.write('POST', '/SearchParameter', searchParameter)).status, 201);
    const plain = ({ meta: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;
    const replies = await Promise.all([3, 800, 4, 5].map((n) => server.write('POST', '/Basic', plain(basic(n)))));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 422, 201, 201],
    );
    const { code, sentence, diagnostics } = replies[1]!;
    assert.equal(code, 'work-limit-exceeded');
    assert.match(sentence, /DHP_RESOURCE_WORK/);
    assert.match(diagnostics, /\(the search parameter costly of Basic\)/);
    const transaction = await send(server, 'transaction', [post(plain(basic(3))), post(plain(basic(800)))]);
    assert.deepEqual([transaction.status, transaction.code], [422, 'work-limit-exceeded']);
  });
});

describe('search parameters that cost too much for many resources', () => {
  const system = 'https://id.example.uz';
  /** Each by itself is well below the limit of a resource. */
  const costly = (n: number): Record<string, unknown> => ({
    ...{ resourceType: 'Basic', id: `known-${n}`, code: { text: 'x' } },
    identifier: [{ system, value: `u-${n}` }, ...Array.from({ length: 300 }, (_, i) => ({ value: `v${i}` }))],
  });
  const count = 30;

  test('count for the request that compares resources by all their values', async () => {
    for (let n = 0; n < count; n += 1)
      assert.equal((await server.write('PUT', `/Basic/known-${n}`, costly(n))).status, 201);
    const refer = (n: number) => ({
      ...{ resourceType: 'Basic', code: { text: 'y' } },
      subject: { reference: `Basic?identifier=${system}|u-${n}` },
    });
    const few = await send(
      server,
      'transaction',
      Array.from({ length: 5 }, (_, n) => post(refer(n))),
    );
    assert.equal(few.status, 200, few.text.slice(0, 500));
    const many = await send(
      server,
      'transaction',
      Array.from({ length: count }, (_, n) => post(refer(n))),
    );
    assert.deepEqual([many.status, many.code], [422, 'work-limit-exceeded'], many.text.slice(0, 500));
    assert.match(many.sentence, /DHP_REQUEST_WORK/);
  });
});

test('a profile of too many constraints is refused when it is written', async () => {
  const reply = await server.write('POST', '/StructureDefinition', profileOf(`${canonical}-large`, 1001));
  assert.deepEqual([reply.status, reply.code], [422, 'profile-too-large']);
  assert.match(reply.sentence, /1001.*1000/);
});

describe('the index values of a document that is stored', () => {
  const searchParameter = {
    resourceType: 'SearchParameter',
    url: 'http://example.uz/SearchParameter/cubic',
    ...{ name: 'Cubic', status: 'active', description: 'x', code: 'cubic', base: ['Bundle'], type: 'uri' },
    processingMode: 'normal',
    expression:
      "Bundle.entry.where(%resource.entry.where(%resource.entry.exists(fullUrl = 'x').not()).exists(fullUrl = 'y').not()).fullUrl",
  };

  test('have the limit of other writes', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `document-${i}`);
    const patients = ids.map((id) => ({
      resource: { resourceType: 'Patient', id },
      request: { method: 'PUT', url: `Patient/${id}` },
    }));
    assert.equal((await send(server, 'transaction', patients)).status, 200);
    const composition = {
      ...{
        resourceType: 'Composition',
        id: 'large',
        status: 'final',
        type: { text: 'x' },
        date: '2026-01-01',
        title: 'x',
      },
      author: [{ reference: 'Patient/document-0' }],
      section: [{ entry: ids.map((id) => ({ reference: `Patient/${id}` })) }],
    };
    assert.equal((await server.write('PUT', '/Composition/large', composition)).status, 201);
    assert.equal((await server.write('POST', '/SearchParameter', searchParameter)).status, 201);
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] };
    const reply = await server.write('POST', '/Composition/large/$document', parameters);
    assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded'], reply.text.slice(0, 500));
    assert.match(reply.diagnostics, /\(the search parameter \S+ of Bundle\)/);
  });
});
