/** The disk of the database is slow for a while, and then answers nothing at all. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, startEmbedded, type Sql } from '@dhp/postgres';
import { ask } from '../../ask.ts';
import { fhirAt } from '../../fhir.ts';
import type { Refused } from '../../ledger.ts';
import type { Credentials } from '../../platform.ts';
import { inSeconds, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

const run = promisify(execFile);

/** Milliseconds that each write and each sync of a file takes. */
const slow = 150;

export const slowDisk: Scenario = {
  name: 'slow-disk',
  fault: `each write to the disk of the database takes ${String(slow)} ms for 20 s, and then hangs for 60 s`,
  claim:
    'While the disk is slow, all goes on, only later. While it hangs, each write and each request for a token is answered by 503 with Retry-After within 15 s; reads are answered, no node is taken out of service, and the servers keep no more sessions of the database than before. Nothing acknowledged is lost, and all goes on by itself.',
  missing: noCompiler,
  longest: 300_000,
  run: () => slowDown({ slowFor: 20, hangsFor: 60 }),
};

/** Why no library can be made that delays; undefined if one can. */
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
  return onSlowDisk((url, disk) => watch(url, disk, lasting));
}

/** Sets the milliseconds that each write and each sync of a file takes; -1: it does not come back until another number is set. */
export type Disk = (milliseconds: number) => Promise<void>;

/** Does something with a PostgreSQL whose disk can be made slow. */
export async function onSlowDisk<R>(work: (url: string, disk: Disk) => Promise<R>): Promise<R> {
  const place = await mkdtemp(join(tmpdir(), 'dhp-slow-'));
  await chmod(place, 0o755);
  const [library, file] = [join(place, 'slow-disk.so'), join(place, 'delay')];
  const disk: Disk = (milliseconds) => writeFile(file, String(milliseconds));
  try {
    const source = fileURLToPath(new URL('slow-disk.c', import.meta.url));
    await run('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
    await disk(0);
    const server = await startEmbedded({
      directory: join(place, 'postgres'),
      environment: { LD_PRELOAD: library, DHP_SLOW_DISK: file },
    });
    try {
      return await work(server.url, disk);
    } finally {
      await disk(0);
      await server.stop();
    }
  } finally {
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function watch(url: string, disk: Disk, { slowFor, hangsFor }: Lasting): Promise<Outcome> {
  const { home, platform, token, client } = await platformOn(url);
  const admin = connect(url, { max: 1, applicationName: 'proof', commits: 'unwatched' });
  try {
    const base = platform.urls.playground;
    const writing = startWriting(base, token);
    const [onlooking, taking] = [onlook(base, token), takeTokens(platform.urls.sso, client)];
    await delay(4_000);
    const counts = [writing.acknowledged()];
    await disk(slow);
    await delay(slowFor * 1000);
    counts.push(writing.acknowledged());
    await disk(-1);
    const hanging = performance.now();
    await delay(hangsFor * 1000);
    counts.push(writing.acknowledged());
    const sessions = await sessionsOf(admin);
    await disk(0);
    const freed = performance.now();
    while (writing.acknowledged() < counts[2]! + 200 && performance.now() - freed < 60_000) await delay(20);
    const recovered = performance.now() - freed;
    const seen = await onlooking();
    const tokens = await taking();
    const refused = await writing.stop();
    const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
    // A request that is under way when the disk answers again may come to its end by itself.
    const during = [...refused, ...tokens.refused].filter(({ at }) => at >= hanging - 15_000);
    const longest = Math.max(0, ...during.map(({ took }) => took));
    const statuses = [...new Set([...refused, ...tokens.refused].map(({ status }) => status ?? 'no answer'))];
    const [before, slowed, hung] = [counts[0]!, counts[1]! - counts[0]!, counts[2]! - counts[1]!];
    return {
      holds:
        before > 0 &&
        slowed > 0 &&
        refused.length > 0 &&
        tokens.refused.length > 0 &&
        tokens.last === 200 &&
        statuses.join() === '503' &&
        longest < bound &&
        sessions.hanging <= sessions.most &&
        recovered < 60_000 &&
        seen.bad === 0 &&
        seen.readiness.every((one) => one.startsWith('200 ')),
      said:
        `${String(writing.acknowledged())} acknowledged writes of ${String(resources)} resources are all there: ${String(before)} before, ${String(slowed)} while the disk was slow, ${String(hung)} while it hung; ` +
        `${String(refused.length)} writes and ${String(tokens.refused.length)} requests for tokens were refused (${statuses.join(', ') || 'none'}), the longest after ${inSeconds(longest)}; ${String(unacknowledged)} of the writes had been committed; ` +
        `at the end of the hang ${String(sessions.hanging)} sessions waited for the disk; ` +
        `${String(seen.reads - seen.bad)} of ${String(seen.reads)} reads were answered, the slowest after ${inSeconds(seen.longest)}; /readyz said ${seen.readiness.join(', ')}; writing again ${inSeconds(recovered)} after the disk answered.`,
    };
  } finally {
    await admin.end();
    await home.close();
  }
}

/** Milliseconds within which each request is answered while the disk hangs. */
const bound = 15_000;

/** Sessions at work, which all wait for the disk, and how many a platform may have there: a pool each with all of its connections. */
async function sessionsOf(admin: Sql): Promise<{ hanging: number; most: number }> {
  const [row] = await admin<{ hanging: number }[]>`
    select count(*)::int as hanging from pg_stat_activity
    where backend_type = 'client backend' and state = 'active' and application_name like 'dhp%'`;
  return { hanging: row!.hanging, most: 40 };
}

interface Taken {
  readonly refused: readonly Refused[];
  readonly last: number | undefined;
}

/** Requests for tokens, one after the other, until it is told to end. */
function takeTokens(sso: string, client: Credentials): () => Promise<Taken> {
  const refused: Refused[] = [];
  let isOver = false;
  let last: number | undefined;
  const take = async (): Promise<void> => {
    while (!isOver) {
      const at = performance.now();
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...client });
      const answer = await ask(`${sso}/oauth/token`, { method: 'POST', body }).catch(() => undefined);
      last = answer?.status;
      const isAsPromised = last !== 503 || answer?.headers.has('retry-after') === true;
      if (last !== 200) refused.push({ status: isAsPromised ? last : undefined, at, took: performance.now() - at });
      await delay(200);
    }
  };
  const taking = take();
  taking.catch(() => undefined); // told by the end
  return async () => {
    isOver = true;
    await taking;
    return { refused, last };
  };
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
