/**
 * The process that owns the embedded server of a directory. The record is a file that appears atomically and names the process with its
 * start time, so that it becomes void as soon as that process ends, in whatever way.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process.ts';

export interface Owner extends ProcessIdentity {
  /** Name of the process in messages, such as `dhp start`. */
  name: string;
  /** Port of the server when it accepts connections. */
  port?: number;
  /** Unique for each claim. */
  token: string;
}

const fileOf = (directory: string): string => join(directory, 'owner.json');

/** The live owner of the directory; undefined if there is none. */
export async function readOwner(directory: string): Promise<Owner | undefined> {
  const owner = await readRecord(directory);
  return owner !== undefined && (await isAlive(owner)) ? owner : undefined;
}

/**
 * Makes this process the owner, unless another one is alive.
 * @returns the claim, or the live owner
 */
export async function claim(directory: string, name: string): Promise<{ claimed: Owner } | { held: Owner }> {
  const mine: Owner = { ...(await identify(process.pid)), name, token: randomUUID() };
  for (;;) {
    // Checked first: a process that only wants to attach must succeed even if the disk is full.
    const other = await readOwner(directory);
    if (other !== undefined) return { held: other };
    if (await createRecord(directory, mine)) return { claimed: mine };
    await removeDeadRecord(directory);
  }
}

/** Records the port: from now on others may attach. */
export async function publish(directory: string, owner: Owner): Promise<void> {
  const temporary = `${fileOf(directory)}.${owner.token}`;
  await writeFile(temporary, JSON.stringify(owner), { mode: 0o600 });
  await rename(temporary, fileOf(directory));
}

/** Releases the directory; has no effect if another process owns it by now. */
export async function release(directory: string, owner: Owner): Promise<void> {
  if ((await readRecord(directory))?.token === owner.token) await rm(fileOf(directory), { force: true });
}

async function readRecord(directory: string): Promise<Owner | undefined> {
  return parse(await readText(directory));
}

async function readText(directory: string): Promise<string | undefined> {
  return readFile(fileOf(directory), 'utf8').catch(() => undefined);
}

/** Undefined for an absent record, and for a damaged one (the disk was full). */
function parse(text: string | undefined): Owner | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Owner);
  } catch {
    return undefined;
  }
}

/** A hard link appears with its whole content, and fails if the name is taken. */
async function createRecord(directory: string, owner: Owner): Promise<boolean> {
  const temporary = `${fileOf(directory)}.${owner.token}`;
  await writeFile(temporary, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(temporary, fileOf(directory));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes the record of a dead process. Two processes may find it at once, and the slower one must not remove the record that the faster
 * one has put in its place: so the record is checked again under a guard file. A guard older than ten seconds was left by a process killed
 * in these few microseconds.
 */
async function removeDeadRecord(directory: string): Promise<void> {
  const guard = `${fileOf(directory)}.guard`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch {
    const age = await stat(guard).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > 10_000) await rm(guard, { force: true });
    return;
  }
  try {
    const before = await readText(directory);
    const owner = parse(before);
    if (owner !== undefined && (await isAlive(owner))) return;
    // The same text after its process was seen dead: only the holder of the guard can change it now.
    const after = await readText(directory);
    if (after !== undefined && after === before) await rm(fileOf(directory));
  } finally {
    await rm(guard, { force: true });
  }
}
