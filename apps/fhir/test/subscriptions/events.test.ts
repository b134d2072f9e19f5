/** Events of subscriptions: their numbers, who hears of them, and how they are requested. https://hl7.org/fhir/R5/subscriptions.html */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, patient, startServer, type Reply, type TestServer } from '../environment.ts';
import { activatePolicies, activateVersion } from '../policies.ts';
import * as bed from './bed.ts';
import { statusIn } from './receiver.ts';

const { events, observation, put, subscription, told, topic, untilNumbered, untilStatus } = bed;

let server: TestServer;
before(async () => {
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
    healthWorkers: 'as-scoped',
    ...bed.subscriptionOptions(undefined, { perClient: 14 }),
  });
  await put(server, topic('observations'), patient({ id: 'p' }), patient({ id: 'q' }));
});
after(() => server.close());

describe('events', () => {
  it('are numbered from 1 in the order of commits, from the request on', async () => {
    await put(server, observation('before'), subscription('a'));
    await untilStatus(server, 'a', 'active');
    await put(server, observation('o1'), observation('o2'), observation('o1', { status: 'amended' }));
    assert.equal((await server.request('DELETE', '/Observation/o2')).status, 200);
    await untilNumbered(server, 'a', 4);
    const reply = await events(server, 'a');
    assert.deepEqual(told(reply), ['1 Observation/o1', '2 Observation/o2', '3 Observation/o1', '4 Observation/o2']);
    const status = statusIn(reply.text);
    assert.deepEqual(
      [status['type'], status['status'], status['eventsSinceSubscriptionStart']],
      ['query-event', 'active', '4'],
    );
    assert.deepEqual(told(await events(server, 'a', '?eventsSinceNumber=2&eventsUntilNumber=3')), [
      '2 Observation/o2',
      '3 Observation/o1',
    ]);
    assert.deepEqual(told(await events(server, 'a', '?eventsSinceNumber=9')), []);
    await put(server, ...Array.from({ length: 8 }, (_, n) => observation(`ten-${n}`)));
    await untilNumbered(server, 'a', 12);
    const tail = told(await events(server, 'a', '?eventsSinceNumber=8&eventsUntilNumber=11'));
    assert.deepEqual(
      tail,
      [8, 9, 10, 11].map((n) => `${n} Observation/ten-${n - 5}`),
    );
    assert.deepEqual(told(await events(server, 'a', '?content=empty&eventsUntilNumber=1')), ['1']);
    const full = JSON.parse(
      (await events(server, 'a', '?content=full-resource&eventsSinceNumber=3&eventsUntilNumber=4')).text,
    ) as {
      entry: { fullUrl: string; resource?: { id: string; status: string }; request: { method: string } }[];
    };
    assert.deepEqual(
      full.entry.slice(1).map(({ resource, request }) => [request.method, resource?.status]),
      [
        ['PUT', 'amended'],
        ['DELETE', undefined],
      ],
    );
  });

  it('are those that the filters mean, one for a change however many triggers fire', async () => {
    const twice = [
      { resource: 'Observation', supportedInteraction: ['create'] },
      { resource: 'Observation', queryCriteria: { current: 'status=final', requireBoth: false } },
    ];
    const url = 'http://example.org/topics/twice';
    await put(server, topic('twice', { url, resourceTrigger: twice }));
    const filterBy = [{ filterParameter: 'patient', value: 'Patient/p' }];
    await put(server, subscription('filtered', { topic: url, filterBy }), subscription('all', { topic: url }));
    await untilStatus(server, 'filtered', 'active');
    await put(server, observation('f1'), observation('f2', { subject: { reference: 'Patient/q' } }), observation('f3'));
    await untilNumbered(server, 'filtered', 2);
    await untilNumbered(server, 'all', 3);
    assert.deepEqual(told(await events(server, 'filtered')), ['1 Observation/f1', '2 Observation/f3']);
  });

  it('go on behind the last number when it is requested anew, without what happened while it was off', async () => {
    await put(server, subscription('again'));
    await untilStatus(server, 'again', 'active');
    await put(server, observation('r1'));
    await untilNumbered(server, 'again', 1);
    await put(server, { ...subscription('again'), status: 'off' }, observation('r2'), subscription('again'));
    await untilStatus(server, 'again', 'active');
    await put(server, observation('r3'));
    await untilNumbered(server, 'again', 2);
    assert.deepEqual(told(await events(server, 'again')), ['1 Observation/r1', '2 Observation/r3']);
    assert.equal((await server.request('DELETE', '/Subscription/again')).status, 200);
    assert.equal((await server.request('GET', '/Subscription/again/$events')).status, 410);
  });

  it('are told a hundred at a time, those of one transaction too', async () => {
    const filterBy = [{ filterParameter: 'patient', value: 'Patient/many' }];
    await put(server, subscription('many', { filterBy }));
    await untilStatus(server, 'many', 'active');
    const subject = { reference: 'Patient/many' };
    const entry = Array.from({ length: 103 }, (_, n) => ({
      resource: observation(`many-${n}`, { subject }),
      request: { method: 'PUT', url: `Observation/many-${n}` },
    }));
    const stored = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(stored.status, 200, stored.text);
    await untilNumbered(server, 'many', 103);
    const [first, rest] = [
      told(await events(server, 'many')),
      told(await events(server, 'many', '?eventsSinceNumber=101')),
    ];
    assert.deepEqual([first.length, rest.length], [100, 3]);
    assert.equal(new Set([...first, ...rest].map((one) => one.split(' ')[1])).size, 103);
  });

  it('end at the time that was asked for, and with the topic', async () => {
    const end = new Date(Date.now() + 1_500).toISOString();
    const url = 'http://example.org/topics/short';
    await put(server, topic('short', { url }), subscription('ending', { end }), subscription('orphan', { topic: url }));
    const over = await untilStatus(server, 'ending', 'off');
    assert.match(JSON.stringify(over['error']), /time that it was requested for is over/);
    await untilStatus(server, 'orphan', 'active');
    await put(server, topic('short', { url, status: 'retired' }));
    const failed = await untilStatus(server, 'orphan', 'error');
    assert.match(JSON.stringify(failed['error']), /topic is not active/);
  });
});

