/** SubscriptionTopics: checked at their write. docs/subscriptions.md */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { filter, path, query, toldBy, topic, tried, trigger, type Json } from './topic-requests.ts';

let server: TestServer;
before(async () => {
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
  });
});
after(() => server.close());

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
      assert.equal((await tried(server, mended)).status, 200, file);
    }
  });
});
