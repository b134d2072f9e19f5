/** Resources that go along with events, by the topic and by what the subscriber sees. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.notificationShape */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, patient, startServer, type TestServer } from '../environment.ts';
import { activatePolicies, activateVersion } from '../policies.ts';
import type { StoredVersion } from '@dhp/fhir-store';
import { until } from '@dhp/postgres/testing';
import { notificationParts } from '../../src/subscriptions/notification.ts';
import * as bed from './bed.ts';
import { startReceiver, statusIn, type Receiver } from './receiver.ts';

const { hooked, observation, put, subscription, topic, untilNumbered, untilStatus } = bed;

let receiver: Receiver;
let server: TestServer;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
    ...bed.subscriptionOptions(receiver),
  });
  const notificationShape = [
    {
      resource: 'Observation',
      include: ['Observation:subject&iterate=Patient:organization', 'Observation:encounter'],
      revInclude: ['Provenance:target'],
    },
  ];
  await put(
    server,
    topic('shaped', { notificationShape }),
    { resourceType: 'Organization', id: 'clinic', name: 'Clinic' },
    patient({ id: 'p', managingOrganization: { reference: 'Organization/clinic' } }),
    patient({ id: 'q' }),
    { resourceType: 'Encounter', id: 'e', status: 'completed', subject: { reference: 'Patient/p' } },
  );
});
after(async () => {
  await server.close();
  await receiver.close();
});

interface Entry {
  readonly fullUrl: string;
  readonly resource?: { readonly resourceType: string; readonly id: string };
  readonly request: { readonly method: string; readonly url: string };
}

const entriesOf = (text: string): string[] =>
  (JSON.parse(text) as { entry: Entry[] }).entry
    .slice(1)
    .map(({ request, resource }) => `${request.method} ${resource!.resourceType}/${resource!.id}`);

