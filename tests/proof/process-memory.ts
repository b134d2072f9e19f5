/** The memory of the process of one server. Linux alone tells it. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerName } from '../../apps/dhp/src/processes/messages.ts';

/** Milliseconds between two looks. */
const interval = 50;

/**
 * The process that serves, a child of `dhp start`, which itself only passes connections on.
 * @param supervisor process id of `dhp start`
 */
export async function processOf(supervisor: number, server: ServerName): Promise<number> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) !== supervisor) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (words.some((word) => /(?:servers|processes)\/main\.ts$/.test(word)) && words.includes(server))
      return Number(pid);
  }
  throw new Error(`process ${supervisor} has no process of the server ${server}`);
}

export interface Memory {
  /** Bytes of resident memory: before, the most, and at the end. */
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

/** Watches the resident memory of a process until it is asked what was seen, and rejects when the process has ended before. */
export async function watchMemory(pid: number): Promise<() => Promise<Memory>> {
  const before = await residentBytes(pid);
  let most = before;
  const watch: { isOver: boolean; error?: Error } = { isOver: false };
  const watching = (async (): Promise<void> => {
    while (!watch.isOver) {
      most = Math.max(most, await residentBytes(pid));
      await delay(interval);
    }
  })().catch((error: unknown) => void (watch.error = error as Error));
  return async () => {
    watch.isOver = true;
    await watching;
    if (watch.error !== undefined) throw watch.error;
    return { before, most, after: await residentBytes(pid) };
  };
}

/** proc_pid_status(5) */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  // A process that has ended but was not yet waited for has a status, but no memory.
  if (resident === undefined) throw new Error(`the process ${pid} that was watched has ended`);
  return Number(resident) * 1024;
}
