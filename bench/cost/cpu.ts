/** The CPU time of the platform and of its PostgreSQL, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of CPU. */
export interface Cpu {
  readonly server: number;
  readonly postgres: number;
}

/** Nanoseconds of CPU since the start, by thread. */
export interface CpuTimes {
  readonly server: ReadonlyMap<string, number>;
  readonly postgres: ReadonlyMap<string, number>;
}

/** Returns the CPU seconds between two readings. Threads that ended in between are omitted; otherwise the difference would be negative. */
export function usedBetween(before: CpuTimes, after: CpuTimes): Cpu {
  const used = (name: keyof CpuTimes): number =>
    [...after[name]].reduce((sum, [thread, time]) => sum + time - (before[name].get(thread) ?? 0), 0) / 1e6;
  return { server: used('server'), postgres: used('postgres') };
}

/**
 * @param root the first process of the platform; its descendants are included
 * @param postmaster the first process of PostgreSQL, which the platform may have started
 */
export function cpuTimesOf(root: number, postmaster: number | undefined): CpuTimes {
  const times = { server: new Map<string, number>(), postgres: new Map<string, number>() };
  const add = (pid: number, kind: keyof CpuTimes): void => {
    for (const thread of threadsOf(pid)) {
      const at = `/proc/${pid}/task/${thread}`;
      // proc(5): the first number of schedstat is the time spent on the CPU.
      times[kind].set(`${pid}/${thread}`, Number(read(`${at}/schedstat`).split(' ')[0]));
      for (const child of read(`${at}/children`).split(' ').filter(Boolean).map(Number))
        if (child !== postmaster) add(child, kind);
    }
  };
  add(root, 'server');
  if (postmaster !== undefined) add(postmaster, 'postgres');
  return times;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** '' for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
