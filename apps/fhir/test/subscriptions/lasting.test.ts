/** For how long subscriptions of a person continue where the SSO is not asked what stands: no use of their rights makes them longer. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { baseUrl, patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, type Receiver } from './receiver.ts';
import { boundSocket, openSocket, socketChannel, tokenFor, type SocketClient } from './socket-client.ts';

const { observation, put, topic, untilNumbered, untilStatus } = bed;

/** Seconds that the clock of the server is ahead. */
let ahead = 0;
let receiver: Receiver;
let server: TestServer;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    ...{ requireIfMatch: false, validation: { level: 'off' }, healthWorkers: 'as-scoped' },
    ...bed.subscriptionOptions(receiver, { sockets: { look: 200, listening: 200 } }),
    clock: () => new Date(Date.now() + 1_000 * ahead),
  });
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await server.close();
  await receiver.close();
});

/** A token of a person that ends in this many seconds from now. */
async function person(seconds: number, sub = 'person-1'): Promise<{ readonly token: string; readonly ends: number }> {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const claims = { client_id: 'app', sub, scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/d`, exp };
  return { token: await server.sso.token(claims), ends: 1_000 * exp };
}

async function putAs(token: string, resource: Record<string, unknown>): Promise<void> {
  const headers = { 'content-type': 'application/fhir+json' };
  const reply = await server.request('PUT', `/Subscription/${String(resource['id'])}`, {
    ...{ token, headers, body: JSON.stringify(resource) },
  });
  assert.ok(reply.status < 300, reply.text);
}

/** When the rights end that are kept for a Subscription. */
async function keptEnd(id: string): Promise<unknown> {
  const [standing] = await server.store.subscriptions.standing([id]);
  const [kept] = await server.store.subscriptions.requests([standing!.request!]);
  return (kept!.rights as { expiresAt: unknown }).expiresAt;
}

const about = (who: string, n: number): Record<string, unknown> =>
  observation(`${who}-${n}`, { subject: { reference: `Patient/${who}` } });
const of = (who: string): object => ({ filterBy: [{ filterParameter: 'patient', value: `Patient/${who}` }] });

/** Events that came at least once, as notifications do. */
const atHook = (): number[] => [...new Set(numbersAt(receiver, '/hook'))];
const atSocket = (client: SocketClient): number[] => [...new Set(client.numbers())];

it('events that are sent in the last minute of a token leave its end where it is', async () => {
  const [{ token, ends }, second] = [await person(600), await person(600, 'person-2')];
  await putAs(token, bed.hooked('hook', receiver.url('/hook'), of('p')));
  await putAs(second.token, bed.subscription('socket', { channelType: socketChannel, ...of('p') }));
  for (const id of ['hook', 'socket']) await untilStatus(server, id, 'active');
  ahead = 590;
  const client = await boundSocket(server, ['socket'], { token: second.token });
  await put(server, about('p', 1));
  await until('both are told', () => atHook().length === 1 && atSocket(client).length === 1);
  assert.deepEqual([await keptEnd('hook'), await keptEnd('socket')], [ends, second.ends]);
  ahead = 610;
  await put(server, about('p', 2));
  const { code } = await client.closed;
  assert.ok([1000, 1008].includes(code), String(code));
  for (const id of ['hook', 'socket']) await untilStatus(server, id, 'off');
  assert.deepEqual([atHook(), atSocket(client)], [[1], [1]]);
  ahead = 0;
});

it('a question by a token that ends sooner leaves those of a later end, and one that ends later brings them', async () => {
  const [early, middle, late] = [await person(600), await person(1_200), await person(1_800)];
  await putAs(middle.token, bed.subscription('asked', of('q')));
  await untilStatus(server, 'asked', 'active');
  await put(server, about('q', 1));
  await untilNumbered(server, 'asked', 1);
  await bed.events(server, 'asked', '', early.token);
  await bed.statusOf(server, 'asked', early.token);
  assert.equal(await keptEnd('asked'), middle.ends);
  // A scope less: rights of another kind bring nothing, however long they last.
  const claims = { client_id: 'app', sub: 'person-1', fhirUser: `${baseUrl}/Practitioner/d` };
  const narrow = await server.sso.token({ ...claims, scope: 'user/Subscription.rs user/Observation.rs' });
  await bed.events(server, 'asked', '', narrow);
  assert.equal(await keptEnd('asked'), middle.ends);
  await bed.events(server, 'asked', '', late.token);
  assert.equal(await keptEnd('asked'), late.ends);
});

it('a socket ends with the rights that have bound it, though its Subscription goes on, and none is bound by rights that have ended', async () => {
  const [short, long] = [await person(600, 'person-3'), await person(1_200, 'person-3')];
  await putAs(long.token, bed.subscription('longer', { channelType: socketChannel, ...of('r') }));
  await untilStatus(server, 'longer', 'active');
  const client = await boundSocket(server, ['longer'], { token: short.token });
  const other = await boundSocket(server, ['longer'], { token: long.token });
  const unused = await tokenFor(server, ['longer'], short.token);
  ahead = 610;
  assert.deepEqual(await client.closed, { code: 1008, reason: 'the rights have ended' });
  const late = await openSocket(server.port);
  late.say(`bind-with-token ${unused}`);
  assert.deepEqual(await late.closed, { code: 1008, reason: 'the rights have ended' });
  await put(server, about('r', 1));
  await until('the other one is told', () => atSocket(other).length === 1);
  assert.deepEqual([atSocket(client), late.messages], [[], []]);
  other.socket.close();
  await other.closed;
  ahead = 0;
});
