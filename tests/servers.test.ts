/**
 * One process per server: each is killed in turn under load. The others keep answering, only the killed one is restarted, and no
 * acknowledged write is lost. The test also checks for processes that outlive `dhp start`, or do not end in time.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import { fhirAt, hasStatus } from './fhir.ts';
import { askToken, getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone, servers, type ServerName } from './processes.ts';
import { isFull } from './sample.ts';

const skip = process.platform === 'linux' ? false : 'processes are found by way of /proc';
const names: readonly ServerName[] = ['sso', 'playground', 'production', 'portal'];
/** Milliseconds between the requests of one client: a restarting server needs the processor, too. */
const pause = 150;

let place: Home;
let platform: Platform;
let token: string;
before(async () => {
  if (skip !== false) return;
  place = await openHome({ begins: 'migrated', environment: { DHP_PRODUCTION: 'on', DHP_DRAIN_SECONDS: '2' } });
  platform = await place.start();
  token = await getToken(platform.urls.sso, await place.createClient('production'));
});
after(() => place.close());

const urlOf = (name: ServerName): string => platform.urls[name]!;

async function statusOf(name: ServerName): Promise<number> {
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(`${urlOf(name)}/readyz`, { headers: { connection: 'close' }, signal });
  await response.arrayBuffer();
  return response.status;
}

/** Polls `/readyz` until it is told to stop. A failed request counts as 0. */
function watch(name: ServerName): { end: () => Promise<number[]> } {
  const state = { isOver: false };
  const statuses: number[] = [];
  const done = (async () => {
    while (!state.isOver) {
      statuses.push(await statusOf(name).catch(() => 0));
      await delay(pause);
    }
  })();
  return {
    async end() {
      state.isOver = true;
      await done;
      return statuses;
    },
  };
}

/** Whether nothing listens there any more. */
function isRefused(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

test('each server has a process of its own', { skip }, async () => {
  const found = await servers(platform.pid);
  assert.deepEqual([...found.keys()].sort(), [...names].sort());
  for (const pids of found.values()) assert.equal(pids.length, 1);
});

test('a server gets no secret that it needs not', { skip }, async () => {
  for (const [name, [pid]] of await servers(platform.pid)) {
    const environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1');
    assert.doesNotMatch(environment, /DHP_|DATABASE_URL/, name);
  }
});

/** A test below kills the playground, which runs the same program as production; under load it is killed with `--full`. */
const victims = isFull ? names : names.filter((name) => name !== 'playground');

for (const victim of victims) {
  test(`kill -9 of ${victim} under load: the others answer, it comes again, nothing is lost`, { skip }, async () => {
    const [pid] = (await servers(platform.pid)).get(victim)!;
    const others = names.filter((name) => name !== victim);
    const watches = others.map((name) => watch(name));
    const own = watch(victim);
    const acknowledged: string[] = [];
    let isOver = false;
    const ask = fhirAt(urlOf('production'), token);
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; !isOver; n += 1) {
        const id = `${victim}-${String(writer)}-${String(n)}`;
        const answer = await ask('PUT', `Basic/${id}`, { resourceType: 'Basic', id, code: { text: id } }).catch(
          () => undefined,
        );
        if (answer?.status === 201) acknowledged.push(id);
        else
          assert.ok(answer === undefined || answer.status === 503, `${String(answer?.status)} ${answer?.text ?? ''}`);
        await delay(pause);
      }
    });
    const enough = acknowledged.length + 20;
    await Promise.race([Promise.all(writers), until('enough is acknowledged', () => acknowledged.length >= enough)]);

    process.kill(pid!, 'SIGKILL');
    await gone(pid!, 60_000);
    const deadline = Date.now() + 60_000;
    while ((await statusOf(victim).catch(() => 0)) !== 200) {
      assert.ok(Date.now() < deadline, `${victim} did not come again:\n${platform.said()}`);
      await delay(20);
    }
    await delay(200);
    isOver = true;
    await Promise.all(writers);

    const seen = await Promise.all(watches.map(async (one) => one.end()));
    const statuses = await own.end();
    for (const [index, name] of others.entries()) {
      const bad = seen[index]!.filter((status) => status !== 200);
      // Requests that the playground was passing on to the portal when it was killed end with it.
      const cut = victim === 'playground' && name === 'portal' ? 1 : 0;
      assert.ok(
        bad.length <= cut && bad.every((status) => status === 0),
        `${name} without ${victim}: ${bad.join(' ')}`,
      );
    }
    // Its port stays open: only connections that it had when it was killed can end without an answer.
    assert.ok(statuses.includes(503), 'callers are told to come again');
    assert.ok(statuses.filter((status) => status === 0).length <= 2, statuses.join(' '));
    assert.match(
      platform.said(),
      new RegExp(`\\(process ${String(pid)}\\) ended unexpectedly \\(SIGKILL\\) and is started again`),
    );
    assert.notDeepEqual((await servers(platform.pid)).get(victim), [pid]);
    for (const id of acknowledged) hasStatus(await ask('GET', `Basic/${id}`), 200);
  });
}

