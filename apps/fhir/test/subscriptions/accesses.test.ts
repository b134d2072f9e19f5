/** "Somebody has opened the record" as a topic: told to whoever may ask who has, of others' doing alone, and reported by the server alone. docs/decisions/0150-access-to-my-record.md */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { baseUrl, patient } from '../environment.ts';
import { startAudited, type Audited } from '../audit/audited.ts';
import * as bed from './bed.ts';

type Json = Readonly<Record<string, unknown>>;

const { events, put, subscription, told } = bed;
const draft = new URL('../../../../deploy/topics/SubscriptionTopic-access-to-my-record.json', import.meta.url);
const topic: Json = { ...(JSON.parse(readFileSync(draft, 'utf8')) as Json), status: 'active' };
const url = String(topic['url']);

let server: Audited;
/** A system that tells patients, and may read the trail. */
let gateway: string;
before(async () => {
  server = await startAudited({
    ...{ requireIfMatch: false, validation: { level: 'off' }, healthWorkers: 'as-scoped' },
    ...bed.subscriptionOptions(undefined, { accesses: { every: 50, settled: 0 } }),
  });
  gateway = await server.sso.token({ client_id: 'gateway', sub: 'gateway', scope: 'system/*.cruds dhp.audit' });
  await put(server, topic, patient({ id: 'p' }), patient({ id: 'q' }));
});
after(() => server.close());

const watching = (id: string, ...ids: string[]): Json =>
  subscription(id, {
    topic: url,
    ...(ids.length > 0 && { filterBy: [{ filterParameter: '_id', value: ids.join() }] }),
  });

async function request(id: string, resource: Json, token: string): Promise<void> {
  const headers = { 'content-type': 'application/fhir+json' };
  const body = JSON.stringify(resource);
  const reply = await server.request('PUT', `/Subscription/${id}`, { token, headers, body });
  assert.ok(reply.status < 300, reply.text);
  await until(`${id} is active`, async () => (await server.store.subscriptions.standing([id]))[0]?.status === 'active');
}

async function read(id: string, claims: Json): Promise<void> {
  const reply = await server.request('GET', `/Patient/${id}`, { token: await server.sso.token(claims) });
  assert.equal(reply.status, 200, reply.text);
}

const doctor = (sub: string): Json => ({
  ...{ scope: 'user/*.rs', sub, client_id: 'mis', policies: ['user/*.rs'] },
  fhirUser: `${baseUrl}/Practitioner/${sub}`,
});
const own = (id: string): Json => ({
  ...{ scope: 'patient/*.rs', patient: id, fhirUser: `${baseUrl}/Patient/${id}`, client_id: 'app', sub: `of-${id}` },
});

async function numbered(id: string): Promise<number> {
  return (await server.store.subscriptions.standing([id]))[0]!.numbered;
}

/** Several looks later: whatever was done until now was looked at. */
async function looked(): Promise<void> {
  await delay(900);
}

describe('the topic of accesses', () => {
  it('tells who may read the trail that somebody else has opened a record that is named, and nothing more', async () => {
    await request('watched', watching('watched', 'p'), gateway);
    await looked();
    assert.equal(await numbered('watched'), 0, 'what was before it is not told');
    await read('q', doctor('d-1'));
    await read('p', own('p'));
    await looked();
    assert.equal(await numbered('watched'), 0, 'another record, and the patient');
    await read('p', doctor('d-1'));
    await until('it has an event', async () => (await numbered('watched')) === 1);
    const answer = await events(server, 'watched', '', gateway);
    assert.deepEqual(told(answer), ['1 Patient/p']);
    assert.ok(!answer.text.includes('d-1'), 'who it was tells $access-history');
    const history = await server.request('GET', '/Patient/p/$access-history', { token: gateway });
    assert.ok(history.text.includes('d-1'), history.text);
    await looked();
    assert.equal(await numbered('watched'), 1, 'what the watcher reads of it is not told to it');
    await read('p', doctor('d-2'));
    await until('it has the next event', async () => (await numbered('watched')) === 2);
  });

  it('tells nobody who may not read the trail, and nobody without a record that is named', async () => {
    const stranger = await server.sso.token({ client_id: 'other', sub: 'other', scope: 'system/*.cruds' });
    await request('strange', watching('strange', 'q'), stranger);
    await request('all', watching('all'), gateway);
    await read('q', doctor('d-3'));
    await looked();
    assert.deepEqual([await numbered('strange'), await numbered('all')], [0, 0]);
    // A report that is made for one is none of another's, also where both may read the trail.
    const second = await server.sso.token({ client_id: 'second', sub: 'second', scope: 'system/*.cruds dhp.audit' });
    await request('seconds', watching('seconds', 'p'), second);
    await until('it has an event', async () => {
      await read('p', doctor('d-4'));
      return (await numbered('seconds')) > 0;
    });
    await looked();
    assert.equal(await numbered('strange'), 0);
    const tried = async (token: string): Promise<unknown> => {
      const reply = await server.request('GET', `/SubscriptionTopic/${String(topic['id'])}/$try`, { token });
      const parameter = (reply.json['parameter'] ?? []) as { name: string; valueInteger?: number }[];
      return parameter.find(({ name }) => name === 'fired')?.valueInteger;
    };
    assert.equal(await tried(stranger), 0, '$try tells as little');
    assert.ok(Number(await tried(gateway)) >= 2);
  });

  it('tells no person who may read the trail by a role, for which a second factor is needed each time', async () => {
    const officer = await server.sso.token({
      ...{ scope: 'user/*.cruds', sub: 'officer', client_id: 'desk', fhirUser: `${baseUrl}/Practitioner/officer` },
      ...{ policies: ['user/*.cruds', 'dhp.audit'], roles: ['data-protection Organization/7'] },
      ...{ acr: 'urn:dhp:acr:two-factors', auth_time: Math.floor(Date.now() / 1000) - 60 },
    });
    await request('officers', watching('officers', 'q'), officer);
    await read('q', doctor('d-5'));
    await looked();
    assert.equal(await numbered('officers'), 0);
  });

  it('is reported by no client', async () => {
    const token = await server.sso.token({ client_id: 'h', sub: 'h', scope: 'system/*.rs dhp.report-events' });
    const parameter = [
      { name: 'event', valueCoding: { system: 'urn:dhp:event', code: 'record-opened' } },
      { name: 'focus', valueReference: { reference: 'Patient/p' } },
      { name: 'key', valueString: 'k' },
    ];
    const reply = await server.request('POST', '/SubscriptionTopic/$report-event', {
      ...{ token, headers: { 'content-type': 'application/fhir+json' } },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    });
    assert.equal(reply.status, 400, reply.text);
    assert.match(reply.text, /reported by this server alone/);
  });
});
