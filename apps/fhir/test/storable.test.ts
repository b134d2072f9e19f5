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

describe('a Subscription, which nobody serves', () => {
  const subscription = (status: string | undefined) => ({
    resourceType: 'Subscription',
    id: 's',
    ...(status === undefined ? {} : { status }),
    topic: 'https://example.uz/SubscriptionTopic/x',
    channelType: { system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type', code: 'rest-hook' },
  });

  for (const [way, write] of Object.entries(ways)) {
    test(`is refused by ${way}, whatever else is checked`, async () => {
      for (const status of ['requested', 'active', 'error']) {
        for (const on of [server, lax]) {
          const { status: answered, code, expression } = await write(on, subscription(status));
          assert.deepEqual([answered, code], [422, 'subscription-unsupported'], status);
          assert.match(expression ?? '', /Subscription\)?\.status$/);
        }
      }
      const { status, code } = await write(lax, subscription(undefined));
      assert.deepEqual([status, code], [422, 'subscription-unsupported'], 'without a status');
    });
  }

  test('is stored when it is off or entered in error, and cannot be made active', async () => {
    for (const status of ['off', 'entered-in-error']) {
      const reply = await server.write('PUT', '/Subscription/s', subscription(status));
      assert.ok(reply.status < 300, reply.text);
    }
    const data = JSON.stringify([{ op: 'replace', path: '/status', value: 'active' }]);
    const headers = { 'content-type': 'application/json-patch+json' };
    for (const path of ['/Subscription/s', '/Subscription?_id=s']) {
      const reply = await server.request('PATCH', path, { headers, body: data });
      assert.deepEqual([reply.status, reply.code], [422, 'subscription-unsupported'], path);
    }
    const resource = {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from(data).toString('base64'),
    };
    for (const kind of ['batch', 'transaction'] as const) {
      const reply = await send(server, kind, [{ resource, request: { method: 'PATCH', url: 'Subscription/s' } }]);
      const code = kind === 'batch' ? codeOf(entriesOf(reply)[0]) : reply.code;
      assert.equal(code, 'subscription-unsupported', reply.text);
    }
  });

  test('$validate and the CapabilityStatement say so', async () => {
    const reply = await server.write('POST', '/Subscription/$validate', subscription('requested'));
    assert.match(reply.text, /subscription-unsupported/);
    const { json } = await server.request('GET', '/metadata');
    const [{ resource }] = (json as { rest: [{ resource: { type: string; documentation?: string }[] }] }).rest;
    const told = (of: string) => resource.find((one) => one.type === of)?.documentation ?? '';
    assert.match(told('Subscription'), /no notifications/);
    assert.match(told('Consent'), /not enforced/);
    assert.equal(told('Patient'), '');
  });
});

describe('a Consent, which is not enforced', () => {
  const consent = (id: string, more: object = {}) => ({
    resourceType: 'Consent',
    id,
    status: 'active',
    decision: 'deny',
    ...more,
  });
  const header = /^299 - ".*not enforced.*"$/;

  test('is stored, and each write is answered with a warning', async () => {
    const path = '/Consent/c';
    const created = await server.write('PUT', path, consent('c'));
    assert.deepEqual([created.status, created.json['decision']], [201, 'deny']);
    assert.match(created.headers.get('warning') ?? '', header);
    const updated = await server.write('PUT', path, consent('c', { language: 'uz' }), { prefer: 'return=minimal' });
    assert.equal(updated.status, 200);
    assert.match(updated.headers.get('warning') ?? '', header);
    const headers = { 'content-type': 'application/json-patch+json' };
    const body = JSON.stringify([{ op: 'replace', path: '/language', value: 'ru' }]);
    assert.match((await server.request('PATCH', path, { headers, body })).headers.get('warning') ?? '', header);
    const posted = await server.write('POST', '/Consent', consent('x'), { 'if-none-exist': '_id=c' });
    assert.match(posted.headers.get('warning') ?? '', header, 'also of the one that was there');
    assert.equal((await server.request('GET', path)).headers.get('warning'), null, 'a read warns of nothing');
    assert.equal((await server.write('PUT', '/Patient/c', patient({ id: 'c' }))).headers.get('warning'), null);
  });

  test('the outcome warns in the language of the caller, where one is wanted', async () => {
    for (const [language, words] of [
      ['uz', /qoʻllanmaydi/],
      ['ru', /не применяется/],
      ['en', /not enforced/],
    ] as const) {
      const headers = { prefer: 'return=OperationOutcome', 'accept-language': language };
      const reply = await server.write('POST', '/Consent', consent('x'), headers);
      assert.equal(reply.status, 201);
      assert.equal(reply.headers.get('warning'), null);
      const [done, warning] = issuesOf(reply);
      assert.deepEqual([done?.details.coding[0].code, warning?.severity], ['created', 'warning']);
      assert.equal(warning?.details.coding[0].code, 'consent-recorded');
      assert.match(warning.details.text, words);
    }
  });

  test('in a Bundle the outcome of the entry warns', async () => {
    for (const kind of ['batch', 'transaction'] as const) {
      for (const prefer of ['return=minimal', 'return=representation', 'return=OperationOutcome']) {
        const reply = await send(server, kind, [post(consent('x')), post(patient())], { prefer });
        const [of, other] = entriesOf(reply);
        const warning = of?.response.outcome?.issue.find(({ severity }) => severity === 'warning');
        assert.equal(warning?.details.coding[0].code, 'consent-recorded', `${kind} ${prefer}`);
        assert.equal(of?.resource !== undefined, prefer === 'return=representation');
        assert.ok(!JSON.stringify(other).includes('consent-recorded'));
      }
    }
  });

  test('is refused where the operator has decided so', async (t) => {
    const strict = await startServer({ requireIfMatch: false, consents: 'refuse' });
    t.after(() => strict.close());
    for (const [way, write] of Object.entries(ways)) {
      const { status, code } = await write(strict, consent('c'));
      assert.deepEqual([status, code], [422, 'consent-not-enforced'], way);
    }
    assert.equal((await strict.request('GET', '/Consent?_summary=count')).json['total'], 0);
    assert.match((await strict.request('GET', '/metadata')).text, /writes of them are refused/);
    assert.match((await strict.write('POST', '/Consent/$validate', consent('c'))).text, /consent-not-enforced/);
  });
});
