/** SubscriptionTopics: checked at their write, and tried on the changes of the last day. docs/subscriptions.md */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer, type Reply, type RequestOptions, type TestServer } from './environment.ts';

type Json = Record<string, unknown>;

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

const trigger = (more: Json = {}): Json => ({ resource: 'Observation', ...more });
const query = (queryCriteria: Json): Json => ({ resourceTrigger: [trigger({ queryCriteria })] });
const path = (fhirPathCriteria: string): Json => ({ resourceTrigger: [trigger({ fhirPathCriteria })] });
const filter = (filterParameter: string, more: Json = {}): Json => ({
  canFilterBy: [{ resource: 'Observation', filterParameter, ...more }],
});

function topic(more: Json = {}, id = 'topic'): Json {
  return {
    ...{ resourceType: 'SubscriptionTopic', id, url: `https://example.uz/SubscriptionTopic/${id}`, status: 'active' },
    ...{ resourceTrigger: [trigger()], ...more },
  };
}

interface Told {
  readonly place: string;
  readonly diagnostics: string;
}

function toldBy(reply: Reply): Told[] {
  const issues = (reply.json['issue'] ?? []) as { expression: [string]; diagnostics: string }[];
  return issues.map(({ expression: [place], diagnostics }) => ({ place, diagnostics }));
}

