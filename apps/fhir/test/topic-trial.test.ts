/** Topics that are tried on the changes of the last day (`$try`), before they are stored. docs/subscriptions.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type Reply, type RequestOptions, type TestServer } from './environment.ts';
import { path, query, topic, tried as triedAt, trigger, type Json } from './topic-requests.ts';

/** Milliseconds that the clock of the server is ahead. */
let ahead = 0;
let server: TestServer;
before(async () => {
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
    clock: () => new Date(Date.now() + ahead),
  });
});
after(() => server.close());

const tried = (resource: Json, options?: RequestOptions): Promise<Reply> => triedAt(server, resource, options);

interface TriedReply {
  readonly looked: number;
  readonly fired: number;
  readonly whole: boolean;
  /** `Observation/a/_history/1 create 0` */
  readonly examples: readonly string[];
  readonly failed: string | undefined;
}

interface Part {
  readonly name: string;
  readonly valueInteger?: number;
  readonly valueBoolean?: boolean;
  readonly valueCode?: string;
  readonly valueString?: string;
  readonly valueReference?: { readonly reference: string };
  readonly part?: readonly Part[];
}

function resultOf(reply: Reply): TriedReply {
  assert.equal(reply.status, 200, reply.text);
  const parts = (reply.json as { parameter: Part[] }).parameter;
  const named = (name: string, among: readonly Part[] = parts) => among.find((part) => part.name === name);
  return {
    looked: named('looked')!.valueInteger!,
    fired: named('fired')!.valueInteger!,
    whole: named('whole')!.valueBoolean!,
    examples: parts.flatMap(({ name, part = [] }) =>
      name === 'example'
        ? [
            [
              named('focus', part)!.valueReference!.reference,
              named('interaction', part)!.valueCode,
              named('trigger', part)!.valueInteger,
            ].join(' '),
          ]
        : [],
    ),
    failed: named('reason', named('failed')?.part ?? [])?.valueString,
  };
}

