/** Costs of jobs that make files: CPU of each process, time, and the memory of the one that makes them. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { follow, kickOff, remove } from '../../../apps/dhp/src/exchange/follow.ts';
import { openServer, type Asked, type Server } from '../../../apps/dhp/src/exchange/server.ts';
import { spent, type Cpu, type Ground } from './ground.ts';

export interface JobMeasured {
  readonly cpu: Cpu;
  /** From the kick-off to its result, to a second. */
  readonly seconds: number;
  /** Resident bytes of the process that does jobs, twice a second. */
  readonly memory: readonly number[];
  readonly outcome: Outcome;
}

export interface Outcome {
  readonly resources: number;
  readonly bytes: number;
  readonly files: number;
  /** Files that say that the rules have changed meanwhile, as they do while consents and labels of what was loaded come into force. */
  readonly errors: number;
}

/** A client that asks each second, as the server wants it: what asks more often is refused, and makes the server work. */
export function clientOf({ base, client }: Ground): Server {
  const { client_id: clientId, client_secret: secret } = client;
  const means = { base, client: { clientId, secret }, patience: 600_000, signal: new AbortController().signal };
  return openServer({ ...means, onWait: () => undefined });
}

export interface Job {
  readonly path: string;
  readonly asked: Asked;
  /** Reads the answer. */
  readonly outcomeOf: (told: object) => Outcome | Promise<Outcome>;
}

/** A job from its kick-off to its end; what it made is removed. */
export async function measureJob(
  ground: Ground,
  server: Server,
  { path, asked, outcomeOf }: Job,
): Promise<JobMeasured> {
  const memory: number[] = [];
  const watch = { isOver: false };
  const watching = (async (): Promise<void> => {
    while (!watch.isOver) {
      const bytes = await residentBytes(ground.worker);
      // One that has ended is told of by its job.
      if (bytes > 0) memory.push(bytes);
      await delay(500);
    }
  })();
  try {
    const [before, begun] = [await ground.cpu(), performance.now()];
    const job = await kickOff(server, `${ground.base}/${path}`, asked);
    const told = await follow(server, job, () => undefined);
    const seconds = (performance.now() - begun) / 1000;
    const cpu = spent(before, await ground.cpu());
    const outcome = await outcomeOf(told);
    await remove(server, job);
    return { cpu, seconds, memory, outcome };
  } finally {
    watch.isOver = true;
    await watching;
  }
}

/** Of all that there is. */
export const wholeExport: Job = { path: '$export', asked: {}, outcomeOf: ofManifest };

interface Listed {
  readonly count?: number;
  readonly extension?: { readonly bytes?: number };
}

function ofManifest(told: object): Outcome {
  const { output = [], error = [] } = told as { output?: readonly Listed[]; error?: readonly unknown[] };
  const sum = (of: (one: Listed) => number | undefined): number => output.reduce((all, one) => all + (of(one) ?? 0), 0);
  const errors = error.length;
  return {
    resources: sum(({ count }) => count),
    bytes: sum(({ extension }) => extension?.bytes),
    files: output.length,
    errors,
  };
}

/** 0 of a process that has ended. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'latin1').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Bytes more for each unit of the horizontal axis, by least squares. */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  const squares = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return squares === 0 ? 0 : points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / squares;
}