test('the playground and the portal share a port; without one, the other serves its own', { skip }, async () => {
  const { portal, playground } = platform.urls;
  const [pid] = (await servers(platform.pid)).get('playground')!;
  process.kill(pid!, 'SIGSTOP');
  process.kill(pid!, 'SIGKILL');
  // Until `dhp start` notices it, a connection may be passed to the ended process and be cut.
  await until('the accident is told', () => platform.said().includes(`(process ${String(pid)}) ended unexpectedly`));
  const page = await fetch(`${portal}/`, { headers: { connection: 'close' } });
  assert.equal(page.status, 200);
  assert.match(await page.text(), /^<!doctype html>/i);
  const answer = await fetch(`${playground}/metadata`);
  if (answer.status !== 200) {
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '1');
    assert.equal(answer.headers.get('connection'), 'close', 'the next connection finds the playground again');
  }
  await answer.arrayBuffer();
  while ((await statusOf('playground')) !== 200) await delay(20);
});

test('a server that does not end when it should is killed', { skip }, async () => {
  const [pid] = (await servers(platform.pid)).get('portal')!;
  process.kill(pid!, 'SIGSTOP');
  assert.deepEqual(await platform.end('SIGTERM'), { code: 0, signal: null });
  assert.match(
    platform.said(),
    new RegExp(`The portal \\(process ${String(pid)}\\) did not end in time and is killed\\.`),
  );
  assert.ok(await gone(pid!, 30_000));
});

test('kill -9 of dhp start leaves no process behind', { skip }, async () => {
  platform = await place.start();
  const pids = [...(await servers(platform.pid)).values()].flat();
  assert.equal(pids.length, names.length);
  const postmaster = await place.postmaster();
  assert.equal((await platform.end('SIGKILL')).signal, 'SIGKILL');
  for (const pid of [...pids, postmaster!]) assert.ok(await gone(pid, 60_000), String(pid));
});

test('a second Ctrl-C ends everything at once', { skip }, async () => {
  platform = await place.start({ DHP_DRAIN_SECONDS: '60' });
  const pids = [...(await servers(platform.pid)).values()].flat();
  // Otherwise it would end by itself.
  process.kill(pids[0]!, 'SIGSTOP');
  process.kill(platform.pid, 'SIGINT');
  await until('the SSO takes no more', () => isRefused(platform.urls.sso)); // it has read the first
  await delay(1_200);
  assert.equal((await platform.end('SIGINT')).code, 130);
  for (const pid of pids) assert.ok(await gone(pid, 60_000), String(pid));
});

test('a server that cannot come up stops the start with its sentence', { skip }, async () => {
  const { code, stderr } = await place.run(['start', '--json'], { DHP_ONEID: 'test' });
  assert.equal(code, 1);
  assert.match(stderr, /^dhp: DHP_ONEID=test cannot be used while production is on/m);
  assert.equal(
    (await askToken(platform.urls.sso, { client_id: 'x', client_secret: 'y' }).catch(() => undefined)) === undefined,
    true,
  );
});