/** An element with a fault, the place of it below the topic, and what is said. */
const faults: readonly (readonly [title: string, element: Json, place: string, told: RegExp])[] = [
  ['no URL', { url: undefined }, 'url', /a canonical URL/],
  ['a URL with a version', { url: 'https://example.uz/t|1' }, 'url', /without \|/],
  ['no trigger', { resourceTrigger: undefined }, 'resourceTrigger', /at least one/],
  [
    'too many triggers',
    { resourceTrigger: Array.from({ length: 21 }, () => trigger()) },
    'resourceTrigger',
    /at most 20, not 21/,
  ],
  [
    'an unknown type',
    { resourceTrigger: [trigger(), { resource: 'Observatoin' }] },
    'resourceTrigger[1].resource',
    /Did you mean Observation\?/,
  ],
  [
    'a type of another version',
    { resourceTrigger: [{ resource: 'http://hl7.org/fhir/StructureDefinition/Media' }] },
    'resourceTrigger[0].resource',
    /not "http/,
  ],
  [
    'a type that is not stored',
    { resourceTrigger: [{ resource: 'Parameters' }] },
    'resourceTrigger[0].resource',
    /a resource type of R5/,
  ],
  [
    'an unknown interaction',
    { resourceTrigger: [trigger({ supportedInteraction: ['create', 'read'] })] },
    'resourceTrigger[0].supportedInteraction[1]',
    /create, update, delete, not "read"/,
  ],
  [
    'criteria without a query',
    query({ requireBoth: true }),
    'resourceTrigger[0].queryCriteria',
    /a query for the previous state/,
  ],
  [
    'an unknown result',
    query({ current: 'status=final', resultForDelete: 'pass' }),
    'resourceTrigger[0].queryCriteria.resultForDelete',
    /test-passes or test-fails/,
  ],
  [
    'a query of another type',
    query({ current: 'Encounter?status=planned' }),
    'resourceTrigger[0].queryCriteria.current',
    /a query of Observation/,
  ],
  [
    'an unknown parameter',
    query({ previous: 'statsu=final' }),
    'resourceTrigger[0].queryCriteria.previous',
    /statsu.*Did you mean status/,
  ],
  [
    'an unknown modifier',
    query({ current: 'status:exact=final' }),
    'resourceTrigger[0].queryCriteria.current',
    /not :exact/,
  ],
  [
    'a value that is none',
    query({ current: 'date=yesterday' }),
    'resourceTrigger[0].queryCriteria.current',
    /date=yesterday/,
  ],
  [
    'a parameter without a value',
    query({ current: 'code=x&status=' }),
    'resourceTrigger[0].queryCriteria.current',
    /a value for status/,
  ],
  [
    'a value of commas',
    query({ current: 'status=,' }),
    'resourceTrigger[0].queryCriteria.current',
    /a value for status/,
  ],
  ['a broken escape', query({ current: 'status=%zz' }), 'resourceTrigger[0].queryCriteria.current', /%zz/],
  [
    'no criteria',
    query({ current: 'Observation?' }),
    'resourceTrigger[0].queryCriteria.current',
    /such as status=final/,
  ],
  [
    'a parameter of the answer',
    query({ current: 'status=final&_count=1' }),
    'resourceTrigger[0].queryCriteria.current',
    /_count/,
  ],
  [
    'a chain',
    query({ current: 'subject:Patient.name=x' }),
    'resourceTrigger[0].queryCriteria.current',
    /subject:Patient\.name is not/,
  ],
  [
    'a reverse chain',
    query({ current: '_has:Observation:derived-from:code=x' }),
    'resourceTrigger[0].queryCriteria.current',
    /_has:.* is not/,
  ],
  [
    'a composite',
    query({ current: 'code-value-quantity=a$5' }),
    'resourceTrigger[0].queryCriteria.current',
    /code-value-quantity is not/,
  ],
  ['full text', query({ current: '_content=x' }), 'resourceTrigger[0].queryCriteria.current', /_content is not/],
  [
    'a time of storing',
    query({ current: '_lastUpdated=gt2020' }),
    'resourceTrigger[0].queryCriteria.current',
    /_lastUpdated is not/,
  ],
  ['members of a list', query({ current: '_in=List/1' }), 'resourceTrigger[0].queryCriteria.current', /_in/],
  [
    'a value set',
    query({ current: 'code:in=http://example.uz/vs' }),
    'resourceTrigger[0].queryCriteria.current',
    /code:in/,
  ],
  [
    'about a date',
    query({ current: 'date=ap2026-11-01' }),
    'resourceTrigger[0].queryCriteria.current',
    /date without ap/,
  ],
  [
    'a query that is too long',
    query({ current: `status=${'x'.repeat(4_000)}` }),
    'resourceTrigger[0].queryCriteria.current',
    /at most 4000/,
  ],
  ['a syntax error', path('%current.status ='), 'resourceTrigger[0].fhirPathCriteria', /line 1, column/],
  ['an unknown function', path("%current.status.frist() = 'final'"), 'resourceTrigger[0].fhirPathCriteria', /frist/],
  [
    'an unknown element',
    path("%current.statuss = 'final'"),
    'resourceTrigger[0].fhirPathCriteria',
    /no element statuss.*line 1/,
  ],
  ['an unknown variable', path("%before.status = 'final'"), 'resourceTrigger[0].fhirPathCriteria', /%before/],
  ['an expression that is no truth', path('%current.status'), 'resourceTrigger[0].fhirPathCriteria', /exists\(\)/],
  [
    'an expression that asks a value set',
    path("%current.code.memberOf('http://example.uz/vs')"),
    'resourceTrigger[0].fhirPathCriteria',
    /memberOf\(\) asks/,
  ],
  [
    'an expression that asks a service',
    path("%terminologies.expand('x').exists()"),
    'resourceTrigger[0].fhirPathCriteria',
    /%terminologies asks/,
  ],
  [
    'an expression that follows a reference',
    path('%current.subject.resolve().active = true'),
    'resourceTrigger[0].fhirPathCriteria',
    /resolve\(\) tells the type alone/,
  ],
  [
    'an expression that is too long',
    path(`%current.status = '${'x'.repeat(4_000)}'`),
    'resourceTrigger[0].fhirPathCriteria',
    /at most 4000/,
  ],
  [
    'an event without a code',
    { eventTrigger: [{ resource: 'Encounter', event: { text: 'x' } }] },
    'eventTrigger[0].event',
    /a coding/,
  ],
  [
    'two events of one code',
    {
      eventTrigger: [1, 2].map(() => ({ resource: 'Encounter', event: { coding: [{ system: 'urn:e', code: 'a' }] } })),
    },
    'eventTrigger[1].event',
    /eventTrigger\[0\] is about urn:e\|a/,
  ],
  [
    'an event of an unknown type',
    { eventTrigger: [{ resource: 'Visit', event: { coding: [{ system: 'urn:e', code: 'a' }] } }] },
    'eventTrigger[0].resource',
    /a resource type/,
  ],
  [
    'a filter of another type',
    { canFilterBy: [{ resource: 'Encounter', filterParameter: 'status' }] },
    'canFilterBy[0].resource',
    /the resource of a trigger \(Observation\)/,
  ],
  [
    'a filter of an unknown type',
    { canFilterBy: [{ resource: 'Visit', filterParameter: 'status' }] },
    'canFilterBy[0].resource',
    /a resource type/,
  ],
  ['a filter without a name', filter(''), 'canFilterBy[0].filterParameter', /the name of a search parameter/],
  ['an unknown filter', filter('statsu'), 'canFilterBy[0].filterParameter', /Did you mean status/],
  ['a filter by membership', filter('_in'), 'canFilterBy[0].filterParameter', /_in/],
  ['a filter by a composite', filter('code-value-quantity'), 'canFilterBy[0].filterParameter', /is not/],
  [
    'an unknown comparator',
    filter('date', { comparator: ['ge', 'about'] }),
    'canFilterBy[0].comparator[1]',
    /not "about"/,
  ],
  [
    'a comparator that depends on the time',
    filter('date', { comparator: ['ap'] }),
    'canFilterBy[0].comparator[0]',
    /no ap of dates/,
  ],
  [
    'a comparator of what has no order',
    filter('status', { comparator: ['gt'] }),
    'canFilterBy[0].comparator[0]',
    /eq alone/,
  ],
  [
    'a modifier that the parameter has not',
    filter('status', { modifier: ['exact'] }),
    'canFilterBy[0].modifier[0]',
    /can have, not "exact"/,
  ],
  [
    'a modifier that asks a value set',
    filter('code', { modifier: ['missing', 'in'] }),
    'canFilterBy[0].modifier[1]',
    /:in of code is not/,
  ],
  [
    'a shape of another type',
    { notificationShape: [{ resource: 'Encounter' }] },
    'notificationShape[0].resource',
    /the resource of a trigger/,
  ],
  [
    'an include that there is not',
    { notificationShape: [{ resource: 'Observation', include: ['Observation:subject', 'Observation:doctor'] }] },
    'notificationShape[0].include[1]',
    /doctor/,
  ],
  [
    'an include of another type',
    { notificationShape: [{ resource: 'Observation', include: ['Encounter:subject'] }] },
    'notificationShape[0].include[0]',
    /Observation/,
  ],
  [
    'a stray part of an include',
    { notificationShape: [{ resource: 'Observation', include: ['Observation:subject&status=final'] }] },
    'notificationShape[0].include[0]',
    /without status/,
  ],
  [
    'a reverse include that does not lead here',
    { notificationShape: [{ resource: 'Observation', revInclude: ['Encounter:subject'] }] },
    'notificationShape[0].revInclude[0]',
    /leads to/,
  ],
];

