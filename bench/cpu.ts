/** CPU time of processes from Linux's /proc; undefined on other systems. */
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { servers } from '../tests/processes.ts';

/** The processes whose CPU is measured: `dhp start` with its servers, and PostgreSQL with all its processes. */
export interface Watched {
  readonly server?: number | undefined;
  readonly postmaster?: number | undefined;
}

/** Seconds of CPU since each process started; absent for processes that are not measured. */
export interface CpuTime {
  readonly server?: number | undefined;
  readonly postgres?: number | undefined;
}

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** CPU of ended children that were waited for. */
  readonly children: number;
}

const ticksPerSecond =
  process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;

/** The CPU time of the measured processes; undefined if the system does not report it. */
export async function cpuTime({ server, postmaster }: Watched): Promise<CpuTime | undefined> {
  if (ticksPerSecond === 0) return undefined;
  return {
    server: server === undefined ? undefined : await family(server),
    postgres: postmaster === undefined ? undefined : await family(postmaster),
  };
}

/**
 * A clock of the measured processes with a resolution of nanoseconds, where `cpuTime` has hundredths of a second; processes and threads
 * that begin or end later are not counted. Undefined if the system has none.
 */
export async function openCpuClock(watched: Watched): Promise<(() => Promise<CpuTime>) | undefined> {
  const { server, postmaster } = watched;
  if (ticksPerSecond === 0) return undefined;
  const [ofServer, ofPostgres] = await Promise.all([server, postmaster].map(schedulesOf));
  const sum = async (files: readonly string[]): Promise<number> => {
    // proc_pid_schedstat(5): the first field is the nanoseconds on a processor.
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
    return texts.reduce((all, text) => all + Number.parseInt(text || '0', 10), 0) / 1e9;
  };
  return async () => {
    const [one, other] = await Promise.all([sum(ofServer!), sum(ofPostgres!)]);
    return { server: server && one, postgres: postmaster && other };
  };
}

/** The clocks of all threads of a process and of its children. */
async function schedulesOf(first: number | undefined): Promise<string[]> {
  if (first === undefined) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (pid) => (await stat(pid))?.parent));
  const family = pids.filter((pid, index) => pid === first || parents[index] === first);
  const threads = await Promise.all(family.map((pid) => readdir(`/proc/${pid}/task`).catch(() => [])));
  return family.flatMap((pid, index) => threads[index]!.map((thread) => `/proc/${pid}/task/${thread}/schedstat`));
}

/** CPU time of a process, of its live children and, through it, of the ended ones. */
async function family(first: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, ...(await stat(pid)) })));
  return stats.reduce((sum, { pid, parent, own = 0, children = 0 }) => {
    if (pid === first) return sum + own + children;
    return parent === first ? sum + own : sum;
  }, 0);
}

/** proc_pid_stat(5): the name is in parentheses and may hold anything, so counting starts after the last one. */
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

/**
 * Bytes of memory of `dhp start` and its servers, with shared pages divided among the processes that share them (`Pss` of proc_pid_smaps);
 * undefined if the system does not report it.
 */
export async function memoryOf(platform: number): Promise<number | undefined> {
  const pids = [platform, ...(await servers(platform).catch(() => new Map<string, number[]>())).values()].flat();
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${String(pid)}/smaps_rollup`, 'latin1').catch(() => '')),
  );
  const bytes = texts.map((text) => Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024);
  return bytes[0] === 0 ? undefined : bytes.reduce((sum, one) => sum + one, 0);
}
