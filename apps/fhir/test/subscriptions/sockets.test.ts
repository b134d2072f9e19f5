/** Notifications over websockets: who may open and bind them, what is told, and when they end. https://hl7.org/fhir/R5/subscriptions.html#websockets */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import { lineOf, type Line, type Said } from '../../src/subscriptions/socket.ts';
import { baseUrl, patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { statusIn } from './receiver.ts';
import { boundSocket, openSocket, socketChannel, tokenFor, untilBound, type SocketClient } from './socket-client.ts';

const { observation, put, topic, untilNumbered, untilStatus } = bed;
const key = randomBytes(32);
const limits = {
  perClient: 6,
  sockets: 12,
  unbound: 3,
  subscriptions: 3,
  bindings: 13,
  // On a machine that does other things a token may take seconds.
  bindWithin: 30_000,
  look: 300,
  listening: 300,
};

let server: TestServer;
let url = '';
let child: ChildProcess | undefined;
before(async () => {
  server = await startServer(
    {
      ...{ requireIfMatch: false, validation: { level: 'off' }, corsOrigins: ['https://app.example.uz'] },
      ...bed.subscriptionOptions(undefined, { key, sockets: { ...limits, sendWithin: 1_000 } }),
    },
    (given) => (url = given),
  );
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  child?.kill('SIGKILL');
  await server.close();
});

const filterBy = (who: string): object => ({ filterBy: [{ filterParameter: 'patient', value: `Patient/${who}` }] });
const socketed = (id: string, more: object = {}): Record<string, unknown> =>
  bed.subscription(id, { channelType: socketChannel, ...filterBy(id), ...more });
const about = (who: string, n: number, more: object = {}): Record<string, unknown> =>
  observation(`${who}-${n}`, { subject: { reference: `Patient/${who}` }, ...more });

async function ready(...resources: Record<string, unknown>[]): Promise<void> {
  await put(server, ...resources);
  for (const { id } of resources) await untilStatus(server, String(id), 'active');
}

const end = async ({ socket, closed }: SocketClient): Promise<void> => {
  socket.close();
  await closed;
};

describe('a websocket', () => {
  it('is bound by a token, begins with a handshake, and is told the events of many subscriptions in their order', async () => {
    await ready(socketed('one', { content: 'full-resource', maxCount: 2 }), socketed('two'));
    const asked = await server.request('POST', '/Subscription/one/$get-ws-binding-token');
    const parameter = asked.json['parameter'] as {
      name: string;
      valueUrl?: string;
      valueDateTime?: string;
      valueString?: string;
    }[];
    assert.deepEqual(
      parameter.map(({ name }) => name),
      ['token', 'expiration', 'subscription', 'websocket-url'],
    );
    assert.equal(parameter[3]!.valueUrl, `${baseUrl.replace('http', 'ws')}/$websocket`);
    const rest = Date.parse(parameter[1]!.valueDateTime!) - Date.now();
    assert.ok(rest > 20_000 && rest <= 31_000, String(rest));
    await put(server, about('one', 0));
    await untilNumbered(server, 'one', 1);
    const client = await boundSocket(server, ['one', 'two']);
    const shakes = client.messages.map((text) => statusIn(text));
    assert.deepEqual(
      shakes.map(({ type, eventsSinceSubscriptionStart }) => [type, eventsSinceSubscriptionStart]),
      [
        ['handshake', '1'],
        ['handshake', '0'],
      ],
    );
    await put(server, ...[1, 2, 3, 4, 5].flatMap((n) => [about('one', n), about('two', n)]));
    await until('all are told', () => client.numbers().length === 10);
    assert.deepEqual(
      [client.numbers('one'), client.numbers('two')],
      [
        [2, 3, 4, 5, 6],
        [1, 2, 3, 4, 5],
      ],
    );
    const { entry } = JSON.parse(client.messages.find((text) => text.includes('one-1'))!) as { entry: unknown[] };
    assert.ok(entry.length >= 2 && entry.length <= 3);
    client.say('unbind two');
    await put(server, about('two', 6), about('one', 6));
    await until('what is bound is told', () => client.numbers('one').length === 6);
    await untilNumbered(server, 'two', 6);
    assert.equal(client.numbers('two').length, 5);
    await end(client);
  });

  it('is told by the rights of who asked for the token, and of nothing else', async () => {
    await ready(socketed('narrow'));
    const token = await server.sso.token({ scope: 'system/Observation.rs?status=final system/Subscription.rs' });
    const client = await boundSocket(server, ['narrow'], { token });
    await put(server, about('narrow', 1, { status: 'preliminary' }), about('narrow', 2));
    await until('both are told', () => client.numbers().length === 2);
    const text = client.messages.slice(1).join('');
    assert.ok(!text.includes('narrow-1') && text.includes('narrow-2'), text);
    await end(client);
  });

  it('takes a token once, of who has requested the Subscription, and for half a minute', async () => {
    await ready(socketed('mine'));
    const other = await server.sso.token({ client_id: 'stranger', sub: 'stranger' });
    const refused = await server.request('POST', '/Subscription/mine/$get-ws-binding-token', { token: other });
    assert.deepEqual([refused.status, refused.code], [403, 'subscription-of-others'], refused.text);
    const token = await tokenFor(server, ['mine']);
    const rows = await server.store.subscriptions.takeSocketToken(Buffer.from(token));
    assert.equal(rows, undefined, 'what is stored is its digest');
    const [first, second] = [await openSocket(server.port), await openSocket(server.port)];
    first.say(JSON.stringify({ type: 'bind-with-token', payload: { token } }));
    await first.told('handshake');
    second.say(`bind-with-token: ${token}`);
    assert.match((await second.closed).reason, /unknown, was used, or has ended/);
    const old = await tokenFor(server, ['mine']);
    const sql = connect(server.ownerUrl, { max: 1 });
    await sql`update fhir.socket_token set expires = now() - interval '1 s'`;
    await sql.end();
    const third = await openSocket(server.port);
    third.say(`bind-with-token ${old}`);
    assert.equal((await third.closed).code, 1008);
    await end(first);
  });

  it('needs names of Subscriptions that have this channel and have not ended', async () => {
    await ready(bed.subscription('polled', filterBy('polled')));
    await put(server, { ...socketed('done'), status: 'off' });
    for (const path of ['/Subscription/polled', '/Subscription/done', '/Subscription']) {
      const reply = await server.request('POST', `${path}/$get-ws-binding-token`);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
    }
    assert.equal((await server.request('POST', '/Subscription/nobody/$get-ws-binding-token')).status, 404);
    assert.equal((await server.request('GET', '/Subscription/polled/$get-ws-binding-token')).status, 405);
  });

  it('says that it lives in the period that is asked for', async () => {
    await ready(socketed('beats', { heartbeatPeriod: 10 }));
    const client = await boundSocket(server, ['beats']);
    const beat = await client.told('heartbeat');
    assert.equal(beat['eventsSinceSubscriptionStart'], '0');
    await end(client);
  });
});

describe('a websocket ends', () => {
  it('with the subscription, of which it is told, and with the rights', async () => {
    await ready(socketed('ends'), socketed('stays'));
    const client = await boundSocket(server, ['ends']);
    await put(server, { ...socketed('ends'), status: 'off' });
    assert.equal((await client.told('query-status'))['status'], 'off');
    assert.equal((await client.closed).code, 1000);
    const token = await server.sso.token({ client_id: 'revoked', sub: 'revoked' });
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(socketed('of-revoked'));
    assert.equal((await server.request('PUT', '/Subscription/of-revoked', { token, headers, body })).status, 201);
    await untilStatus(server, 'of-revoked', 'active');
    const revoked = await boundSocket(server, ['of-revoked'], { token });
    server.sso.revoke('client:revoked');
    const { code } = await revoked.closed;
    assert.ok([1000, 1008].includes(code), String(code));
    await put(server, about('of-revoked', 1));
    assert.deepEqual(revoked.numbers(), []);
  });

  it('when it was told higher numbers than there are, as after a failover that lost some', async () => {
    await ready(socketed('lost'));
    const client = await boundSocket(server, ['lost']);
    await put(server, about('lost', 1));
    await until('it is told', () => client.numbers().length === 1);
    const sql = connect(server.ownerUrl, { max: 1 });
    await sql`update fhir.subscription set numbered = 0 where id = 'lost'`;
    await sql.end();
    assert.match((await client.closed).reason, /bind again/);
  });

  it('when its client says what nobody understands, or says too much', async () => {
    const [strange, long] = [await openSocket(server.port), await openSocket(server.port)];
    strange.say('hello');
    long.say(`bind-with-token ${'x'.repeat(5_000)}`);
    assert.deepEqual([(await strange.closed).code, (await long.closed).code], [1008, 1009]);
    const binary = await openSocket(server.port);
    binary.socket.send(Buffer.from('bind-with-token x'));
    assert.equal((await binary.closed).code, 1003);
  });

  it('when it is not read: what waits for it is one message, and others are told meanwhile', async () => {
    await ready(socketed('much', { content: 'full-resource', maxCount: 100 }));
    const upgraded = once(server.fhir.app.server, 'upgrade') as Promise<[IncomingMessage]>;
    const [deaf, good] = [await boundSocket(server, ['much']), await boundSocket(server, ['much'])];
    const [{ socket: ofDeaf }] = await upgraded;
    deaf.socket.pause();
    const text = 'x'.repeat(400_000);
    for (let n = 1; n <= 40; n += 1) await put(server, about('much', n, { note: [{ text }] }));
    await until('the other one has all', () => good.numbers().length === 40);
    // Whoever does not read learns nothing of the end either: it is seen by what the server has. Whoever reads again in time is not cut off.
    await until('it is cut off', () => ofDeaf.destroyed);
    deaf.socket.resume();
    const { code } = await deaf.closed;
    assert.equal(code, 1006);
    assert.ok(deaf.numbers().length < 40, String(deaf.numbers().length));
    await end(good);
  });
});

describe('who opens websockets', () => {
  it('is a program without an origin, or of one that the server knows', async () => {
    const known = await openSocket(server.port, { origin: 'https://app.example.uz' });
    await end(known);
    await assert.rejects(openSocket(server.port, { origin: 'https://evil.example' }), /403/);
  });

  it('has so many: those that are not bound give way, those of one client end, and all of a process do', async () => {
    await ready(socketed('crowd'));
    const waiting: SocketClient[] = [];
    for (let n = 0; n < 5; n += 1) waiting.push(await openSocket(server.port));
    const [first] = waiting;
    assert.equal((await first!.closed).code, 1013);
    const bound: SocketClient[] = [];
    for (let n = 0; n < limits.perClient; n += 1) bound.push(await boundSocket(server, ['crowd']));
    const more = await openSocket(server.port);
    more.say(`bind-with-token ${await tokenFor(server, ['crowd'])}`);
    assert.deepEqual(await more.closed, { code: 1013, reason: 'a client has 6 sockets at most' });
    await put(server, about('crowd', 1));
    for (const client of bound) await until('each is told', () => client.numbers().length === 1);
    const token = await server.sso.token({ client_id: 'second', sub: 'second' });
    const [headers, body] = [{ 'content-type': 'application/fhir+json' }, JSON.stringify(socketed('of-second'))];
    assert.equal((await server.request('PUT', '/Subscription/of-second', { token, headers, body })).status, 201);
    await untilStatus(server, 'of-second', 'active');
    await Promise.all(waiting.map(end));
    while (bound.length < limits.sockets) bound.push(await boundSocket(server, ['of-second'], { token }));
    await assert.rejects(openSocket(server.port), /503/);
    await Promise.all(bound.map(end));
    const four = await Promise.all(['a1', 'a2', 'a3', 'a4'].map((id) => ready(socketed(id)).then(() => id)));
    const crowded = await openSocket(server.port);
    crowded.say(`bind-with-token ${await tokenFor(server, four)}`);
    assert.match((await crowded.closed).reason, /3 subscriptions at most/);
    const full: SocketClient[] = [];
    while (full.length < 4) full.push(await boundSocket(server, four.slice(0, 3)));
    const beyond = await openSocket(server.port);
    beyond.say(`bind-with-token ${await tokenFor(server, four.slice(0, 3))}`);
    assert.deepEqual(await beyond.closed, { code: 1013, reason: 'too much is bound at this node' });
    await Promise.all(full.map(end));
  });

  it('gives way to no other network that opens many', async () => {
    await ready(socketed('fair'));
    const fair = await openSocket(server.port, { localAddress: '127.0.0.2' });
    const many: SocketClient[] = [];
    for (let n = 0; n < 6; n += 1) many.push(await openSocket(server.port));
    assert.equal((await many[0]!.closed).code, 1013);
    fair.say(`bind-with-token ${await tokenFor(server, ['fair'])}`);
    await untilBound(fair, 1);
    for (const { socket } of many) socket.terminate();
    await end(fair);
  });

  it('is told of the address in the CapabilityStatement', async () => {
    const { rest } = (await server.request('GET', '/metadata')).json as {
      rest: { extension: { valueUri: string }[] }[];
    };
    assert.equal(rest[0]!.extension[0]!.valueUri, `${baseUrl.replace('http', 'ws')}/$websocket`);
  });

  it('asks by GET for this protocol alone: other upgrades are answered as requests', async () => {
    const reply = await fetch(`${server.url}/metadata`, { headers: { 'x-none': '1' } });
    assert.equal(reply.status, 200);
    await reply.body?.cancel();
    const { request } = await import('node:http');
    const headers = { connection: 'upgrade', upgrade: 'h2c' };
    const asked = request(`${server.url}/healthz`, { headers }).end();
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume: () => void }];
    response.resume();
    assert.equal(response.statusCode, 200);
  });
});

