/** The disk of the database is slow for a while, and then answers nothing at all. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmbedded } from '@dhp/postgres';
import { fhirAt } from '../../fhir.ts';
import { inSeconds, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

const run = promisify(execFile);

/** Milliseconds that each write and each sync of a file takes. */
const slow = 150;

export const slowDisk: Scenario = {
  name: 'slow-disk',
  fault: `each write to the disk of the database takes ${String(slow)} ms for 20 s, and then hangs for 30 s`,
  claim:
    'While the disk is slow, all goes on, only later. While it hangs, writes wait, or are answered by 503; reads are answered, and no node is taken out of service. Nothing acknowledged is lost, and writes go on by themselves.',
  missing: noCompiler,
  longest: 300_000,
  run: () => slowDown({ slowFor: 20, hangsFor: 30 }),
};

/** Why no library can be made that delays; undefined where one can. */
export async function noCompiler(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a disk can be made slow on Linux alone';
  return run('cc', ['--version']).then(
    () => undefined,
    () => 'there is no compiler for C (Debian: apt-get install gcc libc6-dev)',
  );
}

interface Lasting {
  /** Seconds for which the disk is slow, and for which it hangs. */
  readonly slowFor: number;
  readonly hangsFor: number;
}

export async function slowDown(lasting: Lasting): Promise<Outcome> {
  const place = await mkdtemp(join(tmpdir(), 'dhp-slow-'));
  await chmod(place, 0o755);
  const [library, file] = [join(place, 'slow-disk.so'), join(place, 'delay')];
  const disk = (milliseconds: number): Promise<void> => writeFile(file, String(milliseconds));
  try {
    await run('cc', [
      '-O2',
      '-shared',
      '-fPIC',
      '-o',
      library,
      fileURLToPath(new URL('slow-disk.c', import.meta.url)),
      '-ldl',
    ]);
    await disk(0);
    const server = await startEmbedded({
      directory: join(place, 'postgres'),
      environment: { LD_PRELOAD: library, DHP_SLOW_DISK: file },
    });
    try {
      return await watch(server.url, disk, lasting);
    } finally {
      await disk(0);
      await server.stop();
    }
  } finally {
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function watch(
  url: string,
  disk: (milliseconds: number) => Promise<void>,
  { slowFor, hangsFor }: Lasting,
): Promise<Outcome> {
  const { home, platform, token } = await platformOn(url);
  try {
    const base = platform.urls.playground;
    const writing = startWriting(base, token);
    const onlooking = onlook(base, token);
    await delay(4_000);
    const counts = [writing.acknowledged()];
    await disk(slow);
    await delay(slowFor * 1000);
    counts.push(writing.acknowledged());
    await disk(-1);
    await delay(hangsFor * 1000);
    counts.push(writing.acknowledged());
    await disk(0);
    const freed = performance.now();
    while (writing.acknowledged() < counts[2]! + 200 && performance.now() - freed < 60_000) await delay(20);
    const recovered = performance.now() - freed;
    const seen = await onlooking();
    const refused = await writing.stop();
    const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
    const longest = Math.max(0, ...refused.map(({ took }) => took));
    const statuses = [...new Set(refused.map(({ status }) => status ?? 'no answer'))].join(', ');
    const [before, slowed, hung] = [counts[0]!, counts[1]! - counts[0]!, counts[2]! - counts[1]!];
    return {
      holds:
        before > 0 &&
        slowed > 0 &&
        refused.every(({ status }) => status === 503) &&
        recovered < 60_000 &&
        seen.bad === 0 &&
        seen.readiness.every((one) => one.startsWith('200 ')),
      said:
        `${String(writing.acknowledged())} acknowledged writes of ${String(resources)} resources are all there: ${String(before)} before, ${String(slowed)} while the disk was slow, ${String(hung)} while it hung; ` +
        `${String(refused.length)} requests were refused (${statuses || 'none'}), the longest after ${inSeconds(longest)}; ${String(unacknowledged)} of them had been committed; ` +
        `${String(seen.reads - seen.bad)} of ${String(seen.reads)} reads were answered, the slowest after ${inSeconds(seen.longest)}; /readyz said ${seen.readiness.join(', ')}; writing again ${inSeconds(recovered)} after the disk answered.`,
    };
  } finally {
    await home.close();
  }
}

interface Seen {
  readonly reads: number;
  readonly bad: number;
  readonly longest: number;
  readonly readiness: readonly string[];
}

/** Reads, searches and asks whether the node is ready, until it is told to end. */
function onlook(base: string, token: string): () => Promise<Seen> {
  const ask = fhirAt(base, token);
  let isOver = false;
  const readiness = new Set<string>();
  const seen = { reads: 0, bad: 0, longest: 0 };
  const look = async (): Promise<void> => {
    while (!isOver) {
      for (const path of ['Basic/w0-0', 'Basic?_id=w0-0']) {
        const began = performance.now();
        const answer = await ask('GET', path).catch(() => undefined);
        seen.reads += 1;
        if (answer?.status !== 200 && !(answer?.status === 404 && seen.reads < 20)) seen.bad += 1;
        seen.longest = Math.max(seen.longest, performance.now() - began);
      }
      const ready = await fetch(`${base}/readyz`);
      readiness.add(`${String(ready.status)} ${((await ready.json()) as { status: string }).status}`);
      await delay(100);
    }
  };
  const looking = look();
  looking.catch(() => undefined); // told by the end
  return async () => {
    isOver = true;
    await looking;
    return { ...seen, readiness: [...readiness] };
  };
}
