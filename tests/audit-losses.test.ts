/**
 * No answer without a record, however it ends: clients disconnect at any moment, and servers are killed while they answer. A request has
 * its record if the first byte of its answer arrived; others may have one, and so may those answered with 503, which discloses nothing. All
 * are counted.
 */
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

let place: Home;
let platform: Platform;
let token: string;
/** Patients with many pages of results. */
const patients = ['long-1', 'long-2'];

before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment: { DHP_AUDIT: 'on' } });
  platform = await place.start();
  token = await getToken(platform.urls.sso, platform.demo!);
  const ask = fhirAt(platform.urls.playground, token);
  for (const id of patients) {
    hasStatus(await ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id }), 201);
    const entry = Array.from({ length: 200 }, (_, n) => ({
      resource: {
        ...{ resourceType: 'Observation', status: 'final', code: { text: `n ${String(n)}` } },
        ...{ subject: { reference: `Patient/${id}` }, note: [{ text: 'x'.repeat(500) }] },
      },
      request: { method: 'POST', url: 'Observation' },
    }));
    hasStatus(await ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry }), 200);
  }
});
after(() => place.close());

interface Sent {
  readonly id: string;
  readonly kind: string;
  /** The status of the answer, if its first bytes arrived. */
  status: number | undefined;
  /** From the connection to the end, in milliseconds. */
  took: number;
}

const kinds: Readonly<Record<string, (n: string) => { line: string; body?: string }>> = {
  read: () => ({ line: `GET /fhir/Patient/${patients[0]!}` }),
  search: () => ({ line: 'GET /fhir/Observation?_count=50' }),
  everything: () => ({ line: `GET /fhir/Patient/${patients[1]!}/$everything` }),
  create: (n) => ({
    line: 'POST /fhir/Patient',
    body: JSON.stringify({ resourceType: 'Patient', identifier: [{ system: 'urn:losses', value: n }] }),
  }),
};

/** Sends a request on a separate connection, which is cut after this many milliseconds; without them it is read to the end. */
function send(kind: string, id: string, cutAfter: number | undefined): Promise<Sent> {
  const { hostname, port } = new URL(platform.urls.playground);
  const { line, body = '' } = kinds[kind]!(id);
  const sent: Sent = { id, kind, status: undefined, took: 0 };
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname);
    const end = (): void => {
      socket.destroy();
      sent.took = performance.now() - began;
      resolve(sent);
    };
    socket.once('connect', () => {
      const headers = [
        ...[`${line} HTTP/1.1`, 'host: x', `authorization: Bearer ${token}`, `x-request-id: ${id}`],
        ...['content-type: application/fhir+json', `content-length: ${String(Buffer.byteLength(body))}`],
        ...['connection: close', '', body],
      ];
      socket.write(headers.join('\r\n'));
      if (cutAfter !== undefined) setTimeout(end, cutAfter);
    });
    socket.on('data', (chunk) => (sent.status ??= Number(chunk.toString('latin1', 9, 12))));
    socket.once('error', end).once('close', end);
  });
}

/** The ids of requests that have records, from the export of the trail. */
async function recorded(): Promise<ReadonlySet<string>> {
  const { stdout, code } = await place.run(['audit', 'export', '--requests', 'playground', '--reason', 'counting']);
  assert.equal(code, 0);
  return new Set([...stdout.matchAll(/"((?:gone|killed)-[\w-]+)"/g)].map(([, id]) => id!));
}

const isAnswered = ({ status }: Sent): boolean => status !== undefined && status !== 503;

/** Reports the counts, and checks every answered request against the trail. */
async function count(t: TestContext, all: readonly Sent[]): Promise<void> {
  const known = await recorded();
  for (const kind of Object.keys(kinds)) {
    const of = all.filter((one) => one.kind === kind);
    const answered = of.filter(isAnswered);
    assert.ok(
      answered.every(({ status }) => status === 200 || status === 201),
      kind,
    );
    const lost = answered.filter(({ id }) => !known.has(id));
    assert.deepEqual(lost, [], `${kind}: answered without a record`);
    const others = of.filter((one) => !isAnswered(one));
    const kept = others.filter(({ id }) => known.has(id)).length;
    t.diagnostic(
      `${kind}: ${String(answered.length)} answered in whole or in part, all recorded; ` +
        `of ${String(others.length)} without an answer ${String(kept)} are recorded`,
    );
  }
  assert.ok(all.some(isAnswered) && !all.every(isAnswered), 'both kinds came up');
  const verified = await place.run(['audit', 'verify']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
}

test('clients that go away', async (t) => {
  const all: Sent[] = [];
  for (const kind of Object.keys(kinds)) {
    const whole = await Promise.all([0, 1, 2].map((n) => send(kind, `gone-whole-${kind}-${String(n)}`, undefined)));
    const usual = Math.max(...whole.map(({ took }) => took));
    all.push(...whole);
    // Some before their answers, some within and some behind them.
    for (let round = 0; round < 6; round += 1)
      all.push(
        ...(await Promise.all(
          [0, 0.2, 0.5, 0.9, 1.5].map((part, n) => {
            const cutAfter = part * usual + round;
            return send(kind, `gone-${kind}-${String(round)}-${String(n)}`, cutAfter);
          }),
        )),
      );
  }
  await delay(1_000); // Their work is finished by then.
  await count(t, all);
});

/** Requests in progress at the moment of the kill. */
const atOnce = 24;

test('kill -9 of the servers in the middle of answers', async (t) => {
  const postmaster = await place.postmaster();
  assert.ok(postmaster);
  const all: Promise<Sent>[] = [];
  let [underWay, answered, isOver] = [0, 0, false];
  const deadline = Date.now() + 30_000;
  for (let n = 0; answered < 150 && Date.now() < deadline; n += 1) {
    for (const kind of Object.keys(kinds)) {
      underWay += 1;
      const one = send(kind, `killed-${kind}-${String(n)}`, undefined);
      all.push(one);
      void one.then((sent) => {
        underWay -= 1;
        if (isAnswered(sent) && !isOver) answered += 1;
      });
    }
    while (underWay >= atOnce) await delay(2);
  }
  // However fast the previous ones were, these are in progress.
  for (let n = 0; n < atOnce; n += 1)
    for (const kind of Object.keys(kinds)) all.push(send(kind, `killed-${kind}-last-${String(n)}`, undefined));
  await platform.end('SIGKILL');
  isOver = true;
  const sent = await Promise.all(all);
  assert.ok(await gone(postmaster, 60_000));
  platform = await place.start();
  await count(t, sent);
  // An answered write is stored, and so is one with a record.
  const ask = fhirAt(platform.urls.playground, token);
  const known = await recorded();
  for (const one of sent) {
    const { id, kind } = one;
    if (kind !== 'create' || !(isAnswered(one) || known.has(id))) continue;
    const found = hasStatus(await ask('GET', `Patient?identifier=urn:losses|${id}&_summary=count`), 200);
    assert.equal(found.json()['total'], 1, id);
  }
});