describe('one line', () => {
  const usual = { sendWithin: 5_000, pingEvery: 60_000, bindWithin: 60_000, messages: 3 };

  /** A client, and all that the line of its server has heard. */
  async function lined(
    changes: object,
    options: ClientOptions = {},
    made: (line: Line) => void = () => undefined,
  ): Promise<{ client: WebSocket; heard: Said[] }> {
    const heard: Said[] = [];
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    sockets.once('connection', (socket) => {
      made(
        lineOf(socket, { ...usual, ...changes }, { heard: (said) => heard.push(said), ended: () => sockets.close() }),
      );
    });
    await once(sockets, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, options);
    client.on('error', () => undefined);
    await once(client, 'open');
    return { client, heard };
  }
  const closed = async (client: WebSocket): Promise<unknown> =>
    ((await once(client, 'close', { signal: AbortSignal.timeout(30_000) })) as unknown[])[0];

  it('ends when a ping is not answered until the next one', async () => {
    const { client } = await lined({ pingEvery: 50 }, { autoPong: false });
    assert.equal(await closed(client), 1006);
  });

  it('ends when it is not bound in time, and not when it is', async () => {
    const { client } = await lined({ bindWithin: 50 });
    assert.equal(await closed(client), 1008);
    const bound = await lined({ bindWithin: 50 }, {}, (line) => line.settled());
    await delay(200);
    assert.equal(bound.client.readyState, WebSocket.OPEN);
    bound.client.terminate();
  });

  it('hears so many messages of its client', async () => {
    const { client, heard } = await lined({});
    for (let n = 0; n < 5; n += 1) client.send(`unbind ${n}`);
    assert.equal(await closed(client), 1008);
    assert.deepEqual(
      heard,
      ['0', '1', '2'].map((subscription) => ({ kind: 'unbind', subscription })),
    );
  });
});

