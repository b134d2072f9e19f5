/**
 * What was acknowledged is there after a crash, exactly; what was not acknowledged is there whole or not at all.
 * Sixteen writers create and update with content that only they know, and in the middle of it something is killed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { connect, startEmbedded } from '@dhp/postgres';
import { fhirAt, hasStatus, versionOf, type Ask } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

const connections = 16;
/** How long they write before the kill, in milliseconds. */
const before = 2_000;

/** What one writer knows of one resource: `versions[0]` is version 1. Only `pending` may or may not be there. */
interface Written {
  readonly id: string;
  readonly versions: string[];
  pending?: string;
}

/** About 2 kB that no other version has. */
function content(id: string, version: number): string {
  const note = `${id} version ${version} `.repeat(60);
  return `{"resourceType":"Basic","id":"${id}","code":{"text":"crash"},"identifier":[{"value":"${id}/${version}"}],"extension":[{"url":"http://example.org/note","valueString":"${note}"}]}`;
}

/** Writes until a request fails. Two updates for each create. */
async function write(ask: Ask, name: string, log: Written[]): Promise<void> {
  for (let count = 0; ; count += 1) {
    const isCreate = count % 3 === 0;
    const target: Written | undefined = isCreate
      ? { id: `${name}-${count}`, versions: [] }
      : log[(count * 7) % log.length];
    assert.ok(target);
    if (isCreate) log.push(target);
    const version = target.versions.length + 1;
    const body = content(target.id, version);
    target.pending = body;
    const answer = await ask(
      'PUT',
      `Basic/${target.id}`,
      body,
      isCreate ? {} : { 'if-match': `W/"${version - 1}"` },
    ).catch(() => undefined);
    if (answer?.status !== (isCreate ? 201 : 200)) {
      // Nothing but the crash itself may stop a writer.
      assert.ok(answer === undefined || answer.status >= 500, `${answer?.status ?? 0} ${answer?.text ?? ''}`);
      return;
    }
    assert.equal(versionOf(answer), version);
    target.versions.push(body);
    delete target.pending;
  }
}

/** Every version of a resource as the history tells it, oldest first, without what the server sets. */
async function history(ask: Ask, id: string): Promise<unknown[]> {
  const bundle = hasStatus(await ask('GET', `Basic/${id}/_history?_count=1000`), 200).json() as {
    total: number;
    entry: { resource: Record<string, unknown> & { meta: { versionId: string } } }[];
  };
  assert.equal(bundle.entry.length, bundle.total);
  const resources = bundle.entry.map((entry) => entry.resource).reverse();
  return resources.map(({ meta, ...rest }, index) => {
    assert.equal(meta.versionId, String(index + 1), `${id}: versions without a gap`);
    return rest;
  });
}

async function check(ask: Ask, { id, versions, pending }: Written): Promise<'pending' | 'acknowledged'> {
  const current = await ask('GET', `Basic/${id}`);
  if (versions.length === 0 && current.status === 404) return 'acknowledged';
  hasStatus(current, 200);
  const found = await history(ask, id);
  const isPendingThere = found.length === versions.length + 1 && pending !== undefined;
  const expected = isPendingThere ? [...versions, pending] : versions;
  assert.deepEqual(
    found,
    expected.map((text) => JSON.parse(text) as unknown),
    id,
  );
  assert.equal(versionOf(current), expected.length);
  const { meta: _meta, ...rest } = current.json();
  assert.deepEqual(rest, found.at(-1), `${id}: the current version is the last of its history`);
  return isPendingThere ? 'pending' : 'acknowledged';
}

/** Kills something; returns the platform where that survives, else it is started again. */
type Kill = (place: Home, platform: Platform) => Promise<Platform | undefined>;

async function isReady({ urls }: Platform): Promise<boolean> {
  const probes = [urls.sso, urls.playground].map((service) => fetch(`${service}/readyz`));
  return (await Promise.all(probes)).every(({ status }) => status === 200);
}

async function untilReady(platform: Platform): Promise<void> {
  const deadline = Date.now() + 30_000;
  // Right after the kill it may still say ready: the round's writers tell by failing when that was wrong.
  await delay(200);
  while (!(await isReady(platform))) {
    assert.ok(Date.now() < deadline, 'not ready again 30 s after PostgreSQL was killed');
    await delay(50);
  }
}

const acknowledgedIn = (logs: readonly (readonly Written[])[]): number =>
  logs.flat().reduce((sum, { versions }) => sum + versions.length, 0);

/** A busy machine writes slowly: a kill before this many writes would prove little. */
const enough = 100;

async function untilWritten(logs: readonly (readonly Written[])[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (acknowledgedIn(logs) <= enough && Date.now() < deadline) await delay(20);
}

async function round(t: TestContext, kill: Kill): Promise<void> {
  const place = await openHome();
  t.after(() => place.close());
  const platform = await place.start();
  const token = await getToken(platform.urls.sso, platform.demo!);
  const logs = Array.from({ length: connections }, (): Written[] => []);
  const ask = fhirAt(platform.urls.playground, token);
  const writers = Promise.all(logs.map((log, writer) => write(ask, `w${writer}`, log)));
  await Promise.race([Promise.all([delay(before), untilWritten(logs)]), writers]);
  const survivor = await kill(place, platform);
  await writers;

  const again = survivor ?? (await place.start());
  const askAgain = fhirAt(again.urls.playground, token);
  const resources = logs.flat();
  const acknowledged = acknowledgedIn(logs);
  assert.ok(acknowledged > enough, `only ${acknowledged} writes before the kill`);
  let unacknowledged = 0;
  const queue = [...resources];
  const checker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if ((await check(askAgain, next)) === 'pending') unacknowledged += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, checker));
  // Writing goes on where it stopped.
  const log: Written[] = [];
  const one = write(
    (...request) => (log.length > 3 ? Promise.reject(new Error('enough')) : askAgain(...request)),
    'after',
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
    assert.ok(await gone(postmaster, 10_000));
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