describe('a SubscriptionTopic at its write', () => {
  it('is refused where it is active and could not fire, with the place of the fault; as a draft it is stored', async () => {
    for (const [title, element, place, told] of faults) {
      const refused = await server.write('PUT', '/SubscriptionTopic/topic', topic(element));
      assert.deepEqual([refused.status, refused.code], [422, 'topic-invalid'], `${title}: ${refused.text}`);
      const found = toldBy(refused);
      assert.deepEqual(
        found.map((each) => each.place),
        [`SubscriptionTopic.${place}`],
        `${title}: ${refused.text}`,
      );
      assert.match(found[0]!.diagnostics, told, title);
      assert.match(found[0]!.diagnostics, /[.?]$/, title);
    }
    const [, element] = faults.at(-1)!;
    const draft = topic({ ...element, status: 'draft' });
    assert.equal((await server.write('PUT', '/SubscriptionTopic/draft', { ...draft, id: 'draft' })).status, 201);
    const tried = await server.request('GET', '/SubscriptionTopic/draft/$try');
    assert.deepEqual([tried.status, tried.code], [422, 'topic-invalid'], tried.text);
    // Nor does it become active on another way.
    const patch = await server.request('PATCH', '/SubscriptionTopic/draft', {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'replace', path: '/status', value: 'active' }]),
    });
    assert.deepEqual([patch.status, patch.code], [422, 'topic-invalid'], patch.text);
  });

  it('tells all that is wrong at once, in the language of the caller', async () => {
    const wrong = topic({
      url: undefined,
      ...query({ current: 'statsu=final', previous: 'date=x' }),
      ...filter('nothing'),
    });
    const places = [
      'url',
      'resourceTrigger[0].queryCriteria.previous',
      'resourceTrigger[0].queryCriteria.current',
      'canFilterBy[0].filterParameter',
    ];
    for (const [language, words] of [
      ['uz', /ishga tusha olmaydi/],
      ['ru', /не может сработать/],
      ['en', /cannot fire/],
    ] as const) {
      const reply = await server.write('PUT', '/SubscriptionTopic/topic', wrong, { 'accept-language': language });
      assert.deepEqual(
        toldBy(reply).map(({ place }) => place),
        places.map((each) => `SubscriptionTopic.${each}`),
      );
      assert.match(reply.sentence, words);
    }
  });

  it('has a url and version that no other active one has', async () => {
    const url = 'https://example.uz/SubscriptionTopic/twins';
    const put = (id: string, more: Json): Promise<Reply> =>
      server.write('PUT', `/SubscriptionTopic/${id}`, topic({ url, ...more }, id));
    const places = async (reply: Promise<Reply>): Promise<(string | number)[]> => {
      const { status, code, ...rest } = await reply;
      return status < 300 ? [status] : [status, code, ...toldBy(rest as Reply).map(({ place }) => place)];
    };
    const refused = (of: string): (string | number)[] => [422, 'topic-invalid', `SubscriptionTopic.${of}`];
    assert.deepEqual(await places(put('twin-1', { version: '1' })), [201]);
    assert.deepEqual(await places(put('twin-2', { version: '1' })), refused('version'));
    assert.deepEqual(await places(put('twin-2', { version: '1', status: 'draft' })), [201]);
    assert.deepEqual(await places(put('twin-3', {})), [201]);
    assert.deepEqual(await places(put('twin-4', {})), refused('url'));
    assert.deepEqual(await places(put('twin-5', { version: '1.1' })), [201]);
    assert.deepEqual(await places(put('twin-1', { version: '1', title: 'Changed' })), [200], 'it is not its own twin');
    const patch = { body: '[{"op":"replace","path":"/status","value":"active"}]' };
    const headers = { 'content-type': 'application/json-patch+json' };
    assert.deepEqual(
      await places(server.request('PATCH', '/SubscriptionTopic/twin-2', { ...patch, headers })),
      refused('version'),
    );
    assert.deepEqual(await places(put('twin-1', { version: '1', status: 'retired' })), [200]);
    assert.deepEqual(await places(put('twin-2', { version: '1' })), [200]);
  });

  it('has no twin in the same transaction, and takes the place of one that ends in it', async () => {
    const url = 'https://example.uz/SubscriptionTopic/together';
    const put = (id: string, more: Json): Json => ({
      request: { method: 'PUT', url: `SubscriptionTopic/${id}` },
      resource: topic({ url, ...more }, id),
    });
    const send = (...entry: Json[]): Promise<Reply> =>
      server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    const { id: _, ...unnamed } = topic({ url, version: '1' });
    const post = { request: { method: 'POST', url: 'SubscriptionTopic' }, resource: unnamed };
    for (const [entries, place] of [
      [[put('together-1', { version: '1' }), put('together-2', { version: '1' })], 'version'],
      [[put('together-1', {}), put('together-2', {})], 'url'],
      [[post, put('together-1', { version: '1' })], 'version'],
    ] as const) {
      const reply = await send(...entries);
      assert.deepEqual([reply.status, reply.code], [422, 'topic-invalid'], reply.text);
      assert.match(String(toldBy(reply)[0]?.place), new RegExp(`SubscriptionTopic\\)?\\.${place}$`));
      assert.match(reply.diagnostics, /active with the same url and version/);
    }
    const one = await send(put('together-1', { version: '1' }), put('together-2', { version: '2' }));
    assert.equal(one.status, 200, one.text);
    const three = put('together-3', { version: '1' });
    assert.equal((await send(three)).status, 422);
    const retired = await send(put('together-1', { version: '1', status: 'retired' }), three);
    assert.equal(retired.status, 200, retired.text);
    const remove = { request: { method: 'DELETE', url: 'SubscriptionTopic/together-2' } };
    const replaced = await send(remove, put('together-4', { version: '2' }));
    assert.equal(replaced.status, 200, replaced.text);
  });

  it('is stored where it can fire', async () => {
    const good: readonly Json[] = [
      {
        resourceTrigger: [
          { resource: 'http://hl7.org/fhir/StructureDefinition/Observation', supportedInteraction: ['delete'] },
        ],
      },
      query({
        current: '?status=final,amended&category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
      }),
      query({
        previous: 'Observation?status:not=final',
        current: 'value-quantity=gt5.4||mmol/L',
        requireBoth: true,
        resultForCreate: 'test-passes',
      }),
      path("%previous.status != 'final' and %current.status = 'final' and %current.subject.resolve() is Patient"),
      path("%current.code.coding.where(code = 'memberOf(x)' // resolve()\n).exists()"),
      { ...filter('patient', { modifier: ['identifier', 'missing', 'type'] }) },
      {
        ...filter('http://hl7.org/fhir/SearchParameter/Observation-value-quantity', { comparator: ['gt', 'le', 'ap'] }),
      },
      {
        ...filter('when', {
          filterDefinition: 'http://hl7.org/fhir/SearchParameter/clinical-date',
          comparator: ['ge', 'eq'],
        }),
      },
      {
        canFilterBy: [{ filterParameter: 'code' }],
        eventTrigger: [{ resource: 'Encounter', event: { coding: [{ system: 'urn:e', code: 'A01' }] } }],
      },
      {
        notificationShape: [
          {
            resource: 'Observation',
            include: ['Observation:subject&iterate=Patient.link', '_include=Observation:performer:Practitioner'],
            revInclude: ['DiagnosticReport:result'],
          },
        ],
      },
    ];
    for (const element of good) {
      const reply = await server.write('PUT', '/SubscriptionTopic/topic', topic(element));
      assert.ok(reply.status < 300, reply.text);
    }
    assert.equal((await server.request('DELETE', '/SubscriptionTopic/topic')).status, 200);
  });
});

