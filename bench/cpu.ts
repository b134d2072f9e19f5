/** CPU time of processes, from Linux's /proc; nothing elsewhere. */
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** What is watched: the server, and PostgreSQL with all its processes. */
export interface Watched {
  readonly server?: number | undefined;
  readonly postmaster?: number | undefined;
}

/** Seconds of CPU since each process began; absent for what is not watched. */
export interface CpuTime {
  readonly server?: number | undefined;
  readonly postgres?: number | undefined;
}

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly children: number;
}

const ticksPerSecond =
  process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;

/** The CPU time of what is watched; undefined where the system does not tell. */
export async function cpuTime({ server, postmaster }: Watched): Promise<CpuTime | undefined> {
  if (ticksPerSecond === 0) return undefined;
  return {
    server: server === undefined ? undefined : (await stat(server))?.own,
    postgres: postmaster === undefined ? undefined : await family(postmaster),
  };
}

/** A postmaster, its living processes, and through the postmaster those that have ended. */
async function family(postmaster: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, ...(await stat(pid)) })));
  return stats.reduce((sum, { pid, parent, own = 0, children = 0 }) => {
    if (pid === postmaster) return sum + own + children;
    return parent === postmaster ? sum + own : sum;
  }, 0);
}

/** proc_pid_stat(5): the name stands in parentheses and may hold anything, so counting starts after the last one. */
async function stat(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const seconds = (first: number): number => (fields[first]! + fields[first + 1]!) / ticksPerSecond;
  return { parent: fields[1]!, own: seconds(11), children: seconds(13) };
}
