/** Intended and unintended ends: a stop signal drains, a kill leaves no orphan and loses nothing. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it, test } from 'node:test';
import { connect as openPool, databaseUrl } from '@dhp/postgres';
import { startWire, testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

/** Collects the data that a socket receives and waits for a text in it. */
function receiver(socket: Socket): { until(text: string): Promise<string> } {
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  return {
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (received.includes(text)) resolve(received);
        };
        socket.on('data', look).once('close', () => reject(new Error(`closed without "${text}": ${received}`)));
        look();
      }),
  };
}

describe('a platform that is ended in several ways, one after the other', () => {
  let place: Home;
  let platform: Platform;
  let token: string;
  before(async () => {
    // The drain ends with the last request; the limit is only for requests that hang.
    place = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment: { DHP_DRAIN_SECONDS: '60' } });
    platform = await place.start();
    token = await getToken(platform.urls.sso, platform.demo!);
  });
  after(() => place.close());

  it('SIGTERM: a request in flight is finished, new ones find nobody, the exit code is 0', async (t) => {
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    const body = JSON.stringify({ resourceType: 'Patient', id: 'late', active: true });
    const { hostname, port, pathname } = new URL(platform.urls.playground);

    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    t.after(() => socket.destroy());
    const answer = receiver(socket);
    socket.write(
      `PUT ${pathname}/Patient/late HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/fhir+json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await answer.until('100 Continue');

    const ended = platform.end('SIGTERM');
    while ((await fetch(`${platform.urls.playground}/healthz`).catch(() => undefined)) !== undefined);
    socket.write(body);
    assert.match(await answer.until('HTTP/1.1 2'), /HTTP\/1\.1 201 /);
    const answered = performance.now();
    assert.deepEqual(await ended, { code: 0, signal: null });
    const waited = (performance.now() - answered) / 1000;
    t.diagnostic(`${waited.toFixed(1)} s from the last answer to the end`);
    assert.ok(
      waited < 30,
      `${waited.toFixed(1)} s from the last answer to the end: a client that keeps its connection held it`,
    );
    assert.ok(await gone(postmaster, 30_000), 'the database stops with it');

    platform = await place.start();
    token = await getToken(platform.urls.sso, platform.demo!);
    const ask = fhirAt(platform.urls.playground, token);
    assert.equal(hasStatus(await ask('GET', 'Patient/late'), 200).json()['active'], true);
  });

  it('kill -9 of the server: the database ends by itself and the next start has everything', async (t) => {
    const { urls } = platform;
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    hasStatus(
      await fhirAt(urls.playground, token)('PUT', 'Patient/kept', { resourceType: 'Patient', id: 'kept' }),
      201,
    );
    assert.equal((await platform.end('SIGKILL')).signal, 'SIGKILL');
    assert.ok(await gone(postmaster, 60_000), `PostgreSQL ${postmaster} outlived its server`);

    platform = await place.start();
    assert.deepEqual(platform.urls, urls);
    // The keys survive, too: a token issued before the crash is still valid.
    hasStatus(await fhirAt(platform.urls.playground, token)('GET', 'Patient/kept'), 200);
    t.diagnostic(`ready ${platform.seconds.toFixed(1)} s after the kill`);
  });

  it('kill -9 and a start at once, before the old database has ended', async () => {
    await platform.end('SIGKILL');
    platform = await place.start();
    assert.equal((await fetch(`${platform.urls.playground}/readyz`)).status, 200);
  });
});

test('SIGTERM while the host of the database is silent: the end comes after the drain, and the exit code is 0', async (t) => {
  const server = await testServer();
  const wire = await startWire(server);
  const database = `stop_${randomBytes(8).toString('hex')}`;
  const drain = 2_000;
  const place = await openHome({
    serves: 'sso,fhir',
    environment: {
      DATABASE_URL: wire.through(databaseUrl(server, database)),
      DHP_SECRET_KEY: randomBytes(32).toString('base64'),
      DHP_DRAIN_SECONDS: String(drain / 1000),
    },
  });
  t.after(async () => {
    await place.close();
    await wire.close();
    const admin = openPool(server, { max: 1 });
    for (const part of ['sso', 'playground'])
      await admin.unsafe(`drop database if exists ${database}_${part} with (force)`);
    await admin.end();
  });
  const platform = await place.start();
  const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, await place.createClient()));
  hasStatus(await ask('PUT', 'Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'kept' } }), 201);

  wire.blackhole();
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' });
  const inFlight = [
    ask('GET', 'Basic/kept'),
    ask('GET', 'Basic?identifier=x'),
    ask('POST', 'Basic', { resourceType: 'Basic', code: { text: 'new' } }),
    fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body: form }),
  ];
  const answered = Promise.allSettled(inFlight);
  // The servers have then read the data sent before.
  for (const url of [platform.urls.sso, platform.urls.playground])
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  const began = performance.now();
  const ended = await platform.end('SIGTERM');
  const taken = performance.now() - began;
  t.diagnostic(`${(taken / 1000).toFixed(1)} s from SIGTERM to the end`);
  assert.deepEqual(ended, { code: 0, signal: null }, platform.said());
  // Connections to a silent host would be awaited endlessly: a busy machine does not reach the limit.
  assert.ok(taken < drain + 60_000, `${(taken / 1000).toFixed(1)} s: ${platform.said()}`);
  for (const one of await answered)
    assert.ok(one.status === 'rejected' || one.value.status === 503, 'nothing is acknowledged');
});
