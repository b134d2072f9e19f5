/** Resources that are refused whatever profile they meet, on every way that leads into the store. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeOf, entriesOf, issuesOf, post, send } from './bundles.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
/** One that checks nothing else. */
let lax: TestServer;
before(async () => {
  [server, lax] = await Promise.all([
    startServer({ requireIfMatch: false }),
    startServer({ requireIfMatch: false, validation: { level: 'off' } }),
  ]);
});
after(() => Promise.all([server.close(), lax.close()]));

const observationValue = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
const subsetted = { system: observationValue, code: 'SUBSETTED' };

interface Refused {
  readonly status: number;
  readonly code: string;
  readonly expression: string | undefined;
}

function refusal(reply: Reply): Refused {
  const [issue] = issuesOf(reply);
  return { status: reply.status, code: reply.code, expression: issue?.expression?.[0] };
}

/** Every way to put a resource into the place of another one, or into a new one. */
const ways: Record<string, (on: TestServer, resource: Record<string, unknown>) => Promise<Refused>> = {
  create: async (on, resource) => refusal(await on.write('POST', `/${type(resource)}`, resource)),
  update: async (on, resource) => refusal(await on.write('PUT', `/${address(resource)}`, resource)),
  'conditional create': async (on, resource) =>
    refusal(await on.write('POST', `/${type(resource)}`, resource, { 'if-none-exist': '_id=nobody' })),
  'conditional update': async (on, resource) =>
    refusal(await on.write('PUT', `/${type(resource)}?_id=${String(resource['id'])}`, resource)),
  transaction: async (on, resource) => refusal(await send(on, 'transaction', [post(resource)])),
  'transaction, update': async (on, resource) =>
    refusal(await send(on, 'transaction', [{ resource, request: { method: 'PUT', url: address(resource) } }])),
  batch: async (on, resource) => {
    const [entry] = entriesOf(await send(on, 'batch', [post(resource)]));
    const [issue] = entry?.response.outcome?.issue ?? [];
    return {
      status: Number(entry?.response.status.slice(0, 3)),
      code: codeOf(entry) ?? '',
      expression: issue?.expression?.[0],
    };
  },
};

function type(resource: Record<string, unknown>): string {
  return String(resource['resourceType']);
}

function address(resource: Record<string, unknown>): string {
  return `${type(resource)}/${String(resource['id'])}`;
}

describe('a part of a resource, as _summary and _elements give it', () => {
  const whole = (id: string) => patient({ id, telecom: [{ system: 'phone', value: '+998901234567' }] });

  for (const query of ['_summary=true', '_summary=text', '_summary=data', '_elements=name']) {
    test(`what ${query} has given cannot be put back`, async () => {
      const resource = whole('part');
      for (const on of [server, lax]) {
        await on.write('PUT', '/Patient/part', resource);
        const { json: read } = await on.request('GET', `/Patient/part?${query}`);
        const found = await on.request('GET', `/Patient?_id=part&${query}`);
        for (const part of [read, entriesOf(found)[0]!.resource!]) {
          for (const [way, write] of Object.entries(ways)) {
            const { status, code, expression } = await write(on, part);
            assert.deepEqual([status, code], [422, 'resource-subsetted'], way);
            assert.match(expression ?? '', /meta\.tag\[0\]$/, way);
          }
        }
        const { json } = await on.request('GET', '/Patient/part');
        assert.deepEqual(json['telecom'], resource['telecom'], 'nothing was lost');
      }
    });
  }

  test('a patch and $meta-add cannot give the tag', async () => {
    await server.write('PUT', '/Patient/tagged', whole('tagged'));
    const patch = await server.request('PATCH', '/Patient/tagged', {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }, subsetted] }]),
    });
    assert.deepEqual([patch.status, patch.code], [422, 'resource-subsetted'], patch.text);
    assert.deepEqual(issuesOf(patch)[0]?.expression, ['Patient.meta.tag[1]']);
    const added = await server.write('POST', '/Patient/tagged/$meta-add', {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [subsetted] } }],
    });
    assert.deepEqual([added.status, added.code], [422, 'resource-subsetted'], added.text);
  });

  test('$validate says so', async () => {
    const part = { ...whole('v'), meta: { tag: [subsetted] } };
    const reply = await server.write('POST', '/Patient/$validate', part);
    assert.equal(reply.status, 200);
    assert.ok(
      issuesOf(reply).some(({ severity, details }) => {
        return severity === 'error' && details.coding[0].code === 'resource-subsetted';
      }),
      reply.text,
    );
    assert.ok(!reply.text.includes('validation-passed'));
  });

  test('the code in another system, or elsewhere, is nothing special', async () => {
    const tag = [{ system: 'https://example.uz/tags', code: 'SUBSETTED' }];
    const reply = await server.write('POST', '/Patient', patient({ meta: { tag, security: [{ code: 'x' }] } }));
    assert.equal(reply.status, 201, reply.text);
  });
});
