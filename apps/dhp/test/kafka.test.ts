/**
 * Changes published to topics of Apache Kafka: all, in commit order per resource, without content, despite kills and outages. Tests with a
 * broker run if DHP_TEST_KAFKA contains its folder; tests of the messages without a broker always run.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSilent, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Consumer, stringDeserializers, type MessagesStream } from '@platformatic/kafka';
import { KafkaFault } from '../src/stream/kafka-fault.ts';
import { openKafka, type KafkaSettings } from '../src/stream/kafka.ts';
import { passChangesOn } from '../src/stream/open.ts';
import { publishChanges, type PublisherMeans, type StreamMessage } from '../src/stream/publisher.ts';
import { openBroker, withoutKafka, type Broker } from './kafka-broker.ts';
import { openSource, pace, types, untilWell, type Source } from './stream-source.ts';
import { freePort } from '../../../tests/processes.ts';

const plain = (port: number, topic = 'dhp.playground'): KafkaSettings => ({
  ...{ brokers: [new URL(`kafka://127.0.0.1:${String(port)}`)], mechanism: 'SCRAM-SHA-512', topic },
});

const isFault =
  (kind: KafkaFault['kind'], detail = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof KafkaFault, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, detail);
    return true;
  };

/** A message as a reader has it. */
interface Told {
  readonly partition: number;
  readonly key: string | undefined;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const nameOf = ({ body }: Told): string =>
  ['resourceType', 'id', 'versionId'].map((name) => String(body[name])).join('/');

/** From a message about a version: the database, and its position in commit order. */
function orderOf(id: string): readonly bigint[] {
  return id.split('.').slice(1).map(BigInt);
}

function isHigher(one: readonly bigint[], other: readonly bigint[] | undefined): boolean {
  if (other === undefined) return true;
  const n = one.findIndex((part, at) => part !== other[at]);
  return n !== -1 && one[n]! > other[n]!;
}

/** As docs/operations/install.md instructs readers: in each partition, positions that are not higher than earlier ones are skipped. */
function taken(all: readonly Told[]): Told[] {
  const highest = new Map<number, readonly bigint[]>();
  return all.filter(({ partition, id }) => {
    const order = orderOf(id);
    const isNew = isHigher(order, highest.get(partition));
    if (isNew) highest.set(partition, order);
    return isNew;
  });
}

describe('topics of Kafka', { skip: withoutKafka }, () => {
  let folder: string;
  let broker: Broker;
  let source: Source;
  const readers: { readonly consumer: ReaderClient; readonly stream: ReaderStream }[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dhp-kafka-'));
    broker = await openBroker(folder);
    await broker.start();
    source = await openSource();
  });
  after(async () => {
    await endReaders();
    await source.close();
    await broker.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function endReaders(): Promise<void> {
    for (const { consumer, stream } of readers.splice(0)) {
      await stream.close().catch(() => undefined);
      await consumer.close(true).catch(() => undefined);
    }
  }
  const means = (topic: string, more: Partial<PublisherMeans> = {}): PublisherMeans => ({
    ...{ store: source.store, name: `kafka.${topic}`, types, from: 'now', told: () => undefined, pace },
    open: () => openKafka(plain(broker.port, topic)),
    ...more,
  });
  const isPlaced = (topic: string): Promise<boolean> => source.isPlaced(`kafka.${topic}`);
  const figures = (topic: string): ReturnType<Source['store']['streams']['figures']> =>
    source.store.streams.figures(`kafka.${topic}`);

  /** Reads a topic from its beginning on. */
  async function read(topic: string): Promise<readonly Told[]> {
    const consumer = newReader(broker.port);
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, maxWaitTime: 100 });
    readers.push({ consumer, stream });
    const told: Told[] = [];
    stream.on('error', () => undefined);
    stream.on('data', ({ partition, key, value, headers }) => {
      const body = JSON.parse(value) as Told['body'];
      told.push({ partition, key: key === '' ? undefined : key, id: headers.get('id') ?? '', body });
    });
    return told;
  }

  it('get each change from now on, by the key of its resource, with its names and without its content', async () => {
    await broker.topic('plain', 3);
    await source.write('Basic', 'before');
    await untilWell('the order has what was before', async () => (await source.all()).length === 1);
    const close = publishChanges(means('plain'));
    try {
      await untilWell('it has begun', () => isPlaced('plain'));
      for (let n = 0; n < 8; n += 1) await source.write('Basic', `a${String(n)}`);
      await source.write('Patient', 'p');
      await source.write('Basic', 'a0');
      const told = await read('plain');
      await untilWell('all are told', () => told.length === 10);
      const last = told.findLast(({ key }) => key === 'Basic/a0')!;
      const { lastUpdated, ...body } = last.body;
      assert.deepEqual(body, { resourceType: 'Basic', id: 'a0', versionId: '2', method: 'PUT' });
      assert.ok(!Number.isNaN(Date.parse(String(lastUpdated))));
      assert.match(last.id, /^[^.]+\.\d+\.\d+\.\d+$/);
      assert.deepEqual(
        told.filter(({ key }) => key === 'Basic/a0').map(({ body: { versionId } }) => versionId),
        ['1', '2'],
      );
      const state = await untilWell('nothing waits', async () => {
        const found = await figures('plain');
        return found?.published === 10 && found.oldest === 0 && found;
      });
      assert.deepEqual(state, { isHeld: true, published: 10, oldest: 0, failing: 0 });
      await sameAsJava(told);
    } finally {
      await close();
    }
    assert.equal((await figures('plain'))?.isHeld, false);
  });

  /** Kafka's Java client reads the written messages, and assigns the same keys to the same partitions. */
  async function sameAsJava(told: readonly Told[]): Promise<void> {
    await broker.topic('java', 3);
    const program = fileURLToPath(new URL('kafka/Reader.java', import.meta.url));
    const printed = await broker.java(program, [`127.0.0.1:${broker.port}`, 'plain', `${told.length}`, 'java']);
    const lines = (what: string): string[] =>
      printed.split('\n').flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
    assert.deepEqual(lines('read').sort(), told.map(({ key, partition, id }) => `${key} ${partition} ${id}`).sort());
    assert.deepEqual(lines('wrote').sort(), told.map(({ key, partition }) => `${key} ${partition}`).sort());
    assert.ok(new Set(told.map(({ partition }) => partition)).size > 1, 'keys of more than one partition');
  }

  for (const partitions of [1, 3])
    it(`lose nothing when those that pass changes on are killed, with ${String(partitions)} partitions`, async () => {
      const topic = `killed${String(partitions)}`;
      await broker.topic(topic, partitions);
      const node = fileURLToPath(new URL('stream-node.ts', import.meta.url));
      const start = async (): Promise<ChildProcess> => {
        const args = [node, source.url, `kafka.${topic}`, 'kafka', String(broker.port), topic];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(child.stdout, 'data');
        return child;
      };
      let child = await start();
      const state = { isWriting: true };
      const writers = [0, 1, 2].map(async (n) => {
        for (let m = 0; m < 40; m += 1)
          await source.write(m % 2 === 0 ? 'Basic' : 'Patient', `${topic}-${String(n)}-${String(m % 7)}`);
      });
      const writing = Promise.all(writers).finally(() => (state.isWriting = false));
      for (let kills = 0; state.isWriting || kills < 3; kills += 1) {
        // Around the lease of the previous one, so that some publish many changes and some are killed at once.
        await delay(600 + 250 * kills);
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
        child = await start();
      }
      await writing;
      const expected = await source.all();
      const told = await read(topic);
      try {
        await untilWell('all are told', () => taken(told).length >= expected.length);
      } finally {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      const first = taken(told);
      assert.deepEqual(first.map(nameOf).sort(), [...expected].sort(), 'each once');
      for (let partition = 0; partition < partitions; partition += 1) {
        const here = first.filter((one) => one.partition === partition).map(nameOf);
        const names = new Set(here);
        assert.ok(here.length > 0);
        assert.deepEqual(
          here,
          expected.filter((name) => names.has(name)),
          'in the order of commits',
        );
      }
      const places = new Map(told.map(({ key, partition }) => [key, partition]));
      assert.ok(
        told.every(({ key, partition }) => places.get(key) === partition),
        'a resource has one partition',
      );
    });

  it('wait while the broker is away, which is said, and go on where they were', async () => {
    await broker.topic('away', 1);
    const failures: unknown[] = [];
    const close = publishChanges(means('away', { told: (_, error) => void failures.push(error) }));
    try {
      await untilWell('it has begun', () => isPlaced('away'));
      await source.write('Basic', 'away-1');
      await untilWell('one is told', async () => (await figures('away'))?.published === 1);
      await endReaders();
      await broker.kill();
      await source.write('Basic', 'away-2');
      await untilWell('it fails', async () => {
        const found = await figures('away');
        return found !== undefined && found.failing > 0 && found.oldest > 0;
      });
      isFault('unreached')(failures[0]);
      await broker.start();
      const told = await read('away');
      await untilWell('both are told', () => taken(told).length === 2);
      assert.deepEqual(taken(told).map(nameOf), ['Basic/away-1/1', 'Basic/away-2/1']);
      await untilWell('all is well', async () => {
        const found = await figures('away');
        return found?.failing === 0 && found.oldest === 0;
      });
    } finally {
      await close();
    }
  });

  it('are made by nobody by accident: one that is missing, or is deleted, is said to be, and waited for', async () => {
    const failures: unknown[] = [];
    const close = publishChanges(
      means('missing', { told: (_, error) => void failures.push(error), from: 'beginning' }),
    );
    try {
      await untilWell('it fails', () => failures.length > 1);
      isFault('topic')(failures[0]);
      await broker.topic('missing', 1);
      await untilWell('it is taken', async () => (await figures('missing'))?.oldest === 0 && isPlaced('missing'));
      await broker.remove('missing');
      failures.length = 0;
      await source.write('Basic', 'missing-1');
      await untilWell('it fails again', () => failures.length > 0);
      isFault('topic')(failures[0]);
      await broker.topic('missing', 1);
      const told = await read('missing');
      await untilWell('what waited is told', () => told.some((one) => nameOf(one) === 'Basic/missing-1/1'));
    } finally {
      await close();
    }
  });

  it('are one process’s at a time', async () => {
    await broker.topic('one', 1);
    const [first, second] = [publishChanges(means('one')), publishChanges(means('one'))];
    try {
      await untilWell('it has begun', () => isPlaced('one'));
      await source.write('Basic', 'one-1');
      await untilWell('one is told', async () => (await figures('one'))?.published === 1);
      await first();
      await source.write('Basic', 'one-2');
      const told = await read('one');
      await untilWell('both are told', () => told.length === 2);
      assert.deepEqual(told.map(nameOf), ['Basic/one-1/1', 'Basic/one-2/1']);
    } finally {
      await Promise.all([first(), second()]);
    }
  });

  it('are told in each partition that the history is another one, as after a restore', async () => {
    await broker.topic('restored', 3);
    const close = publishChanges(means('restored'));
    await untilWell('it has begun', () => isPlaced('restored'));
    await close();
    await source.forget('kafka.restored');
    const reasons: string[] = [];
    const again = publishChanges(means('restored', { told: (what) => void reasons.push(what) }));
    try {
      const told = await read('restored');
      await untilWell('all partitions are told', () => told.length === 3);
      assert.deepEqual(
        told.map(({ partition, key, body }) => [partition, key, body]).sort(([a], [b]) => Number(a) - Number(b)),
        [0, 1, 2].map((partition) => [partition, undefined, { reset: true }]),
      );
      assert.deepEqual(reasons, ['reset']);
      await source.write('Basic', 'restored-1');
      await untilWell('it goes on', () => told.length === 4);
      assert.equal(nameOf(told[3]!), 'Basic/restored-1/1');
    } finally {
      await again();
    }
  });

  it('that take less at once get less at once, and none is passed over that is too large', async () => {
    await broker.topic('small', 1, { 'max.message.bytes': '700' });
    const stream = await openKafka(plain(broker.port, 'small'));
    try {
      const messages = Array.from({ length: 40 }, (_, n) => messageOf(n));
      await stream.publish(messages);
      const large = { ...messageOf(40), body: JSON.stringify({ text: 'x'.repeat(1000) }) };
      await assert.rejects(stream.publish([large]), isFault('large', /MESSAGE_TOO_LARGE/));
      await stream.publish([messageOf(41)]);
      const told = await read('small');
      await untilWell('all are told', () => told.length >= 41);
      assert.deepEqual(
        taken(told).map(({ body }) => body['n']),
        [...Array.from({ length: 40 }, (_, n) => n), 41],
      );
    } finally {
      await stream.close();
    }
  });

  it('are reached over TLS with a login that may write there and nothing else', async () => {
    await broker.topic('safe', 1);
    const safe = (login: string, more: Partial<KafkaSettings> = {}): KafkaSettings => ({
      ...{ brokers: [new URL(`tls://${login}localhost:${String(broker.securePort)}`)], topic: 'safe' },
      ...{ mechanism: 'SCRAM-SHA-512', authorities: broker.authority, ...more },
    });
    await assert.rejects(openKafka(safe('dhp:p%40ss@')), isFault('rights'));
    await broker.allow('dhp', 'safe', ['DESCRIBE']);
    const reading = await openKafka(safe('dhp:p%40ss@'));
    await assert.rejects(reading.publish([messageOf(1)]), isFault('rights'));
    await reading.close();
    await broker.allow('dhp', 'safe', ['WRITE']);
    for (const mechanism of ['SCRAM-SHA-512', 'PLAIN'] as const) {
      const stream = await openKafka(safe('dhp:p%40ss@', { mechanism }));
      await stream.publish([messageOf(1)]);
      await stream.close();
      await assert.rejects(openKafka(safe('dhp:wrong@', { mechanism })), isFault('login'));
    }
    await assert.rejects(openKafka(safe('dhp:p%40ss@', { mechanism: 'SCRAM-SHA-256' })), isFault('login'));
    await assert.rejects(openKafka(safe('dhp:p%40ss@', { authorities: undefined })), isFault('certificate'));
    await assert.rejects(openKafka(safe('')), isFault('unreached'));
    await assert.rejects(openKafka(plain(broker.securePort, 'safe')), isFault('unreached', /TLS/));
  });
});

type ReaderClient = ReturnType<typeof newReader>;
type ReaderStream = MessagesStream<string, string, string, string>;

function newReader(port: number): Consumer<string, string, string, string> {
  return new Consumer({
    ...{ clientId: 'reader', groupId: `reader-${String(Math.random())}`, deserializers: stringDeserializers },
    bootstrapBrokers: [`127.0.0.1:${String(port)}`],
  });
}

function messageOf(n: number): StreamMessage {
  return { id: `1.${String(n)}.1.1`, about: 'Basic', key: `Basic/${String(n)}`, body: JSON.stringify({ n }) };
}

describe('without a broker', () => {
  it('what is not one is said to be unreached, in a time that ends', async () => {
    await assert.rejects(openKafka(plain(await freePort())), isFault('unreached', /ECONNREFUSED/));
    const web = createServer((_, answer) => answer.end('no broker')).listen(0, '127.0.0.1');
    const silent = createSilent().listen(0, '127.0.0.1');
    for (const one of [web, silent]) if (!one.listening) await once(one, 'listening');
    try {
      const [first, second] = [web, silent].map((one) => plain((one.address() as AddressInfo).port));
      const begun = performance.now();
      const both = [first, second].map((one) => openKafka(one!));
      for (const one of both) await assert.rejects(one, isFault('unreached'));
      assert.ok(performance.now() - begun < 15_000, 'less than a lease');
    } finally {
      web.closeAllConnections();
      web.close();
      silent.close();
    }
  });

  it('an operator reads what is wrong and what to do about it, and nothing of the login', async () => {
    const source = await openSource();
    const port = await freePort();
    const said: string[] = [];
    const settings = { DHP_KAFKA_URL: [new URL(`kafka://dhp:secret@127.0.0.1:${String(port)}`)] };
    const warn = (text: string): void => void said.push(text);
    const end = await passChangesOn(source.store, { settings, warn }, { environment: 'playground', isForJobs: true });
    try {
      await untilWell('it is said', () => said.length > 0);
      assert.match(said[0]!, /playground.*Kafka.*ECONNREFUSED.*DHP_KAFKA_URL/);
      assert.ok(!said.join().includes('secret'));
      await untilWell('another process may have it', async () => {
        return (await source.store.streams.figures('kafka.playground'))?.isHeld === false;
      });
    } finally {
      await end?.();
      await source.close();
    }
  });

  it('a cure is found for the fault that a client has wrapped in others', () => {
    const one = Object.assign(new Error('it'), { code: 'PLT_KFK_PROTOCOL', apiId: 'TOPIC_AUTHORIZATION_FAILED' });
    const all = new AggregateError([new Error('first'), new AggregateError([one], 'inner')], 'outer');
    isFault('rights', /^TOPIC_AUTHORIZATION_FAILED$/)(KafkaFault.of(new Error('around', { cause: all })));
    isFault('other', /^odd$/)(KafkaFault.of(new Error('odd')));
    isFault('replicas')(KafkaFault.of(Object.assign(new Error('x'), { apiId: 'NOT_ENOUGH_REPLICAS' })));
  });
});
