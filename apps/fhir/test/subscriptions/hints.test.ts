/** Deliveries follow on hints, on the end of the one before, and on the time of the next try: here nobody looks by itself within the time of a test. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import { patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, type Receiver } from './receiver.ts';

const hour = 3_600_000;
let receiver: Receiver;
let server: TestServer;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    ...{ requireIfMatch: false, validation: { level: 'off' } },
    ...bed.subscriptionOptions(receiver, { pace: { ...bed.pace, listening: hour } }),
  });
  await bed.put(server, bed.topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await server.close();
  await receiver.close();
});

test('a lane is taken when it begins, when it has events, when it has more of them, and when it may be tried again', async () => {
  const listener = server.store.subscriptions.listenForLanes(() => undefined);
  await until('hints come', () => listener.isListening);
  listener.close();
  await bed.put(server, bed.hooked('one', receiver.url('/one'), { maxCount: 1 }));
  await bed.untilStatus(server, 'one', 'active');
  let failures = 2;
  receiver.answers.set('/one', (response) => {
    const isFailing = failures > 0;
    failures -= 1;
    response.writeHead(isFailing ? 503 : 200).end();
  });
  await bed.put(server, ...[1, 2, 3, 4].map((n) => bed.observation(`o-${n}`)));
  await until('all are told', () => numbersAt(receiver, '/one').includes(4));
  assert.deepEqual(numbersAt(receiver, '/one'), [1, 1, 1, 2, 3, 4]);
});

test('what is known of topics and subscriptions is not read again while nothing changes', async () => {
  await bed.put(server, bed.subscription('kept'));
  await bed.untilStatus(server, 'kept', 'active');
  await bed.put(server, bed.observation('before'));
  await bed.untilNumbered(server, 'kept', 1);
  const read: string[] = [];
  const note = (message: unknown): void => void read.push((message as { readonly text: string }).text);
  subscribe('dhp:postgres.statement', note);
  // Search parameters are read again each second.
  await delay(2_500);
  await bed.put(server, bed.observation('behind'));
  await bed.untilNumbered(server, 'kept', 2);
  unsubscribe('dhp:postgres.statement', note);
  assert.ok(read.length > 0);
  assert.deepEqual(
    read.filter((text) => text.includes('from fhir.topic')),
    [],
  );
});