describe('a node that is killed with its sockets', () => {
  it('leaves nothing lost: the next socket, at a node that makes no events, goes on behind $events', async () => {
    await ready(socketed('moved'));
    const { issuer, jwksUri, revocationsUri, revocationsKey } = server.sso;
    const given = {
      ...{ url, host: '127.0.0.1:1', key: key.toString('base64'), revocationsKey: revocationsKey.toString('base64') },
      options: { baseUrl, issuer, jwksUri, revocationsUri },
    };
    const file = fileURLToPath(new URL('reader-node.ts', import.meta.url));
    child = spawn(process.execPath, [file, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const first = await boundSocket(server, ['moved'], { port: Number(line.toString()) });
    await put(server, about('moved', 1), about('moved', 2));
    await until('both are told', () => first.numbers().length === 2);
    child.kill('SIGKILL');
    assert.equal((await first.closed).code, 1006);
    await put(server, about('moved', 3), about('moved', 4));
    await untilNumbered(server, 'moved', 4);
    const next = await boundSocket(server, ['moved']);
    const behind = Number(statusIn(next.messages[0]!)['eventsSinceSubscriptionStart']);
    const missed = await bed.events(server, 'moved', `?eventsSinceNumber=3&eventsUntilNumber=${behind}`);
    assert.deepEqual(bed.told(missed), ['3 Observation/moved-3', '4 Observation/moved-4']);
    await put(server, about('moved', 5));
    await until('the next is told', () => next.numbers().length === 1);
    assert.deepEqual([...first.numbers(), ...next.numbers()], [1, 2, 5]);
    await end(next);
  });
});