const local = (reference: string): string => reference.replace(/^.*\/fhir\//, '');

/** Of each event what it is about, and what goes along. */
function toldIn(text: string): string[] {
  return (statusIn(text).notificationEvent ?? []).map((event) => {
    const { focus, additionalContext = [] } = event as {
      focus?: { reference: string };
      additionalContext?: { reference: string }[];
    };
    return [focus, ...additionalContext].map((one) => local(one?.reference ?? '')).join(' ');
  });
}

const target = (id: string): object => ({
  ...{ resourceType: 'Provenance', id: `of-${id}`, target: [{ reference: `Observation/${id}` }] },
  ...{ recorded: '2026-01-01T00:00:00Z', agent: [{ who: { display: 'x' } }] },
});

const asked = async (id: string, query: string, token?: string): Promise<string> =>
  (await bed.events(server, id, query, token)).text;

describe('notificationShape', () => {
  it('names and sends what a version refers to, what refers to it, and what these include, each once', async () => {
    await put(server, hooked('all', receiver.url('/all'), { content: 'full-resource' }));
    await untilStatus(server, 'all', 'active');
    const encounter = { reference: 'Encounter/e' };
    const bundle = {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        observation('o1', { encounter }),
        observation('o2', { subject: { reference: `${baseUrl}/Patient/q` } }),
        target('o1'),
      ].map((resource) => {
        const { resourceType, id } = resource as { resourceType: string; id: string };
        return { resource, request: { method: 'PUT', url: `${resourceType}/${id}` } };
      }),
    };
    const stored = await server.write('POST', '', bundle);
    assert.equal(stored.status, 200, stored.text);
    await until('both are told', () => receiver.at('/all').flatMap(({ body }) => toldIn(body)).length === 2);
    const bodies = receiver.at('/all').map(({ body }) => body);
    assert.deepEqual(bodies.flatMap(toldIn), [
      'Observation/o1 Patient/p Encounter/e Provenance/of-o1 Organization/clinic',
      'Observation/o2 Patient/q',
    ]);
    const entries = bodies.filter((body) => toldIn(body).length > 0).flatMap(entriesOf);
    assert.deepEqual(entries.toSorted(), [
      ...['GET Encounter/e', 'GET Organization/clinic', 'GET Patient/p', 'GET Patient/q', 'GET Provenance/of-o1'],
      ...['POST Observation/o1', 'POST Observation/o2'],
    ]);
    const named = await asked('all', '?content=id-only');
    assert.deepEqual(toldIn(named), bodies.flatMap(toldIn));
    assert.deepEqual(entriesOf(named), []);
    const empty = await asked('all', '?content=empty');
    assert.ok(!/additionalContext|Patient|Organization/.test(empty), empty);
    const xml = await server.request('GET', '/Subscription/all/$events?content=id-only&_format=xml');
    assert.match(xml.text, /<\/focus><additionalContext><reference value="[^"]*Patient\/p"\/>/);
  });

  it('is of the version that is told, whatever the resource refers to by now, and of no deletion', async () => {
    await put(server, subscription('versions', { content: 'full-resource' }));
    await untilStatus(server, 'versions', 'active');
    await put(server, observation('v'), observation('v', { subject: { reference: 'Patient/q' } }));
    assert.equal((await server.request('DELETE', '/Observation/v')).status, 200);
    await put(server, observation('v', { subject: { reference: 'Patient/p' } }));
    await untilNumbered(server, 'versions', 4);
    const text = await asked('versions', '');
    assert.deepEqual(toldIn(text), [
      'Observation/v/_history/1 Patient/p Organization/clinic',
      'Observation/v/_history/2 Patient/q',
      'Observation/v/_history/3',
      'Observation/v/_history/4 Patient/p Organization/clinic',
    ]);
    const { entry } = JSON.parse(text) as { entry: Entry[] };
    const beside = entry.slice(1).flatMap(({ request }) => (request.method === 'GET' ? [request.url] : []));
    assert.deepEqual(beside.toSorted(), ['Organization/clinic', 'Patient/p', 'Patient/q']);
  });

  it('tells of what the subscriber does not see as of what is not there', async () => {
    const asking = async (who: string, hidden: readonly object[]): Promise<unknown> => {
      const scope = 'system/Observation.rs system/Subscription.cruds system/Patient.rs?active=true';
      const token = await server.sso.token({ client_id: `blind-${who}`, sub: `blind-${who}`, scope });
      const id = `blind-${who}`;
      const filterBy = [{ filterParameter: 'patient', value: `Patient/${who}` }];
      const body = JSON.stringify(subscription(id, { content: 'full-resource', filterBy }));
      const headers = { 'content-type': 'application/fhir+json' };
      const sent = await server.request('PUT', `/Subscription/${id}`, { token, body, headers });
      assert.equal(sent.status, 201, sent.text);
      await untilStatus(server, id, 'active');
      const subject = { reference: `Patient/${who}` };
      await put(server, ...(hidden as Record<string, unknown>[]), observation(`${who}-1`, { subject }));
      if (hidden.length > 0) await put(server, target(`${who}-1`) as Record<string, unknown>);
      await untilNumbered(server, id, 1);
      const texts = [await asked(id, '', token), await asked(id, '?content=id-only', token)];
      return texts.map((text) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.+]+/g, 'T').replaceAll(who, 'WHO'));
    };
    const hidden = patient({ id: 'hid', active: false, managingOrganization: { reference: 'Organization/clinic' } });
    const [with_, without] = [await asking('hid', [hidden]), await asking('non', [])];
    assert.deepEqual(with_, without);
    const shown = await asking('see', [patient({ id: 'see', active: true })]);
    assert.match(JSON.stringify(shown), /additionalContext[^\]]*Patient\/WHO/);
    assert.doesNotMatch(JSON.stringify(shown), /Organization|Provenance/);
  });

  it('follows no reference that an access policy hides', async () => {
    const token = await server.sso.token({ client_id: 'partly', sub: 'partly' });
    const headers = { 'content-type': 'application/fhir+json' };
    const write = (id: string): Promise<{ status: number; text: string }> =>
      server.request('PUT', `/Subscription/${id}`, { token, headers, body: JSON.stringify(subscription(id)) });
    const url = 'http://example.org/topics/shaped-alone';
    const notificationShape = [{ resource: 'Observation', include: ['Observation:encounter'] }];
    await put(server, topic('alone', { url, notificationShape, canFilterBy: undefined }));
    assert.equal((await write('partly')).status, 201);
    await untilStatus(server, 'partly', 'active');
    await put(server, observation('partly-1', { encounter: { reference: 'Encounter/e' } }));
    await untilNumbered(server, 'partly', 1);
    assert.match(await asked('partly', '', token), /Encounter\/e/);
    const who = { client: ['partly'] };
    const rule = {
      name: 'no-visits',
      effect: 'limit',
      who,
      types: ['Observation'],
      interactions: [],
      hide: ['encounter'],
    };
    await activatePolicies(server, { others: 'as-scoped', rules: [rule] } as unknown as PolicySet);
    try {
      const text = await asked('partly', '', token);
      assert.deepEqual(
        [/Encounter\/e/.test(text), toldIn(text)[0]?.startsWith('Observation/partly-1 Patient/p')],
        [false, true],
      );
      const refused = await server.request('PUT', '/Subscription/partly-2', {
        ...{ token, headers },
        body: JSON.stringify(subscription('partly-2', { topic: url })),
      });
      assert.equal(refused.status, 422, refused.text);
      assert.match(refused.text, /Subscription\.topic/);
    } finally {
      await activateVersion(server, undefined);
    }
  });

  it('has an entry for what is too large to be sent, too: how it is read', () => {
    const stored = (type: string, id: string, bytes: number): StoredVersion => ({
      ...{ type, id, versionId: 1, lastUpdated: new Date(0), deleted: false },
      content: Buffer.from(JSON.stringify({ resourceType: type, id, text: 'x'.repeat(bytes) })),
    });
    const additional = [stored('Patient', 'small', 1), stored('Binary', 'large', 5 * 1024 * 1024)];
    const event = { number: 1, type: 'Observation', id: 'o', ver: 1, happened: new Date(0) };
    const told = { ...event, version: stored('Observation', 'o', 1), additional };
    const of = { id: 's', status: 'active', topic: 'urn:t', numbered: 1 };
    const place = { baseUrl, timeZone: 'Asia/Tashkent', now: new Date(0) };
    const text = notificationParts(of, 'event-notification', place, [told], 'full-resource').map(String).join('');
    const { entry } = JSON.parse(text) as { entry: Entry[] };
    assert.deepEqual(
      entry.slice(1).map(({ fullUrl, resource, request }) => [local(fullUrl), resource?.id, request.url]),
      [
        ['Observation/o', 'o', 'Observation'],
        ['Patient/small', 'small', 'Patient/small'],
        ['Binary/large', undefined, 'Binary/large'],
      ],
    );
  });

  it('is bounded: of a thousand that go along with an event a hundred are told', async () => {
    await put(server, subscription('bounded', { content: 'full-resource' }));
    await untilStatus(server, 'bounded', 'active');
    await put(server, observation('much'));
    const entry = Array.from({ length: 300 }, (_, n) => ({
      resource: { ...target('much'), id: `much-${n}` },
      request: { method: 'PUT', url: `Provenance/much-${n}` },
    }));
    const stored = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(stored.status, 200, stored.text);
    await untilNumbered(server, 'bounded', 1);
    const [told = ''] = toldIn(await asked('bounded', ''));
    assert.equal(told.split(' ').length, 101);
  });
});