describe('$try', () => {
  const observation = (id: string, status: string, more: Json = {}): Json => ({
    ...{ resourceType: 'Observation', id, status, code: { text: 'x' }, subject: { reference: 'Patient/p' }, ...more },
  });
  const isFinal = { ...query({ previous: 'status:not=final', current: 'status=final', requireBoth: true }) };

  before(async () => {
    for (const status of ['preliminary', 'final', 'amended', 'final']) await write(observation('a', status));
    await write(observation('b', 'final', { subject: { reference: 'Patient/q' } }));
    await server.request('DELETE', '/Observation/b');
    await write(observation('b', 'final', { subject: { reference: 'Patient/q' } }));
    await write({ resourceType: 'Patient', id: 'p' });
  });

  async function write(resource: Json): Promise<void> {
    const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
    assert.ok(reply.status < 300, reply.text);
  }

  it('tells on which changes of the last day a topic would have fired, stored or sent, by GET and POST', async () => {
    const wanted = ['Observation/a/_history/2 update 0', 'Observation/a/_history/4 update 0'];
    assert.deepEqual(resultOf(await tried(topic(isFinal))), {
      looked: 7,
      fired: 2,
      whole: true,
      examples: wanted,
      failed: undefined,
    });
    for (const status of ['active', 'draft', 'retired']) {
      await write(topic({ ...isFinal, status }));
      for (const method of ['GET', 'POST']) {
        const reply = await server.request(method, '/SubscriptionTopic/topic/$try');
        assert.deepEqual(resultOf(reply).examples, wanted, `${method} ${status}`);
        assert.match(reply.headers.get('cache-control') ?? '', /no-store/);
      }
    }
    const itself = await server.write('POST', '/SubscriptionTopic/$try', topic(isFinal));
    assert.deepEqual(resultOf(itself).examples, wanted, 'the topic as the body');
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'SubscriptionTopic/topic/$try' } }],
    };
    const { json } = await server.write('POST', '/', bundle);
    const [{ resource }] = (json as { entry: [{ resource: Json }] }).entry;
    assert.equal(resource['resourceType'], 'Parameters');
  });

  it('fires as the criteria say for what is new and for what is deleted', async () => {
    const cases: readonly (readonly [Json, string])[] = [
      [{}, 'a1 a2 a3 a4 b1 b2 b3'],
      [{ supportedInteraction: ['create'] }, 'a1 b1 b3'],
      [{ supportedInteraction: ['delete'] }, 'b2'],
      [{ supportedInteraction: ['update', 'delete'] }, 'a2 a3 a4 b2'],
      [{ queryCriteria: { current: 'status=final' } }, 'a2 a4 b1 b3'],
      [{ queryCriteria: { current: 'status=final', resultForDelete: 'test-passes' } }, 'a2 a4 b1 b2 b3'],
      [{ queryCriteria: { previous: 'status=final' } }, 'a3 b2'],
      [{ queryCriteria: { previous: 'status=final', resultForCreate: 'test-passes' } }, 'a1 a3 b1 b2 b3'],
      [{ queryCriteria: { previous: 'status=final', current: 'status=final' } }, 'a2 a3 a4 b1 b2 b3'],
      [{ queryCriteria: { previous: 'status=final', current: 'status=final', requireBoth: true } }, ''],
      [
        {
          queryCriteria: {
            previous: 'status=final',
            current: 'status=final',
            requireBoth: true,
            resultForCreate: 'test-passes',
          },
        },
        'b1 b3',
      ],
      [
        {
          queryCriteria: {
            previous: 'status=final',
            current: 'status=x',
            requireBoth: true,
            resultForDelete: 'test-passes',
          },
        },
        'b2',
      ],
      [{ fhirPathCriteria: '%previous.exists().not()' }, 'a1 b1 b3'],
      [{ fhirPathCriteria: '%current.empty()' }, 'b2'],
      [{ fhirPathCriteria: "status = 'final'" }, 'a2 a4 b1 b2 b3'],
      [{ fhirPathCriteria: '%previous.status != %current.status' }, 'a2 a3 a4'],
      [{ fhirPathCriteria: 'now() = meta.lastUpdated' }, 'a1 a2 a3 a4 b1 b3'],
      [
        { fhirPathCriteria: 'today().toString() = meta.lastUpdated.toString().substring(0, 10)' },
        'a1 a2 a3 a4 b1 b2 b3',
      ],
      [{ queryCriteria: { current: 'status=final' }, fhirPathCriteria: '%previous.exists()' }, 'a2 a4'],
      [{ queryCriteria: { current: '_id=b' } }, 'b1 b3'],
      [{ queryCriteria: { current: 'subject=Patient/q&subject:missing=false' } }, 'b1 b3'],
    ];
    for (const [more, wanted] of cases) {
      const { examples, failed } = resultOf(await tried(topic({ resourceTrigger: [trigger(more)] })));
      const told = examples.map((one) => one.replace(/^Observation\/(.)\/_history\/(\d) .*$/, '$1$2')).join(' ');
      assert.deepEqual([told, failed], [wanted, undefined], JSON.stringify(more));
    }
  });

  it('counts a change once on which several triggers fire, and names the first', async () => {
    const resourceTrigger = [trigger({ supportedInteraction: ['delete'] }), trigger(), { resource: 'Patient' }];
    const { looked, fired, examples } = resultOf(await tried(topic({ resourceTrigger })));
    assert.deepEqual([looked, fired], [8, 8]);
    assert.deepEqual(examples.map((one) => one.split(' ').slice(1).join(' ')).sort(), [
      'create 1',
      'create 1',
      'create 1',
      'create 2',
      'delete 0',
      'update 1',
      'update 1',
      'update 1',
    ]);
  });

  it('is about what the caller may search', async () => {
    const all = topic({ resourceTrigger: [trigger()] });
    const token = await server.sso.token({
      scope: 'system/SubscriptionTopic.rs system/Observation.rs?subject=Patient/q',
    });
    const { looked, examples } = resultOf(await tried(all, { token }));
    const versions = ['1 create 0', '2 delete 0', '3 create 0'].map((one) => `Observation/b/_history/${one}`);
    assert.deepEqual([looked, examples], [3, versions]);
    for (const [scope, status] of [
      ['system/SubscriptionTopic.rs', 403],
      ['system/SubscriptionTopic.rs system/Observation.r', 403],
      ['system/Patient.rs system/SubscriptionTopic.rs', 403],
      ['system/Observation.s', 403],
      ['system/Observation.s system/SubscriptionTopic.s', 200],
    ] as const) {
      const reply = await tried(all, { token: await server.sso.token({ scope }) });
      assert.equal(reply.status, status, `${scope}: ${reply.text}`);
    }
    // A stored topic is read.
    await write(all);
    const blind = await server.sso.token({ scope: 'system/Observation.rs' });
    assert.equal((await server.request('GET', '/SubscriptionTopic/topic/$try', { token: blind })).status, 403);
    assert.equal((await tried(all, { token: null })).status, 401);
  });

  it('refuses what is no topic, with the place', async () => {
    const ask = async (method: string, path: string, parameter?: Json[]): Promise<string> => {
      const headers = { 'content-type': 'application/fhir+json' };
      const body = parameter && JSON.stringify({ resourceType: 'Parameters', parameter });
      const reply = await server.request(method, path, body === undefined ? {} : { headers, body });
      return `${reply.status} ${reply.code}`;
    };
    const sent = { name: 'topic', resource: topic() };
    assert.equal(await ask('GET', '/SubscriptionTopic/$try'), '405 method-not-allowed');
    assert.equal(await ask('POST', '/SubscriptionTopic/$try'), '400 parameter-invalid');
    assert.equal(await ask('POST', '/SubscriptionTopic/$try?topic=x'), '400 parameter-invalid');
    assert.equal(await ask('GET', '/SubscriptionTopic/topic/$try?topic=x'), '400 parameter-invalid');
    assert.equal(await ask('POST', '/SubscriptionTopic/$try', []), '400 parameter-invalid');
    assert.equal(await ask('POST', '/SubscriptionTopic/$try', [sent, sent]), '400 parameter-invalid');
    assert.equal(
      await ask('POST', '/SubscriptionTopic/$try', [{ name: 'topic', resource: { resourceType: 'Patient' } }]),
      '400 parameter-invalid',
    );
    assert.equal(await ask('POST', '/SubscriptionTopic/$try', [{ ...sent, name: 'theme' }]), '400 parameter-unknown');
    assert.equal(await ask('POST', '/SubscriptionTopic/topic/$try', [sent]), '400 parameter-invalid');
    assert.equal(await ask('GET', '/SubscriptionTopic/none/$try'), '404 resource-not-found');
    assert.equal(await ask('GET', '/Patient/p/$try'), '404 operation-unknown');
  });

  it('is about the last 24 hours', async () => {
    ahead = 25 * 3_600_000;
    const token = await server.sso.token({ exp: Math.floor(Date.now() / 1_000) + 26 * 3_600 });
    assert.deepEqual(resultOf(await tried(topic(), { token })), {
      ...{ looked: 0, fired: 0, whole: true, examples: [], failed: undefined },
    });
    ahead = 0;
  });

  it('gives up an expression that costs too much, says so, and goes on', async () => {
    const many = Array.from({ length: 400 }, (_, n) => ({ code: { text: `c${n}` }, valueString: 'x' }));
    await write(observation('large', 'final', { component: many }));
    const dear = '%current.component.where(code.text in %current.component.code.text).count() > 1';
    const { looked, fired, failed, whole } = resultOf(
      await tried(
        topic({
          resourceTrigger: [
            ...Array.from({ length: 19 }, () => trigger({ fhirPathCriteria: dear })),
            trigger({ fhirPathCriteria: '%current.component.exists()' }),
          ],
        }),
      ),
    );
    assert.deepEqual([looked, fired, whole], [8, 1, true]);
    assert.match(failed ?? '', /trigger/);
    // Of an expression that the data do not suit, too.
    const unfit = resultOf(await tried(topic(path('%current.component.code.text.single() = %current.id'))));
    assert.equal(unfit.fired, 0);
    assert.match(unfit.failed ?? '', /line 1/);
    assert.equal((await server.request('DELETE', '/Observation/large')).status, 200);
  });
});
