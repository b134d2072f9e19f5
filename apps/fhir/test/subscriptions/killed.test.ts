/**
 * Events while several write, and readers, deliverers and connections to the database are killed: what was received is what is stored, each change once, in the
 * order of commits, without gaps, and repeats have the same number. docs/decisions/0100-topics-and-subscriptions.md
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { baseUrl, patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { startReceiver, statusIn, type Receiver } from './receiver.ts';

const isFull = process.env['DHP_TEST_FULL'] !== undefined;
const kills = isFull ? 20 : 1;
const writers = 4;
const least = isFull ? 2_000 : 100;

let receiver: Receiver;
let server: TestServer;
let url = '';
let owner: Sql;
const key = randomBytes(32);
const nodes: ChildProcess[] = [];

async function startNode(): Promise<void> {
  const { issuer, jwksUri, revocationsUri, revocationsKey } = server.sso;
  const given = {
    ...{ url, host: receiver.host, key: key.toString('base64'), revocationsKey: revocationsKey.toString('base64') },
    options: { baseUrl, issuer, jwksUri, revocationsUri },
  };
  const file = fileURLToPath(new URL('reader-node.ts', import.meta.url));
  for (let tries = 1; ; tries += 1) {
    const child = spawn(process.execPath, [file, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const isReady = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    if (isReady) {
      nodes.push(child);
      return;
    }
    // A connection that is cut while the store is opened ends the start, as it may.
    assert.ok(tries < 10, 'a node cannot be started');
  }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

before(async () => {
  receiver = await startReceiver();
  const options = bed.subscriptionOptions(receiver, { key, works: false });
  server = await startServer(
    { requireIfMatch: false, validation: { level: 'off' }, ...options },
    (given) => (url = given),
  );
  owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test' });
  await bed.put(server, bed.topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await Promise.all(nodes.map(kill));
  await owner.end({ timeout: 5 });
  await server.close();
  await receiver.close();
});

/** Writes that were answered. */
let answered = 0;

/** Writes until it is over; what is not answered may be stored or not. */
async function write(writer: number, isOver: () => boolean): Promise<void> {
  for (let n = 1; !isOver(); n += 1) {
    await delay(20);
    const path = `/Observation/w${writer}-${n % 7}`;
    const about = bed.observation(`w${writer}-${n % 7}`, { valueString: `${n}` });
    const reply = n % 11 === 0 ? server.request('DELETE', path) : server.write('PUT', path, about);
    await reply.then(
      ({ status }) => (answered += status < 300 ? 1 : 0),
      () => undefined,
    );
  }
}

/** Ends some connection of a FHIR server. */
async function cut(): Promise<void> {
  await owner`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'dhp fhir %' order by random() limit 2`;
}

/** Every version that was stored behind the request, in the order of commits. */
async function expected(): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    select i.id || '/' || v.ver as name from fhir.identity i
    cross join lateral (
      select ty, rid, ver, txid from fhir.resource r where r.rid = i.rid and r.shard = i.shard
      union all
      select ty, rid, ver, txid from fhir.history h where h.rid = i.rid and h.shard = i.shard
    ) v
    where v.ty = (select ty from fhir.identity where id = 'w0-1' limit 1) and i.ty = v.ty
    order by v.txid, v.rid, v.ver`;
  return rows.map(({ name }) => name);
}

describe('readers that are killed', () => {
  it('leave every change with one number, in the order of commits, received in that order', async () => {
    await startNode();
    await startNode();
    const hook = bed.hooked('all', receiver.url('/all'), { content: 'full-resource' });
    await bed.put(server, hook, bed.subscription('asked', { content: 'id-only' }));
    await bed.untilStatus(server, 'all', 'active');
    await bed.untilStatus(server, 'asked', 'active');
    const over = new AbortController();
    const isOver = (): boolean => over.signal.aborted;
    let cuts = 0;
    const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer, isOver)));
    const cutting = (async () => {
      let before = answered;
      while (!isOver()) {
        await delay(100 + 200 * Math.random());
        // On a slow machine writes take longer than a pause, and none would come through.
        if (answered - before < writers) continue;
        before = answered;
        await cut();
        cuts += 1;
      }
    })();
    try {
      for (let n = 0; n < kills; n += 1) {
        await delay(200);
        await kill(nodes[n]);
        await startNode();
      }
      await until('enough is written', async () => (await expected()).length >= least);
    } finally {
      over.abort();
    }
    await Promise.all([writing, cutting]);
    // Statements whose connection was lost may still be running.
    await owner`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and application_name = 'dhp fhir writes'`;
    const all = await expected();
    await Promise.all(
      ['all', 'asked'].map((id) =>
        until(`${id} has all numbers`, async () => {
          const [standing] = await server.store.subscriptions.standing([id]).catch(() => []);
          return standing?.numbered === all.length;
        }),
      ),
    );
    const stored = async (id: string): Promise<string[]> =>
      (
        await owner<
          { name: string }[]
        >`select id || '/' || ver as name from fhir.event where subscription = ${id} order by number`
      ).map(({ name }) => name);
    assert.deepEqual(await stored('all'), all);
    assert.deepEqual(await stored('asked'), all);
    await until('all are received', () => numbers().at(-1) === all.length);
    const received = numbers();
    const first = received.filter((number, n) => number > Math.max(0, ...received.slice(0, n)));
    assert.deepEqual(
      first,
      all.map((_, n) => n + 1),
      'in their order, without a gap',
    );
    for (const { body } of receiver.at('/all'))
      for (const { eventNumber, focus } of statusIn(body).notificationEvent ?? []) {
        const { reference } = focus as { reference: string };
        const [id = '', version = ''] = all[Number(eventNumber) - 1]!.split('/');
        const resource = `${baseUrl}/Observation/${id}`;
        // The version is named where a notification has several of one resource.
        assert.ok(
          [resource, `${resource}/_history/${version}`].includes(reference),
          `${String(eventNumber)}: ${reference}`,
        );
      }
    assert.ok(cuts > 3 && nodes.length === kills + 2);
  });
});

function numbers(): number[] {
  return receiver
    .at('/all')
    .flatMap(({ body }) => (statusIn(body).notificationEvent ?? []).map(({ eventNumber }) => Number(eventNumber)));
}
