/** Measures the cost of a transaction Bundle beside CPU: the server's memory while it is stored, and the delay of other requests. */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, hasStatus } from '../tests/fhir.ts';
import { servers } from '../tests/processes.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';
import type { Subject } from './subject.ts';
import { transaction } from './transactions.ts';

export interface BundleMemory {
  readonly resources: number;
  /** Bytes of the body. */
  readonly sent: number;
  /** Bytes of the server's resident memory: before the first of the Bundles, and the most while this one was stored. */
  readonly before: number;
  readonly peak: number;
  /** Milliseconds until the answer. */
  readonly took: number;
  /** Milliseconds: the longest response time of `/healthz` during the request, polled by one client. */
  readonly othersWaited: number;
}

const counts = [1_000, 5_000, 20_000] as const;
/** Milliseconds between two questions of the other client. */
const interval = 5;

/** Stores a Bundle of each size. Returns an empty list if Linux does not report the memory of a process. */
export async function measureBundleMemory({ platform, token }: Subject, progress: Progress): Promise<BundleMemory[]> {
  if (process.platform !== 'linux') return [];
  const [server] = (await servers(platform.pid)).get('playground') ?? [];
  if (server === undefined) return [];
  const ask = fhirAt(platform.urls.playground, token);
  const health = new URL('/healthz', platform.urls.playground);
  const step = progress.step('the memory of large Bundles');
  const before = await residentBytes(server, 'VmRSS');
  const measured: BundleMemory[] = [];
  for (const [n, resources] of counts.entries()) {
    step.update(n, counts.length, `· ${resources} resources`);
    const body = transaction(resources, 400_000_000_000 + resources);
    await writeFile(`/proc/${server}/clear_refs`, '5'); // proc_pid_clear_refs(5): the peak begins again
    const others = watchOthers(health);
    const start = performance.now();
    hasStatus(await ask('POST', '', body), 200);
    const took = performance.now() - start;
    const othersWaited = await others.longest();
    const peak = await residentBytes(server, 'VmHWM');
    measured.push({ resources, sent: Buffer.byteLength(body), before, peak, took, othersWaited });
  }
  step.done(`up to ${Math.round(measured.at(-1)!.peak / 2 ** 20)} MiB`);
  return measured;
}

function watchOthers(url: URL): { longest(): Promise<number> } {
  let longest = 0;
  const watch = { isOver: false };
  const watching = (async (): Promise<void> => {
    while (!watch.isOver) {
      const start = performance.now();
      await (await fetch(url)).arrayBuffer();
      longest = Math.max(longest, performance.now() - start);
      await delay(interval);
    }
  })();
  return {
    async longest() {
      watch.isOver = true;
      await watching;
      return longest;
    },
  };
}

/** proc_pid_status(5), in bytes. */
async function residentBytes(pid: number, name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

/**
 * Percent: four times the additional memory for the Bundle of 5,000, divided by that for 20,000. About 100 if memory is linear in the size
 * of the Bundle; undefined if it was not measured.
 */
export function linearity(measured: readonly BundleMemory[]): number | undefined {
  const [few, many] = [5_000, 20_000].map((count) => measured.find(({ resources }) => resources === count));
  if (few === undefined || many === undefined) return undefined;
  return (100 * 4 * (few.peak - few.before)) / (many.peak - many.before);
}
