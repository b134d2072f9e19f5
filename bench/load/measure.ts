/** Runs one job in the load process and combines its results with the CPU time of the server and PostgreSQL in that window. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpuTime, openCpuClock, type CpuTime, type Watched } from '../cpu.ts';
import type { Message, Seen } from './generator.ts';
import type { Job, Target } from './workloads.ts';

/** One measurement of one load. */
export interface Run {
  readonly perSecond: number;
  /** Milliseconds; undefined if the tool does not report it. */
  readonly p50?: number;
  readonly p99?: number;
  readonly errors: number;
  readonly firstError?: string;
  /** Requests per second of CPU of server and PostgreSQL together; undefined if the system does not report it. */
  readonly perCpuSecond?: number;
  /** Microseconds of CPU a request. */
  readonly serverMicroseconds?: number;
  readonly postgresMicroseconds?: number;
  /** Microseconds of CPU a request that the load itself took, on the same machine. */
  readonly loadMicroseconds?: number;
}

export interface Load {
  /** Runs a job; returns the targets of updates with their new versions. */
  run(job: Job, watched: Watched): Promise<{ run: Run; targets: Target[] | undefined }>;
  /** The same for a job with `requests`: the CPU of exactly these requests. */
  count(
    job: Job & { readonly requests: number },
    watched: Watched,
  ): Promise<{ run: Run; targets: Target[] | undefined }>;
  close(): void;
}

/** Starts the load process. */
export function openLoad(): Load {
  const child = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)));
  return {
    async run(job, watched) {
      // All are awaited from the start: `seen` may arrive while the clocks are still being read.
      const [opened, closed, told] = [event(child, 'open'), event(child, 'closed'), event(child, 'seen')];
      for (const waiting of [opened, closed, told]) waiting.catch(() => undefined);
      child.send(job);
      await opened;
      const before = await cpuTime(watched);
      await closed;
      const after = await cpuTime(watched);
      const { seen } = await told;
      return { run: runOf(seen, before, after), targets: seen.targets };
    },
    async count(job, watched) {
      const [opened, closed, told] = [event(child, 'open'), event(child, 'closed'), event(child, 'seen')];
      for (const waiting of [opened, closed, told]) waiting.catch(() => undefined);
      child.send(job);
      await opened;
      const clock = await openCpuClock(watched);
      const before = await clock?.();
      child.send('go');
      await closed;
      const after = await clock?.();
      const { seen } = await told;
      return { run: runOf(seen, before, after), targets: seen.targets };
    },
    close: () => void child.kill(),
  };
}

function runOf(seen: Seen, before: CpuTime | undefined, after: CpuTime | undefined): Run {
  const { requests, seconds, p50, p99, errors, firstError, ownCpu } = seen;
  return {
    perSecond: requests / seconds,
    ...(requests > 0 && { p50, p99 }), // Without requests there is no time.
    errors,
    ...(firstError !== undefined && { firstError }),
    ...cpuOf(requests, before, after),
    loadMicroseconds: (ownCpu * 1e6) / requests,
  };
}

/** CPU a request, from the clocks before and after. */
export function cpuOf(
  requests: number,
  before: CpuTime | undefined,
  after: CpuTime | undefined,
): Pick<Run, 'perCpuSecond' | 'serverMicroseconds' | 'postgresMicroseconds'> {
  const spent = (part: keyof CpuTime): number | undefined =>
    before?.[part] === undefined || after?.[part] === undefined ? undefined : after[part] - before[part];
  const [server, postgres] = [spent('server'), spent('postgres')];
  if (server === undefined && postgres === undefined) return {};
  return {
    perCpuSecond: requests / ((server ?? 0) + (postgres ?? 0)),
    ...(server !== undefined && { serverMicroseconds: (server * 1e6) / requests }),
    ...(postgres !== undefined && { postgresMicroseconds: (postgres * 1e6) / requests }),
  };
}

/** Waits for one message of the load's process. @throws Error when it ends instead */
export function event<E extends Message['event']>(child: ChildProcess, name: E): Promise<Message & { event: E }> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => fail(`ended with ${String(code)}`);
    const fail = (why: string): void => {
      settle();
      reject(new Error(`the load ${why}`));
    };
    const settle = (): void => void child.off('message', received).off('exit', ended);
    const received = (message: unknown): void => {
      const told = message as Message;
      if (told.event === 'failed') fail(`failed: ${told.reason}`);
      if (told.event !== name) return;
      settle();
      resolve(told as Message & { event: E });
    };
    child.on('message', received).once('exit', ended);
  });
}
