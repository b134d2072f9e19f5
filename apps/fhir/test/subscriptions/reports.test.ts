/** Events that applications report: who may, who is told, once for each key and in the order of commits. docs/subscriptions.md#events-of-applications */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { baseUrl, patient, type Reply } from '../environment.ts';
import { startAudited, type Audited } from '../audit/audited.ts';
import * as bed from './bed.ts';
import { startReceiver, statusIn, type Receiver } from './receiver.ts';

const { events, hooked, observation, put, subscription, told, topic, untilNumbered, untilStatus } = bed;
type Json = Readonly<Record<string, unknown>>;

const v2 = 'http://terminology.hl7.org/CodeSystem/v2-0003';
const url = 'http://example.org/topics/admissions';
const admitted = { system: v2, code: 'A01' };
const eventTrigger = [{ event: { coding: [admitted] }, resource: 'Encounter' }];
const encounter = (id: string, who = 'p', status = 'planned'): Json => ({
  ...{ resourceType: 'Encounter', id, status, subject: { reference: `Patient/${who}` } },
});

let receiver: Receiver;
let server: Audited;
let hospital: string;
before(async () => {
  receiver = await startReceiver();
  server = await startAudited({
    ...{ requireIfMatch: false, validation: { level: 'off' } },
    ...bed.subscriptionOptions(receiver),
  });
  hospital = await reporter('hospital');
  const canFilterBy = [{ resource: 'Encounter', filterParameter: 'patient' }];
  const admissions = topic('admissions', { url, resourceTrigger: undefined, eventTrigger, canFilterBy });
  await put(server, admissions, patient({ id: 'p' }), patient({ id: 'q' }), encounter('e1'), encounter('e2', 'q'));
});
after(async () => {
  await server.close();
  await receiver.close();
});

function reporter(client: string, scope = 'system/*.rs dhp.report-events'): Promise<string> {
  return server.sso.token({ client_id: client, sub: client, scope });
}

function report(key: string, focus: string, more: { token?: string; event?: object } = {}): Promise<Reply> {
  const { token = hospital, event = admitted } = more;
  const parameter = [
    { name: 'event', valueCoding: event },
    { name: 'focus', valueReference: { reference: focus } },
    { name: 'key', valueString: key },
  ];
  const headers = { 'content-type': 'application/fhir+json' };
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return server.request('POST', '/SubscriptionTopic/$report-event', { token, headers, body });
}

async function reported(
  ...asked: Parameters<typeof report>
): Promise<{ readonly event: unknown; readonly isNew: unknown }> {
  const reply = await report(...asked);
  assert.equal(reply.status, 200, reply.text);
  const [event, isNew] = reply.json['parameter'] as { valueId?: string; valueBoolean?: boolean }[];
  return { event: event!.valueId, isNew: isNew!.valueBoolean };
}

