/** Room on the disk of the embedded database, for a server of its machine. */
import { statfs } from 'node:fs/promises';

/**
 * Bytes that writes leave free, or that share of a disk that is small: the log of PostgreSQL goes on for reads, which are recorded, for what was begun, and for
 * checkpoints.
 */
const kept = { bytes: 256 * 1024 ** 2, share: 0.1 };
/** Milliseconds between two looks. */
const look = 1_000;

export interface DiskRoom {
  /** As it was at the last look. */
  readonly hasRoom: () => boolean;
  readonly close: () => void;
}

/**
 * Looks at the free room of a folder's disk until it is closed. Where that cannot be told, there is room.
 * @param o.changed is told of each change: whether there is room, and the bytes that are free
 * @param o.free bytes that are free, and all of the disk
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
