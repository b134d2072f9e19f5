/** Data directories with prepared databases: a run of `npm test` makes one with `dhp migrate`, and it is copied. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launch, type EnvironmentVariables } from './processes.ts';

const dhp = fileURLToPath(new URL('../apps/dhp/src/main.ts', import.meta.url));
const run = promisify(execFile);

/**
 * Copies the run's data directory to `data`. Outside of a run, and if the original could not be made, `data` stays absent, and the platform
 * starts with an empty folder.
 * @param environment settings of the platform; with an external database (DATABASE_URL) there is nothing to copy
 */
export async function beginMigrated(data: string, environment: EnvironmentVariables): Promise<void> {
  const folder = process.env['DHP_TEST_HOMES'];
  if (folder === undefined || environment['DATABASE_URL'] !== undefined || process.platform === 'win32') return;
  const production = environment['DHP_PRODUCTION'] === 'on';
  const made = join(folder, production ? 'with-production' : 'playground');
  if (!existsSync(made)) await make(made, production);
  if (existsSync(made)) await run('cp', ['-Rp', made, data]);
}

/** Milliseconds that other processes wait for the one that makes the folder; it may have been killed. */
const patience = 120_000;

/** The folder gets its name when it is complete. One process makes it, and others wait for it. */
async function make(made: string, production: boolean): Promise<void> {
  const draft = `${made}.draft`;
  try {
    await mkdir(draft);
  } catch {
    for (const end = performance.now() + patience; !existsSync(made) && performance.now() < end;) await delay(100);
    return;
  }
  const settings = { DHP_DATA: draft, ...(production && { DHP_PRODUCTION: 'on' }) };
  const one = launch(tmpdir(), [dhp, 'migrate'], settings);
  const { code } = await one.ended;
  if (code !== 0) throw new Error(`dhp migrate ended with ${String(code)}:\n${one.stderr()}`);
  // Copies that run concurrently need different ports.
  await rm(join(draft, 'postgres', 'port'), { force: true });
  await rename(draft, made);
}
