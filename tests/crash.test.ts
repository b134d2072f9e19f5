/**
 * Acknowledged writes exist exactly after a crash; writes that were not acknowledged exist completely or not at all. Sixteen writers create
 * and update content that only they know, while a process is killed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test, type TestContext } from 'node:test';
import { connect, startEmbedded } from '@dhp/postgres';
import { fhirAt, type Ask } from './fhir.ts';
import { acknowledgedIn, checkAll, write, type Written } from './ledger.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

const connections = 16;
/** How long they write before the kill, in milliseconds. */
const longEnough = 1_000;

/** Kills a process; returns the platform if it survives, otherwise it is started again. */
type Kill = (place: Home, platform: Platform) => Promise<Platform | undefined>;

async function isReady({ urls }: Platform): Promise<boolean> {
  const probes = [urls.sso, urls.playground].map((service) => fetch(`${service}/readyz`));
  return (await Promise.all(probes)).every(({ status }) => status === 200);
}

async function untilReady(platform: Platform): Promise<void> {
  const deadline = Date.now() + 30_000;
  // Right after the kill it may still report ready: if that is wrong, the writers of the round fail.
  await delay(200);
  while (!(await isReady(platform))) {
    assert.ok(Date.now() < deadline, 'not ready again 30 s after PostgreSQL was killed');
    await delay(50);
  }
}

/** A busy machine writes slowly: a kill before this many writes would prove little. */
const enough = 100;

async function untilWritten(logs: readonly (readonly Written[])[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (acknowledgedIn(logs) <= enough && Date.now() < deadline) await delay(20);
}

let place: Home;
let platform: Platform;
before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir' });
  platform = await place.start();
});
after(() => place.close());

let rounds = 0;

async function round(t: TestContext, kill: Kill): Promise<void> {
  rounds += 1;
  const token = await getToken(platform.urls.sso, platform.demo!);
  const logs = Array.from({ length: connections }, (): Written[] => []);
  const send = fhirAt(platform.urls.playground, token);
  let isOver = false;
  // A writer whose request waited while PostgreSQL restarted has noticed nothing, and would continue forever.
  const ask: Ask = (...request) => (isOver ? Promise.reject(new Error('enough')) : send(...request));
  const writers = Promise.all(logs.map((log, writer) => write(ask, `r${rounds}w${writer}`, log)));
  await Promise.race([Promise.all([delay(longEnough), untilWritten(logs)]), writers]);
  const survivor = await kill(place, platform);
  isOver = true;
  await writers;

  const again = survivor ?? (await place.start());
  platform = again;
  const askAgain = fhirAt(again.urls.playground, token);
  const resources = logs.flat();
  const acknowledged = acknowledgedIn(logs);
  assert.ok(acknowledged > enough, `only ${acknowledged} writes before the kill`);
  const unacknowledged = await checkAll(askAgain, logs);
  // Writing continues where it stopped.
  const log: Written[] = [];
  const one = write(
    (...request) => (log.length > 3 ? Promise.reject(new Error('enough')) : askAgain(...request)),
    `r${rounds}after`,
    log,
  );
  await one;
  assert.ok(log[0] !== undefined && log[0].versions.length > 0);
  t.diagnostic(
    `${acknowledged} acknowledged writes of ${resources.length} resources are there; ` +
      `of those in flight at the kill ${unacknowledged} had been committed` +
      (survivor ? '' : `; ready again in ${again.seconds.toFixed(1)} s`),
  );
}

test('kill -9 of the server', (t) =>
  round(t, async (place, platform) => {
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    await platform.end('SIGKILL');
    assert.ok(await gone(postmaster, 60_000));
    return undefined;
  }));

test('kill -9 of PostgreSQL: the platform starts it again and goes on', (t) =>
  round(t, async (place, platform) => {
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    process.kill(postmaster, 'SIGKILL');
    await untilReady(platform);
    assert.notEqual(await place.postmaster(), postmaster);
    return platform;
  }));

test('kill -9 of one process of PostgreSQL, which then restarts: the platform goes on by itself', (t) =>
  round(t, async (place, platform) => {
    const { url } = await startEmbedded({ directory: join(place.data, 'postgres') });
    const sql = connect(url, { max: 1, applicationName: 'crash test' });
    const [victim] = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where datname = 'dhp_playground' and backend_type = 'client backend' limit 1`;
    assert.ok(victim);
    process.kill(victim.pid, 'SIGKILL');
    await sql.end({ timeout: 1 });
    await untilReady(platform);
    return platform;
  }));

test('kill -9 of both at once', (t) =>
  round(t, async (place, platform) => {
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    process.kill(postmaster, 'SIGKILL');
    await platform.end('SIGKILL');
    return undefined;
  }));
