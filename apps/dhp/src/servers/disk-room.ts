/** Room on the disk of the embedded database, for a server of its machine. */
import { statfs } from 'node:fs/promises';

/**
 * Bytes that writes leave free, or that share of a small disk: PostgreSQL's log still grows by reads, which are recorded, by work that was
 * begun, and by checkpoints.
 */
const kept = { bytes: 256 * 1024 ** 2, share: 0.1 };
/** Milliseconds between two looks. */
const look = 1_000;

export interface DiskRoom {
  /** According to the last check. */
  readonly hasRoom: () => boolean;
  readonly close: () => void;
}

/**
 * Checks the free space on a folder's disk until it is closed. If that cannot be determined, there is room.
 * @param o.changed is called for each change: whether there is room, and the free bytes
 * @param o.free returns the free bytes, and the size of the disk
 */
export async function watchDiskRoom(
  path: string,
  o: {
    readonly changed: (hasRoom: boolean, free: number) => void;
    readonly free?: (path: string) => Promise<{ readonly free: number; readonly all: number }>;
    readonly every?: number;
  },
): Promise<DiskRoom> {
  const { changed, free: ask = freeOf, every = look } = o;
  let hasRoom = true;
  const see = async (): Promise<void> => {
    const { free, all } = await ask(path);
    const found = free >= Math.min(kept.bytes, all * kept.share);
    if (found === hasRoom) return;
    hasRoom = found;
    changed(found, free);
  };
  const looking = (): Promise<void> => see().catch(() => undefined);
  await looking();
  const timer = setInterval(() => void looking(), every);
  timer.unref();
  return {
    hasRoom: () => hasRoom,
    close: () => {
      clearInterval(timer);
    },
  };
}

async function freeOf(path: string): Promise<{ free: number; all: number }> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { free: bavail * bsize, all: blocks * bsize };
}