describe('an event that an application reports', () => {
  it('is told to those who subscribed to its topic, as a change is, by the filters and in the order of commits', async () => {
    const both = { url: 'http://example.org/topics/both', eventTrigger, resourceTrigger: [{ resource: 'Encounter' }] };
    await put(server, topic('both', { ...both, canFilterBy: undefined }));
    const filterBy = [{ filterParameter: 'patient', value: 'Patient/p' }];
    const sent = hooked('sent', receiver.url('/sent'), { topic: url, content: 'full-resource' });
    await put(
      server,
      sent,
      subscription('filtered', { topic: url, filterBy }),
      subscription('both', { topic: both.url }),
    );
    for (const id of ['sent', 'filtered', 'both']) await untilStatus(server, id, 'active');
    await reported('order-1', 'Encounter/e1');
    await put(server, encounter('e1', 'p', 'in-progress'));
    await reported('order-2', `${baseUrl}/Encounter/e1`);
    await reported('order-3', 'Encounter/e2');
    await put(server, encounter('e1', 'p', 'completed'));
    await untilNumbered(server, 'both', 5);
    await untilNumbered(server, 'filtered', 2);
    const numbered = [
      '1 Encounter/e1/_history/1',
      '2 Encounter/e1/_history/2',
      '3 Encounter/e1/_history/2',
      '4 Encounter/e2',
      '5 Encounter/e1/_history/3',
    ];
    const reply = await events(server, 'both', '?content=full-resource');
    assert.deepEqual(told(reply), numbered);
    const { entry } = reply.json as { entry: { request: Json; resource: { status: string; id: string } }[] };
    assert.deepEqual(
      entry.slice(1).map(({ request, resource }) => [request['method'], resource.id, resource.status]),
      // Of the version that has changed and was reported its change is told.
      [
        ['GET', 'e1', 'planned'],
        ['PUT', 'e1', 'in-progress'],
        ['GET', 'e2', 'planned'],
        ['PUT', 'e1', 'completed'],
      ],
    );
    const bodies = await until('all are sent', () => {
      const all = receiver.at('/sent').map(({ body }) => body);
      return all.flatMap((body) => statusIn(body).notificationEvent ?? []).length === 3 && all;
    });
    assert.match(bodies.join(), /"status":"in-progress"/);
  });

  it('is one for each key of a client, however often and from wherever it is reported', async () => {
    await put(server, subscription('keyed', { topic: url }));
    await untilStatus(server, 'keyed', 'active');
    const all = await Promise.all([1, 2, 3, 4].map(() => reported('once', 'Encounter/e1')));
    assert.deepEqual([new Set(all.map(({ event }) => event)).size, all.filter(({ isNew }) => isNew).length], [1, 1]);
    const other = await reported('once', 'Encounter/e1', { token: await reporter('clinic') });
    assert.deepEqual([other.isNew, other.event === all[0]!.event], [true, false], 'the key of another client');
    const reused = await report('once', 'Encounter/e2');
    assert.deepEqual([reused.status, reused.code], [409, 'event-key-used'], reused.text);
    await reported('twice', 'Encounter/e1');
    await untilNumbered(server, 'keyed', 3);
  });

  it('is reported by systems with the right alone, and of what they may read', async () => {
    const code = async (reply: Promise<Reply>): Promise<unknown[]> => {
      const { status, code: name } = await reply;
      return [status, name];
    };
    const forbidden = [403, 'scope-insufficient'];
    assert.deepEqual(
      await code(report('x', 'Encounter/e1', { token: await reporter('plain', 'system/*.cruds') })),
      forbidden,
    );
    const person = { client_id: 'app', sub: 'person', scope: 'user/*.cruds dhp.report-events' };
    const fhirUser = `${baseUrl}/Practitioner/d`;
    const token = await server.sso.token({ ...person, fhirUser });
    assert.deepEqual(await code(report('x', 'Encounter/e1', { token })), forbidden);
    const blind = await reporter('blind', 'system/Patient.rs dhp.report-events');
    assert.deepEqual(await code(report('x', 'Encounter/e1', { token: blind })), forbidden);
    const narrow = await reporter('narrow', 'system/Encounter.rs?status=completed dhp.report-events');
    assert.deepEqual(
      await code(report('x', 'Encounter/e2', { token: narrow })),
      await code(report('x', 'Encounter/none', { token: narrow })),
    );
    assert.deepEqual(await code(report('x', 'Encounter/none')), [404, 'resource-not-found']);
    for (const [key, focus, event] of [
      ['x', 'Encounter/e1', { system: v2, code: 'A99' }],
      ['x', 'Patient/p', admitted],
      ['x', 'Encounter/e1', { code: 'A01' }],
      ['x', 'Encounter', admitted],
      ['x', 'https://elsewhere.example/Encounter/e1', admitted],
      ['two words', 'Encounter/e1', admitted],
      ['', 'Encounter/e1', admitted],
    ] as const)
      assert.deepEqual(
        await code(report(key, focus, { event })),
        [400, 'parameter-invalid'],
        JSON.stringify([key, focus, event]),
      );
  });

  it('is told to nobody who may not see its focus, and is in the trail', async () => {
    const claims = { client_id: 'half', sub: 'half', scope: 'system/Encounter.rs?patient=q system/Subscription.cruds' };
    const token = await server.sso.token(claims);
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(subscription('half', { topic: url }));
    const asked = await server.request('PUT', '/Subscription/half', { token, headers, body });
    assert.equal(asked.status, 201, asked.text);
    await untilStatus(server, 'half', 'active');
    const hidden = await report('seen-1', 'Encounter/e1');
    await reported('seen-2', 'Encounter/e2');
    await untilNumbered(server, 'half', 1);
    assert.deepEqual(told(await events(server, 'half', '', token)), ['1 Encounter/e2']);
    const [record] = await server.of(hidden.headers.get('x-request-id')!);
    assert.deepEqual([record!.content['interaction'], record!.patient], ['$report-event', server.pseudonym('p')]);
  });

  it('is known to $try, in the numbers and the examples', async () => {
    const tried = async (asking?: string): Promise<Json[]> => {
      const reply = await server.request(
        'GET',
        '/SubscriptionTopic/admissions/$try',
        asking === undefined ? {} : { token: asking },
      );
      assert.equal(reply.status, 200, reply.text);
      return reply.json['parameter'] as Json[];
    };
    const before = Number((await tried()).find(({ name }) => name === 'fired')!['valueInteger']);
    await reported('tried', 'Encounter/e2');
    const all = await tried();
    assert.equal(all.find(({ name }) => name === 'fired')!['valueInteger'], before + 1);
    const example = all.find(({ name }) => name === 'example')!['part'] as Json[];
    assert.deepEqual(
      example.map(({ name }) => name),
      ['focus', 'event-trigger'],
    );
    const scope = 'system/SubscriptionTopic.rs system/Encounter.rs?patient=q';
    const narrow = await tried(await server.sso.token({ client_id: 'narrow', sub: 'narrow', scope }));
    assert.match(JSON.stringify(narrow), /Encounter\/e2/);
    assert.doesNotMatch(JSON.stringify(narrow), /Encounter\/e1/);
  });

  it('is not lost beside writes, and comes in the order in which the transactions ended', async () => {
    await put(server, topic('of-all', { url: 'http://example.org/topics/of-all', eventTrigger }));
    await put(server, subscription('of-all', { topic: 'http://example.org/topics/of-all' }));
    await untilStatus(server, 'of-all', 'active');
    const writer = async (n: number): Promise<void> => {
      for (let m = 0; m < 12; m += 1)
        if ((n + m) % 2 === 0) await put(server, observation(`beside-${n}-${m}`));
        else await reported(`beside-${n}-${m}`, 'Encounter/e1');
    };
    await Promise.all([0, 1, 2, 3].map(writer));
    await untilNumbered(server, 'of-all', 48);
    const all = told(await events(server, 'of-all')).map((one) => one.split(' ')[1]!);
    assert.equal(all.filter((one) => one === 'Encounter/e1').length, 24);
    // Acts of one writer come in the order of the acts.
    for (const n of [0, 1, 2, 3]) {
      const own = all.filter((one) => one.startsWith(`Observation/beside-${n}-`));
      assert.deepEqual(
        own,
        own.toSorted((a, b) => Number(a.split('-')[2]) - Number(b.split('-')[2])),
      );
    }
  });
});
