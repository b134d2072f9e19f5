/** Questions to the operating system about processes: which are alive, and which run PostgreSQL in a directory. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const onLinux = process.platform === 'linux';

/** A process, distinguished from a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own format; only compared as text. Empty if unknown. */
  started: string;
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, started: await startOf(pid) };
}

/** Whether this very process is still alive: the number alone may belong to another one by now. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (!pidExists(identity.pid)) return false;
  const started = await startOf(identity.pid);
  if (onLinux && started === '') return false; // gone, or a zombie that only waits to be reaped
  return started === '' || identity.started === '' || started === identity.started;
}

async function startOf(pid: number): Promise<string> {
  try {
    if (onLinux) return await startOnLinux(pid);
    if (process.platform === 'win32') return '';
    return (
      await run('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } })
    ).stdout.trim();
  } catch {
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat, clock ticks since boot, with the boot itself; '' for a zombie. See proc(5). */
async function startOnLinux(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in parentheses may hold anything
  if (fields[0] === 'Z' || fields[0] === 'X') return '';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  return `${fields[19] ?? ''} ${boot.trim()}`;
}

export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The processes of a PostgreSQL server in this data directory: postmaster and backends.
 *
 * On Linux every one of them has the data directory as its working directory, which a reused process number does not have. Elsewhere the
 * number in postmaster.pid is trusted if `ps` calls it postgres.
 * @param dataDirectory real path, without symbolic links
 * @param postmaster the number in its postmaster.pid
 */
export async function serverProcesses(dataDirectory: string, postmaster: number | undefined): Promise<number[]> {
  if (onLinux) return processesIn(dataDirectory);
  if (postmaster === undefined || !pidExists(postmaster)) return [];
  if (process.platform === 'win32') return [postmaster];
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(postmaster)]).catch(() => ({ stdout: '' }));
  return stdout.includes('postgres') ? [postmaster] : [];
}

async function processesIn(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === directory ? Number(pid) : undefined,
    ),
  );
  return found.filter((pid) => pid !== undefined && pid !== process.pid) as number[];
}

/** Sends a signal; it is not an error if the process has already ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone
  }
}
