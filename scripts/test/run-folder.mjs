// The folder for the databases of a run: in memory if there is room, since creating, filling and removing files costs more CPU on a disk.
import { mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux has a file system in memory here; that of a container is often small. */
const inMemory = '/dev/shm';
/** Bytes that must be free: a run takes at most two gigabytes. */
const room = 8 * 2 ** 30;

/** Makes the folder of this run, and removes those of runs that were killed. @returns its path */
export function makeRunFolder() {
  const parent = hasRoom() ? inMemory : tmpdir();
  for (const name of readdirSync(parent)) {
    const [, pid] = /^dhp-run-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)) && isOld(join(parent, name)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `dhp-run-${process.pid}-`));
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize > room && freemem() > room;
  } catch {
    return false;
  }
}

/** Another container may have the folder, and its process is not seen here. */
function isOld(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > 3_600_000;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch ({ code }) {
    return code === 'EPERM';
  }
}