describe('a Subscription', () => {
  it('is refused with the place of all that this server cannot serve', async () => {
    const places = async (resource: object): Promise<string[]> => {
      const reply = await server.write('POST', '/Subscription', resource);
      assert.deepEqual([reply.status, reply.code], [422, 'subscription-invalid'], reply.text);
      const { issue } = reply.json as { issue: { expression: string[] }[] };
      return issue.flatMap(({ expression }) => expression);
    };
    const faulty: readonly (readonly [object, string])[] = [
      [{ status: 'active' }, 'Subscription.status'],
      [{ status: 'error' }, 'Subscription.status'],
      [{ status: undefined }, 'Subscription.status'],
      [{ topic: 'http://example.org/topics/none' }, 'Subscription.topic'],
      [{ topic: `${bed.topicUrl}|9` }, 'Subscription.topic'],
      [{ topic: undefined }, 'Subscription.topic'],
      [{ filterBy: [{ filterParameter: 'status', value: 'final' }] }, 'Subscription.filterBy[0].filterParameter'],
      [{ channelType: { code: 'email' } }, 'Subscription.channelType'],
      [{ channelType: { code: 'websocket' }, endpoint: 'wss://example.org' }, 'Subscription.endpoint'],
      [{ channelType: { code: 'websocket' }, contentType: 'text/plain' }, 'Subscription.contentType'],
      [{ channelType: { code: 'websocket', system: 'urn:dhp:subscription-channel' } }, 'Subscription.channelType'],
      [{ channelType: undefined }, 'Subscription.channelType'],
      [{ endpoint: 'https://example.org' }, 'Subscription.endpoint'],
      [{ content: 'all' }, 'Subscription.content'],
      [{ maxCount: 0 }, 'Subscription.maxCount'],
      [{ end: '2020-01-01T00:00:00Z' }, 'Subscription.end'],
    ];
    for (const [more, place] of faulty) assert.deepEqual(await places(subscription('x', more)), [place]);
    const hook = (more: object, endpoint = 'https://example.org/hook'): Promise<string[]> =>
      places(bed.hooked('x', endpoint, more));
    const parameter = (name: string, value = 'x'): object => ({ parameter: [{ name, value }] });
    for (const address of [
      'http://example.org/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://a:b@example.org/',
      'x',
    ])
      assert.deepEqual(await hook({}, address), ['Subscription.endpoint'], address);
    assert.deepEqual(await hook({ endpoint: undefined }), ['Subscription.endpoint']);
    assert.deepEqual(await hook({ contentType: 'application/fhir+json; fhirVersion=4.0' }), [
      'Subscription.contentType',
    ]);
    assert.deepEqual(await hook({ timeout: 31 }), ['Subscription.timeout']);
    assert.deepEqual(await hook({ heartbeatPeriod: 1 }), ['Subscription.heartbeatPeriod']);
    for (const name of ['Host', 'content-type', 'Webhook-Id', 'two words', 'Transfer-Encoding', 'WEBHOOK-SECRET'])
      assert.deepEqual(await hook(parameter(name)), ['Subscription.parameter[0]'], name);
    assert.deepEqual(await hook(parameter('x-a', 'two\r\nx-b: lines')), ['Subscription.parameter[0]']);
    assert.deepEqual(await hook(parameter('webhook-secret', 'whsec_c2hvcnQ=')), ['Subscription.parameter[0]']);
    assert.deepEqual(await hook(parameter('x-a', '(withheld)')), ['Subscription.parameter[0].value']);
    const many = await places(subscription('x', { status: 'active', topic: 'urn:none', content: 'all' }));
    assert.deepEqual(many.sort(), ['Subscription.content', 'Subscription.status', 'Subscription.topic']);
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: patient({ id: 'never' }), request: { method: 'PUT', url: 'Patient/never' } },
        { resource: subscription('x', { status: 'active' }), request: { method: 'POST', url: 'Subscription' } },
      ],
    };
    const refused = await server.write('POST', '', bundle);
    assert.deepEqual([refused.status, refused.code], [422, 'subscription-invalid'], refused.text);
    assert.equal((await server.request('GET', '/Patient/never')).status, 404);
  });

  it('shows no value of its channel, wherever it is read', async () => {
    const value = 'Bearer of-the-receiver';
    const parameter = [
      { name: 'Authorization', value },
      { name: 'x-empty', value: '' },
    ];
    const sent = bed.hooked('secret', 'https://receiver.invalid/hook', { parameter });
    const written = await server.write('PUT', '/Subscription/secret', sent);
    assert.equal(written.status, 201, written.text);
    const shown = written.json as { parameter: object[]; identifier: { system: string }[] };
    assert.deepEqual(shown.parameter[0], { name: 'Authorization', value: '(withheld)' });
    assert.deepEqual(
      shown.identifier.map(({ system }) => system),
      ['urn:dhp:subscription-request'],
    );
    await untilStatus(server, 'secret', 'error');
    const off = { ...sent, id: 'off', status: 'off' };
    await put(server, off);
    const paths = [
      '/Subscription/secret',
      '/Subscription/secret/_history',
      '/Subscription?_id=secret,off',
      '/$changes?_type=Subscription&_count=1000',
      '/Subscription/off',
    ];
    for (const path of paths) {
      const reply = await server.request('GET', path);
      assert.equal(reply.status, 200, reply.text);
      assert.ok(reply.text.includes('(withheld)') && !reply.text.includes('of-the-receiver'), path);
    }
    const again = await server.write('PUT', '/Subscription/secret', { ...shown, status: 'requested' });
    assert.equal(again.status, 200, again.text);
  });

  it('is one of a number that a client may have', async () => {
    const token = await server.sso.token({ client_id: 'many', sub: 'many' });
    const write = async (): Promise<number> => {
      const body = JSON.stringify(subscription('x'));
      const headers = { 'content-type': 'application/fhir+json' };
      return (await server.request('POST', '/Subscription', { token, headers, body })).status;
    };
    const statuses: number[] = [];
    for (let round = 0; round < 4; round += 1) statuses.push(...(await Promise.all([1, 2, 3, 4].map(write))));
    assert.deepEqual(
      [201, 422].map((status) => statuses.filter((one) => one === status).length),
      [14, 2],
    );
  });
});

