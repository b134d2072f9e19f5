/** Notifications arrive although connections are lost, and bypass a pooler. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listen, type Listener } from '../src/listen.ts';
import { startWire, testDatabase, type TestDatabase, type Wire, until } from '../src/testing.ts';

let database: TestDatabase;
let wire: Wire;
before(async () => {
  database = await testDatabase({ name: 'listen' });
  wire = await startWire(database.url);
});
after(async () => {
  await wire.close();
  await database.drop();
});

function heard(url: string): { listener: Listener; count: () => number; channels: () => Set<string | undefined> } {
  const all: (string | undefined)[] = [];
  const listener = listen(url, {
    channels: ['some jobs', 'some words'],
    applicationName: 'dhp listen',
    heard: (channel) => void all.push(channel),
  });
  return { listener, count: () => all.length, channels: () => new Set(all) };
}

const notify = async (): Promise<void> => {
  await database.sql`select pg_notify('some jobs', '')`;
};

test('it hears what is notified, when that is committed, and nothing of other channels', async () => {
  const { listener, count, channels } = heard(database.url);
  await until('it listens', () => listener.isListening);
  const before = count();
  await database.sql`select pg_notify('other jobs', '')`;
  await database.sql.begin(async (session) => {
    await session`select pg_notify('some jobs', '')`;
    await delay(100);
    assert.equal(count(), before);
  });
  await until('it hears', () => count() === before + 1);
  await database.sql`select pg_notify('some words', 'a payload')`;
  await until('it hears both channels', () => count() === before + 2);
  assert.deepEqual(channels(), new Set([undefined, 'some jobs', 'some words']));
  listener.close();
  await notify();
  await delay(50);
  assert.equal(count(), before + 2);
});

test('over a connection that is lost, it hears once more when there is another one', async () => {
  const { listener, count } = heard(wire.through(database.url));
  await until('it listens', () => listener.isListening);
  const before = count();
  await wire.cut();
  await until('it notices', () => !listener.isListening);
  await notify();
  await delay(500);
  assert.equal(count(), before);
  await wire.restore();
  await until('it listens again, and looks', () => listener.isListening && count() > before);
  const then = count();
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dhp listen'`;
  await until('also behind a session that was ended', () => count() > then);
  listener.close();
});

test('it goes past a pooler', async () => {
  const { listener } = heard(`${database.url}${database.url.includes('?') ? '&' : '?'}pooler=127.0.0.1:1`);
  await until('it listens', () => listener.isListening);
  listener.close();
});

test('a name that would need care is refused', () => {
  for (const channel of ['', 'a"b', 'A', "x'; drop"])
    assert.throws(
      () => listen(database.url, { channels: ['x', channel], applicationName: 'x', heard: () => undefined }),
      TypeError,
    );
});
