/** A machine in miniature whose clock is wrong: the PostgreSQL there goes by it. */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeClock, noFakeClock } from '../failure/two-clocks.ts';
import { postgresPrograms } from './hosts.ts';

/**
 * Patroni compares the start that PostgreSQL wrote down with the one that the kernel knows, and takes no process for PostgreSQL where they
 * differ by more than three seconds. On a machine whose clock is wrong both are, so what the kernel knows is moved, too.
 */
const movedStarts = (seconds: number): string => `import psutil
known = psutil.Process.create_time
psutil.Process.create_time = lambda self: known(self) + ${String(seconds)}
`;

const startsPostgres = (library: string, time: string): string => `#!/bin/sh
export LD_PRELOAD=${library} FAKETIME=${time} FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
exec ${postgresPrograms}/postgres "$@"
`;

/**
 * The settings of a Patroni whose PostgreSQL has another clock. Patroni itself keeps the clock of the machine: it only measures how long
 * something takes, and libfaketime would let it wait for moments that never come.
 * @param folder of the machine, for the files that this takes
 * @param seconds how far the clock is ahead, or behind when negative
 * @throws Error where libfaketime is not installed
 */
export async function offClock(folder: string, seconds: number): Promise<Record<string, string>> {
  const library = await fakeClock();
  if (library === undefined) throw new Error(await noFakeClock());
  const modules = join(folder, 'clock');
  const programs = join(modules, 'bin');
  await rm(modules, { recursive: true, force: true });
  await mkdir(programs, { recursive: true });
  await writeFile(join(modules, 'sitecustomize.py'), movedStarts(seconds));
  for (const name of await readdir(postgresPrograms))
    if (name !== 'postgres') await symlink(join(postgresPrograms, name), join(programs, name));
  const time = `${seconds < 0 ? '' : '+'}${String(seconds)}s`;
  await writeFile(join(programs, 'postgres'), startsPostgres(library, time), { mode: 0o755 });
  return { PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1', PATRONI_POSTGRESQL_BIN_DIR: programs };
}