describe('rights', () => {
  const as = (claims: object): Promise<string> => server.sso.token({ ...claims });
  async function putAs(token: string, resource: object & { id?: string }): Promise<void> {
    const headers = { 'content-type': 'application/fhir+json' };
    const path = `/Subscription/${(resource as { id: string }).id}`;
    const reply = await server.request('PUT', path, { token, headers, body: JSON.stringify(resource) });
    assert.ok(reply.status < 300, reply.text);
  }
  const narrowed = (who: string): object => ({
    ...{ client_id: `narrowed-${who}`, sub: `narrowed-${who}` },
    scope: 'system/Observation.rs?status=final system/Subscription.cruds',
  });

  it('are asked before a number is given: what the owner may not see is told by nothing', async () => {
    const seen = async (who: string, between: (() => Promise<void>) | undefined): Promise<unknown> => {
      const [token, id] = [await as(narrowed(who)), `narrowed-${who}`];
      const filterBy = [{ filterParameter: 'patient', value: `Patient/${who}` }];
      await putAs(token, subscription(id, { content: 'full-resource', filterBy }));
      await untilStatus(server, id, 'active');
      const subject = { reference: `Patient/${who}` };
      await put(server, observation(`o-${who}-1`, { subject }));
      await between?.();
      await put(server, observation(`o-${who}-2`, { subject }));
      await untilNumbered(server, id, 2);
      const replies = [
        await events(server, id, '?content=full-resource', token),
        await server.request('GET', `/Subscription/${id}/$status`, { token }),
      ];
      return replies.map(({ text, status }) => [
        status,
        text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.+]+/g, 'T').replaceAll(who, 'WHO'),
      ]);
    };
    const hidden = async (): Promise<void> => {
      const subject = { reference: 'Patient/zweite' };
      for (const status of ['preliminary', 'amended']) await put(server, observation('h1', { subject, status }));
      await server.request('DELETE', '/Observation/h1');
    };
    const [one, other] = [await seen('erste', undefined), await seen('zweite', hidden)];
    assert.deepEqual(other, one);
    assert.match(JSON.stringify(one), /Observation\/o-WHO-2/);
  });

  it('look at the version before a change for those alone who see it', async () => {
    const coded = (code: string, more: object): object => ({ code: { coding: [{ system: 'urn:c', code }] }, ...more });
    const url = 'http://example.org/topics/before';
    const queryCriteria = { previous: 'code=urn:c|before', resultForCreate: 'test-fails' };
    const resourceTrigger = [{ resource: 'Observation', supportedInteraction: ['update'], queryCriteria }];
    await put(server, topic('before', { url, resourceTrigger }));
    const [blind, seeing] = [await as(narrowed('before')), await as({ client_id: 'sees', sub: 'sees' })];
    await putAs(blind, subscription('before-blind', { topic: url }));
    await putAs(seeing, subscription('before-seeing', { topic: url }));
    await untilStatus(server, 'before-blind', 'active');
    await untilStatus(server, 'before-seeing', 'active');
    for (const [id, status] of [
      ['hidden-before', 'preliminary'],
      ['seen-before', 'final'],
    ] as const)
      await put(server, observation(id, coded('before', { status })), observation(id, coded('behind', {})));
    await untilNumbered(server, 'before-seeing', 2);
    await untilNumbered(server, 'before-blind', 1);
    assert.deepEqual(told(await events(server, 'before-blind', '', blind)), ['1 Observation/seen-before']);
  });

  it('give events to nobody but who requested them, and their number too', async () => {
    const token = await as(narrowed('erste'));
    const other = await as({ client_id: 'other', sub: 'other' });
    const refused = await server.request('GET', '/Subscription/narrowed-erste/$events', { token: other });
    assert.deepEqual([refused.status, refused.code], [403, 'subscription-of-others'], refused.text);
    const status = await bed.statusOf(server, 'narrowed-erste', other);
    assert.deepEqual([status['status'], status['eventsSinceSubscriptionStart']], ['active', undefined]);
    assert.equal((await bed.statusOf(server, 'narrowed-erste', token))['eventsSinceSubscriptionStart'], '2');
    const taken = await server.write('PUT', '/Subscription/narrowed-erste', subscription('narrowed-erste'));
    assert.match(taken.diagnostics, /make a Subscription of your own/);
  });

  it('are asked again when events are told: what is not seen any more has its number alone', async () => {
    const token = await as(narrowed('erste'));
    await put(server, observation('o-erste-1', { status: 'entered-in-error' }));
    assert.deepEqual(told(await events(server, 'narrowed-erste', '', token)), ['1', '2 Observation/o-erste-2']);
  });

  it('end with the client, and those of a person with the token, unless a newer one is shown', async () => {
    const [kept, gone] = await Promise.all(['kept', 'gone'].map((id) => as({ client_id: id, sub: id })));
    await putAs(kept!, subscription('kept'));
    await putAs(gone!, subscription('gone'));
    await untilStatus(server, 'gone', 'active');
    const person = (seconds: number): Promise<string> =>
      as({
        ...{ client_id: 'app', sub: 'person-1', scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/d` },
        exp: Math.floor(Date.now() / 1000) + seconds,
      });
    const short = await person(12);
    await putAs(short, subscription('short'));
    await putAs(short, subscription('renewed'));
    await untilStatus(server, 'renewed', 'active');
    await bed.statusOf(server, 'renewed', await person(3_000));
    server.sso.revoke('client:gone');
    const revoked = await untilStatus(server, 'gone', 'off');
    assert.equal(revoked['error'], undefined, 'it is told to its owner alone');
    await untilStatus(server, 'short', 'off');
    await put(server, observation('last'));
    await untilNumbered(server, 'kept', 1);
    await untilNumbered(server, 'renewed', 1);
    for (const id of ['gone', 'short']) assert.equal((await server.store.subscriptions.standing([id]))[0]?.numbered, 0);
  });
});

describe('$status', () => {
  it('is of all Subscriptions that the caller may see, of some ids, or of some statuses', async () => {
    const ids = async (query: string): Promise<string[]> => {
      const reply = await server.request('GET', `/Subscription/$status${query}`);
      assert.equal(reply.status, 200, reply.text);
      const { entry = [], type } = reply.json as {
        type: string;
        entry?: { resource: { subscription: { reference: string } } }[];
      };
      assert.equal(type, 'searchset');
      return entry.map(({ resource }) => resource.subscription.reference.replace(/^.*\//, '')).sort();
    };
    assert.deepEqual(await ids('?id=a&id=ending&id=nobody'), ['a', 'ending']);
    assert.deepEqual(await ids('?id=a&id=ending&status=off'), ['ending']);
    const both = await ids('?status=off&status=error');
    assert.ok(both.includes('ending') && both.includes('orphan') && !both.includes('a'), both.join());
    assert.ok((await ids('')).includes('a'));
    assert.equal((await server.request('GET', '/Subscription/$status?status=none')).code, 'parameter-invalid');
    assert.equal((await server.request('GET', '/Subscription/nobody/$status')).status, 404);
  });
});

describe('an element that an access policy hides', () => {
  it('ends a subscription that looks at it, and no other of its owner', async () => {
    const token = await server.sso.token({ client_id: 'partly-told', sub: 'partly-told' });
    const requested = async (id: string, filterBy: object[], more: object = {}): Promise<void> => {
      const body = JSON.stringify(subscription(id, { filterBy, ...more }));
      const headers = { 'content-type': 'application/fhir+json' };
      const reply = await server.request('PUT', `/Subscription/${id}`, { token, headers, body });
      assert.ok(reply.status < 300, reply.text);
      await untilStatus(server, id, 'active');
    };
    await requested('by-code', [{ filterParameter: 'code', value: 'http://loinc.org|1' }]);
    await put(
      server,
      topic('of-patients', {
        url: 'http://example.org/topics/of-patients',
        canFilterBy: [{ resource: 'Observation', filterParameter: 'patient' }],
      }),
    );
    const topicOfPatients = { topic: 'http://example.org/topics/of-patients' };
    await requested('by-patient', [{ filterParameter: 'patient', value: 'Patient/p' }], topicOfPatients);
    const secret = { code: { coding: [{ system: 'http://loinc.org', code: '1' }] } };
    await put(server, observation('told-1', secret));
    await untilNumbered(server, 'by-code', 1);
    const who = { client: ['partly-told'] };
    const rule = { name: 'no-codes', effect: 'limit', who, types: ['Observation'], interactions: [], hide: ['code'] };
    await activatePolicies(server, { others: 'as-scoped', rules: [rule] } as unknown as PolicySet);
    try {
      await put(server, observation('told-2', secret));
      await untilStatus(server, 'by-code', 'error');
      const failed = await bed.statusOf(server, 'by-code', token);
      assert.match(JSON.stringify(failed['error']), /access policy hides a part of it from you/);
      await untilNumbered(server, 'by-patient', 2);
      assert.equal((await server.store.subscriptions.standing(['by-code']))[0]?.numbered, 1);
    } finally {
      await activateVersion(server, undefined);
    }
  });
});

describe('$status of all', () => {
  it('tells of each, however many there are', async () => {
    const entry = Array.from({ length: 1_100 }, (_, n) => ({
      resource: subscription(`off-${n}`, { status: 'off' }),
      request: { method: 'PUT', url: `Subscription/off-${n}` },
    }));
    const stored = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(stored.status, 200, stored.text.slice(0, 500));
    const idsIn = ({ json }: Reply): Set<string> =>
      new Set((json['entry'] as { fullUrl: string }[]).map(({ fullUrl }) => fullUrl.split('/').at(-2)!));
    const all = await server.request('GET', '/Subscription/$status?status=off');
    assert.equal(all.status, 200, all.text.slice(0, 500));
    const told = idsIn(all);
    assert.deepEqual(
      entry.filter(({ resource }) => !told.has(String(resource['id']))),
      [],
    );
    const parameter = entry.map(({ resource }) => ({ name: 'id', valueId: resource['id'] }));
    const named = await server.write('POST', '/Subscription/$status', { resourceType: 'Parameters', parameter });
    assert.equal(idsIn(named).size, 1_100);
  });
});
