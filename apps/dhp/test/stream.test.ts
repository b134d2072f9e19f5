/** Changes that are passed on to a stream of NATS JetStream: all, in the order of commits, without content, over kills and outages. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node';
import { openNats, type NatsSettings } from '../src/stream/nats.ts';
import { publishChanges, type PublisherMeans } from '../src/stream/publisher.ts';
import { openSource, pace, types, untilWell, type Source } from './stream-source.ts';
import { freePort } from '../../../tests/processes.ts';

const program = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find(existsSync);
const skip = program === undefined ? 'NATS is not installed (Debian: apt install nats-server)' : false;

interface Told {
  readonly id: string;
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('a stream of NATS', { skip }, () => {
  let folder: string;
  let port: number;
  let server: ChildProcess;
  let connection: NatsConnection;
  let streams: JetStreamManager;
  let source: Source;

  async function startServer(): Promise<void> {
    server = spawn(program!, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], { stdio: 'ignore' });
    await untilWell('NATS answers', async () => {
      connection = await connectNats({ servers: `127.0.0.1:${port}`, reconnect: false });
      streams = await jetstreamManager(connection);
      await streams.getAccountInfo();
      return true;
    });
  }

  async function killServer(): Promise<void> {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    await connection.close().catch(() => undefined);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dhp-nats-'));
    port = await freePort();
    await startServer();
    source = await openSource();
  });
  after(async () => {
    await source.close();
    await killServer();
    await rm(folder, { recursive: true, force: true });
  });

  const settings = (name: string, more: Partial<NatsSettings> = {}): NatsSettings => ({
    ...{ servers: [new URL(`nats://127.0.0.1:${port}`)], stream: name.toUpperCase(), prefix: `dhp.${name}` },
    ...more,
  });
  const means = (name: string, more: Partial<PublisherMeans> = {}): PublisherMeans => ({
    ...{ store: source.store, name: `dhp.${name}`, types, from: 'now', told: () => undefined, pace },
    open: () => openNats(settings(name)),
    ...more,
  });
  /** @param window seconds in which a repeated id is passed over */
  const made = (name: string, window = 120): Promise<unknown> =>
    streams.streams.add({
      ...{ name: name.toUpperCase(), subjects: [`dhp.${name}.>`] },
      duplicate_window: window * 1_000_000_000,
    });

  async function told(name: string): Promise<Told[]> {
    const { state } = await streams.streams.info(name.toUpperCase());
    const all: Told[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
      const message = await streams.streams.getMessage(name.toUpperCase(), { seq });
      if (message === null) continue;
      const { header, subject } = message;
      all.push({ id: header.get('Nats-Msg-Id'), subject, body: message.json<Told['body']>() });
    }
    return all;
  }

  const untilTold = (name: string, count: number): Promise<Told[]> =>
    untilWell(`${name} has ${count} messages`, async () => {
      const { state } = await streams.streams.info(name.toUpperCase());
      return state.messages >= count && told(name);
    });

  const write: Source['write'] = (type, id) => source.write(type, id);
  const settled = (name: string): Promise<boolean> => source.isPlaced(`dhp.${name}`);

  it('gets each change from now on, in the order of commits, with its names and without its content', async () => {
    await made('plain');
    await write('Basic', 'before');
    // An open transaction of the background holds the order up for a moment; "now" is where the order is.
    await untilWell('the order has what was before', async () => {
      const page = await source.store.feedPage({ behind: undefined, types: ['Basic'], limit: 1, bytes: 10_000 });
      return page?.changes.length === 1;
    });
    const close = publishChanges(means('plain'));
    try {
      await untilWell(
        'it has begun',
        async () => (await source.store.streams.figures('dhp.plain'))?.isHeld === true && settled('plain'),
      );
      await write('Basic', 'a');
      await write('Patient', 'p');
      await write('Basic', 'a');
      const all = await untilTold('plain', 3);
      assert.deepEqual(
        all.map(({ subject, body: { lastUpdated, ...body } }) => [subject, typeof lastUpdated, body]),
        [
          ['dhp.plain.Basic', 'string', { resourceType: 'Basic', id: 'a', versionId: '1', method: 'PUT' }],
          ['dhp.plain.Patient', 'string', { resourceType: 'Patient', id: 'p', versionId: '1', method: 'PUT' }],
          ['dhp.plain.Basic', 'string', { resourceType: 'Basic', id: 'a', versionId: '2', method: 'PUT' }],
        ],
      );
      const figures = await untilWell('nothing waits', async () => {
        const found = await source.store.streams.figures('dhp.plain');
        return found?.published === 3 && found.oldest === 0 && found;
      });
      assert.deepEqual(figures, { isHeld: true, published: 3, oldest: 0, failing: 0 });
    } finally {
      await close();
    }
    assert.equal((await source.store.streams.figures('dhp.plain'))?.isHeld, false);
  });

  for (const [what, window] of [
    ['which passes over repeated ids', 120],
    ['which forgets ids at once', 0.1],
  ] as const)
    it(`loses nothing when those that pass changes on are killed, ${what}`, async () => {
      const name = window === 120 ? 'killed' : 'forgetting';
      await made(name, window);
      const node = fileURLToPath(new URL('stream-node.ts', import.meta.url));
      const start = async (): Promise<ChildProcess> => {
        const args = [node, source.url, `dhp.${name}`, 'nats', String(port), name.toUpperCase()];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(child.stdout, 'data');
        return child;
      };
      let child = await start();
      const state = { isWriting: true };
      const writers = [0, 1, 2].map(async (n) => {
        for (let m = 0; m < 25; m += 1) await write(m % 2 === 0 ? 'Basic' : 'Patient', `${name}-${n}-${m % 7}`);
      });
      const writing = Promise.all(writers).finally(() => (state.isWriting = false));
      let kills = 0;
      while (state.isWriting || kills < 2) {
        // Longer than the lease of the one before, so that each passes on some.
        await delay(800 + 300 * kills);
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
        kills += 1;
        child = await start();
      }
      await writing;
      const expected = await source.all();
      const wanted = `${expected.at(-1)}`;
      const nameOf = ({ body }: Told): string =>
        ['resourceType', 'id', 'versionId'].map((key) => String(body[key])).join('/');
      const all = await untilWell('all are told', async () => {
        const found = await told(name);
        return found.length >= expected.length && nameOf(found.at(-1)!) === wanted && found;
      });
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      const first = all.filter(({ id }, n) => all.findIndex((one) => one.id === id) === n);
      assert.deepEqual(first.map(nameOf), expected, 'each once, in the order of commits');
      if (window === 120) assert.equal(all.length, expected.length, 'what is repeated has the same id');
      assert.ok(kills >= 2);
    });

  it('waits while NATS is away, says so, and goes on where it was', async () => {
    await made('away');
    const failures: string[] = [];
    const close = publishChanges(
      means('away', { told: (what, error) => void failures.push(`${what} ${String(error)}`) }),
    );
    try {
      await untilWell('it has begun', () => settled('away'));
      await write('Basic', 'away-1');
      await untilTold('away', 1);
      await killServer();
      await write('Basic', 'away-2');
      await untilWell('it fails', async () => {
        const found = await source.store.streams.figures('dhp.away');
        return found !== undefined && found.failing > 0 && found.oldest > 0;
      });
      assert.match(failures.join(), /^failed /);
      await startServer();
      const all = await untilTold('away', 2);
      assert.deepEqual(
        all.map(({ body }) => body['id']),
        ['away-1', 'away-2'],
      );
      await untilWell('all is well', async () => {
        const found = await source.store.streams.figures('dhp.away');
        return found?.failing === 0 && found.oldest === 0;
      });
    } finally {
      await close();
    }
  });

  it('is one process’s at a time, and goes to no stream of another name', async () => {
    await made('one');
    const [first, second] = [publishChanges(means('one')), publishChanges(means('one'))];
    const failures: string[] = [];
    const stray = publishChanges(
      means('stray', {
        from: 'beginning',
        open: () => openNats({ ...settings('one'), stream: 'ANOTHER' }),
        told: (what, error) => void failures.push(`${what} ${String(error)}`),
      }),
    );
    try {
      await untilWell('it has begun', () => settled('one'));
      await write('Basic', 'one-1');
      await untilTold('one', 1);
      await untilWell('the stray one fails', () => failures.length > 0);
      assert.match(failures[0]!, /expected stream does not match/);
      await first();
      await write('Basic', 'one-2');
      const all = await untilTold('one', 2);
      assert.deepEqual(
        all.map(({ body }) => body['id']),
        ['one-1', 'one-2'],
      );
    } finally {
      await Promise.all([first(), second(), stray()]);
    }
  });

  it('is told that the history is another one, as after a restore, and goes on from there', async () => {
    await made('restored');
    const close = publishChanges(means('restored'));
    await untilWell('it has begun', () => settled('restored'));
    await close();
    await source.forget('dhp.restored');
    const reasons: string[] = [];
    const again = publishChanges(means('restored', { told: (what) => void reasons.push(what) }));
    try {
      const [reset] = await untilTold('restored', 1);
      assert.deepEqual([reset!.subject, reset!.body, reasons], ['dhp.restored.reset', { reset: true }, ['reset']]);
      await untilWell('it goes on', async () => (await source.store.streams.figures('dhp.restored'))?.isHeld);
      await write('Basic', 'restored-1');
      const all = await untilTold('restored', 2);
      assert.equal(all[1]!.body['id'], 'restored-1');
    } finally {
      await again();
    }
  });

  it('is reached over TLS with a login, by the authority that is named', async () => {
    const files = ['ca.pem', 'key.pem'].map((file) => join(folder, file));
    const [certificate = '', key = ''] = files;
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
    const secured = await freePort();
    const tls = ['--tls', '--tlscert', certificate, '--tlskey', key, '--user', 'dhp', '--pass', 'p@ss'];
    const storage = ['-js', '-sd', join(folder, 'tls')];
    const other = spawn(program!, ['-a', '127.0.0.1', '-p', String(secured), ...tls, ...storage], { stdio: 'ignore' });
    try {
      const url = (login: string): URL => new URL(`tls://${login}@localhost:${secured}`);
      const open = (login: string, authorities: string | undefined): ReturnType<typeof openNats> =>
        openNats(settings('plain', { servers: [url(login)], authorities }));
      const line = await untilWell('it is reached', () => open('dhp:p%40ss', certificate));
      await assert.rejects(line.publish([{ id: 'x', about: 'Basic', body: '{}' }]), 'there is no stream');
      await line.close();
      await assert.rejects(open('dhp:wrong', certificate), /[Aa]uthori[sz]ation/);
      await assert.rejects(open('dhp:p%40ss', undefined), /certificate/);
    } finally {
      other.kill('SIGKILL');
    }
  });
});
