/**
 * Writers that remember what was acknowledged to them, and a check that it is stored exactly, and that unacknowledged writes are stored
 * completely or not at all. For tests of crashes and failovers.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { hasStatus, versionOf, type Ask } from './fhir.ts';

/** A writer's record of one resource: `versions[0]` is version 1. Only `pending` may be stored or not. */
export interface Written {
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
export async function write(ask: Ask, name: string, log: Written[]): Promise<void> {
  for (let count = 0; await writeOnce(ask, `${name}-${count}`, count, log, log);) count += 1;
}

/** A request that was not acknowledged, with its time: `status` is undefined if no answer came. */
export interface Refused {
  readonly status: number | undefined;
  /** Milliseconds since the process started, and the duration in milliseconds. */
  readonly at: number;
  readonly took: number;
}

/**
 * Writes until `isOver`, also after failed requests: their resources are not used any more, and the writer continues with others.
 * @returns the failed requests
 */
export async function keepWriting(ask: Ask, name: string, log: Written[], isOver: () => boolean): Promise<Refused[]> {
  const refused: Refused[] = [];
  let good: Written[] = [];
  for (let count = 0; !isOver(); count += 1) {
    const at = performance.now();
    let status: number | undefined;
    const noted: Ask = async (...request) => {
      const answer = await ask(...request);
      ({ status } = answer);
      return answer;
    };
    if (await writeOnce(noted, `${name}-${count}`, good.length === 0 ? 0 : count, log, good)) continue;
    refused.push({ status, at, took: performance.now() - at });
    good = good.filter(({ pending }) => pending === undefined);
    await delay(50);
  }
  return refused;
}

/**
 * @param targets resources that may be updated; a created resource is added to them and to the log. @returns whether the write was
 * acknowledged
 */
async function writeOnce(ask: Ask, id: string, count: number, log: Written[], targets: Written[]): Promise<boolean> {
  const isCreate = count % 3 === 0;
  const target: Written | undefined = isCreate ? { id, versions: [] } : targets[(count * 7) % targets.length];
  assert.ok(target);
  if (isCreate) {
    log.push(target);
    if (targets !== log) targets.push(target);
  }
  const version = target.versions.length + 1;
  const body = content(target.id, version);
  target.pending = body;
  const headers = isCreate ? undefined : { 'if-match': `W/"${version - 1}"` };
  const answer = await ask('PUT', `Basic/${target.id}`, body, headers).catch(() => undefined);
  if (answer?.status !== (isCreate ? 201 : 200)) {
    // Only the fault under test may stop a writer.
    assert.ok(answer === undefined || answer.status >= 500, `${answer?.status ?? 0} ${answer?.text ?? ''}`);
    return false;
  }
  assert.equal(versionOf(answer), version);
  target.versions.push(body);
  delete target.pending;
  return true;
}

/** Every version of a resource in its history, oldest first, without elements that the server sets. */
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

/** Checks every resource of the writers. @returns the number of resources whose unacknowledged write is stored */
export async function checkAll(ask: Ask, logs: readonly (readonly Written[])[]): Promise<number> {
  const queue = logs.flat();
  let unacknowledged = 0;
  const checker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if ((await check(ask, next)) === 'pending') unacknowledged += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, checker));
  return unacknowledged;
}

export const acknowledgedIn = (logs: readonly (readonly Written[])[]): number =>
  logs.flat().reduce((sum, { versions }) => sum + versions.length, 0);