/** Why each published example could not be active, by the elements. */
const lookedUp = ['canFilterBy[1].filterParameter'];
const notOfR5 = ['notificationShape[0].include[4]', 'notificationShape[0].include[5]'];
const notOfReferences = ['canFilterBy[3].modifier[1]'];
const published: Readonly<Record<string, readonly string[]>> = {
  admission: ['canFilterBy[0].modifier[0]', 'canFilterBy[0].modifier[1]', ...notOfR5],
  example: [...lookedUp, ...notOfReferences, ...notOfR5],
  'encounter-complete': [...lookedUp, ...notOfR5],
  'encounter-complete-fhirpath': [...lookedUp, ...notOfReferences, ...notOfR5],
  'encounter-complete-query': [...lookedUp, ...notOfReferences, ...notOfR5],
  'encounter-create-interaction': [...lookedUp, ...notOfReferences, ...notOfR5],
};

describe('published SubscriptionTopics', () => {
  const core = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r5.examples/package.json'));
  const shared = fileURLToPath(new URL('../../../../shared/cases/subscriptions/', import.meta.url));
  const found = [core, shared].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder).flatMap((name) =>
          /topic/i.test(name) && name.endsWith('.json') ? [join(folder, name)] : [],
        )
      : [],
  );
  it('say when they are tried what keeps them from being active, and that alone: mended they can be tried', async () => {
    assert.ok(found.length > 0);
    for (const file of found) {
      const resource = JSON.parse(readFileSync(file, 'utf8')) as Json & {
        canFilterBy: Json[];
        notificationShape: Json[];
      };
      if (resource['resourceType'] !== 'SubscriptionTopic') continue;
      const id = String(resource['id']);
      const stored = await server.write('PUT', `/SubscriptionTopic/${id}`, { ...resource, status: 'draft' });
      assert.ok(stored.status < 300, `${file}: ${stored.text}`);
      const reply = await server.request('GET', `/SubscriptionTopic/${id}/$try`);
      const places = toldBy(reply).map(({ place }) => place.replace('SubscriptionTopic.', ''));
      assert.deepEqual(places, published[id], file);
      const { canFilterBy, notificationShape } = resource;
      const mended = {
        ...resource,
        canFilterBy: canFilterBy.flatMap((one) => (one['filterParameter'] === '_in' ? [] : [{ ...one, modifier: [] }])),
        notificationShape: notificationShape.map((one) => ({
          ...one,
          include: (one['include'] as string[]).toSpliced(4, 2),
        })),
      };
      assert.equal((await tried(mended)).status, 200, file);
    }
  });
});

async function tried(resource: Json, options: RequestOptions = {}): Promise<Reply> {
  const body = { resourceType: 'Parameters', parameter: [{ name: 'topic', resource }] };
  return server.request('POST', '/SubscriptionTopic/$try', {
    ...options,
    headers: { 'content-type': 'application/fhir+json', ...options.headers },
    body: JSON.stringify(body),
  });
}

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
