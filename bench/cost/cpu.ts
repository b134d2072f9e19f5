/** The CPU time of the platform and of its PostgreSQL in nanoseconds, from Linux's /proc. */
import { readdir, readFile } from 'node:fs/promises';

/** Milliseconds of CPU since the processes began. */
export interface Cpu {
  readonly server: number;
  readonly postgres: number;
}

/**
 * @param root the first process of the platform; what it has started counts with it
 * @param postmaster the first process of PostgreSQL, which may have been started by the platform
 */
export async function cpuOf(root: number, postmaster: number | undefined): Promise<Cpu> {
  const parents = new Map<number, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
    // The name stands in parentheses and may hold anything.
    if (stat !== undefined) parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const descends = (pid: number, from: number | undefined): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === from) return true;
    return false;
  };
  const sums = { server: 0, postgres: 0 };
  for (const pid of parents.keys()) {
    if (descends(pid, postmaster)) sums.postgres += await timeOf(pid);
    else if (descends(pid, root)) sums.server += await timeOf(pid);
  }
  return { server: sums.server / 1e6, postgres: sums.postgres / 1e6 };
}

/** Of all threads of a process. proc(5): the first number of schedstat is the time spent on the CPU. */
async function timeOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').catch(() => '0')),
  );
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
}
