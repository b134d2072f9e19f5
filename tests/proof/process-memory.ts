/** The memory of a server process, found by the port that it listens on. Linux alone tells it. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks. */
const interval = 50;

/** The process that listens on a TCP port of this machine, and belongs to this user. Rejects where there is none. */
export async function processAt(port: number): Promise<number> {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/net/${table}`, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port) inodes.add(`socket:[${inode}]`);
    }
  }
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (inodes.has(target)) return Number(pid);
    }
  }
  throw new Error(`no process of this user listens on port ${port}`);
}

export interface Memory {
  /** Bytes of resident memory: before, the most, and at the end. */
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

/** Watches the resident memory of a process until it is asked what was seen. */
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
  if (status === '') throw new Error(`the process ${pid} that was watched has ended`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
