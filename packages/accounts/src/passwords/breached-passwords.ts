/**
 * A list of passwords that are known from breaches (NIST SP 800-63B section 3.1.1.2, ASVS 5 6.2.12), installed on this machine: no other
 * host is asked. It has the format of Pwned Passwords: SHA-1 hashes with how often each was seen. Two formats are supported, and neither is
 * loaded whole: a directory of range files named by the first five hexadecimal digits of the hash (`21BD1` or `21BD1.txt`, lines
 * `SUFFIX:COUNT`), and one file of all hashes in order (lines `HASH:COUNT`).
 */
import { createHash } from 'node:crypto';
import { open, opendir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface BreachedPasswords {
  /** How often the password was seen in breaches; 0 if it is not in the list. Rejects if the list cannot be read. */
  timesSeen(password: string): Promise<number>;
}

export interface BreachedPasswordsStatus {
  form: 'directory' | 'file';
  /** Number of range files of a directory. A complete list has 1,048,576. */
  ranges?: number;
  /** Size of a file in bytes. */
  size?: number;
}

/** A list that cannot be used; the message completes a sentence that begins with its path. */
export class BreachedPasswordsError extends Error {
  override readonly name = 'BreachedPasswordsError';
}

const prefixLength = 5;
const rangeName = /^[\dA-F]{5}(?:\.txt)?$/i;

/** @throws BreachedPasswordsError if the path does not exist or is not such a list */
export async function openBreachedPasswords(path: string): Promise<BreachedPasswords> {
  if (await isDirectory(path)) {
    if ((await rangesIn(path, 1)) === 0) {
      throw new BreachedPasswordsError(
        'has no range file in it: their names are five hexadecimal digits, such as 21BD1.txt',
      );
    }
    return { timesSeen: (password) => seenInDirectory(path, hashOf(password)) };
  }
  await refuseOtherFile(path);
  return { timesSeen: (password) => seenInFile(path, hashOf(password)) };
}

/**
 * Returns the form and size of the installed list.
 * @throws BreachedPasswordsError as `openBreachedPasswords`
 */
export async function inspectBreachedPasswords(path: string): Promise<BreachedPasswordsStatus> {
  await openBreachedPasswords(path);
  if (await isDirectory(path)) return { form: 'directory', ranges: await rangesIn(path) };
  return { form: 'file', size: (await stat(path)).size };
}

/** The range files of a complete list. */
export const allRanges = 16 ** prefixLength;

function hashOf(password: string): string {
  return createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new BreachedPasswordsError(`cannot be read (${codeOf(error)})`);
  }
}

/** @param most how many are counted at most */
async function rangesIn(path: string, most = Infinity): Promise<number> {
  let count = 0;
  for await (const { name } of await opendir(path)) {
    if (rangeName.test(name)) count += 1;
    if (count >= most) break;
  }
  return count;
}

async function refuseOtherFile(path: string): Promise<void> {
  const handle = await opened(path);
  try {
    const first = await textAt(handle, 0, lineLength);
    if (!/^[\dA-F]{40}:\d+\r?\n/i.test(first)) {
      throw new BreachedPasswordsError('is no list of SHA-1 hashes in order, with lines HASH:COUNT');
    }
  } finally {
    await handle.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    throw new BreachedPasswordsError(`cannot be read (${codeOf(error)})`);
  }
}

/** A missing range contains no password: the list may be partial, which `dhp password-list status` reports. */
async function seenInDirectory(path: string, hash: string): Promise<number> {
  const [prefix, suffix] = [hash.slice(0, prefixLength), hash.slice(prefixLength)];
  for (const name of [`${prefix}.txt`, prefix]) {
    try {
      return countIn(await readFile(join(path, name), 'latin1'), suffix);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return 0;
}

/** Longer than any line. */
const lineLength = 128;
const nearEnough = 4096;

/** Some thirty reads of a file of 40 GB. */
async function seenInFile(path: string, hash: string): Promise<number> {
  const handle = await open(path);
  try {
    // The line of the hash, if there is one, begins at `from` or after it, and before `to`.
    let [from, to] = [0, (await handle.stat()).size];
    while (to - from > nearEnough) {
      const middle = Math.floor((from + to) / 2);
      const text = await textAt(handle, middle, 2 * lineLength);
      const begin = text.indexOf('\n') + 1;
      if (begin === 0) throw new BreachedPasswordsError('has a line that is too long for HASH:COUNT');
      if (text.slice(begin, begin + hash.length).toUpperCase() <= hash) from = middle + begin;
      else to = middle + begin;
    }
    return countIn(await textAt(handle, from, to - from + lineLength), hash);
  } finally {
    await handle.close();
  }
}

async function textAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.toString('latin1', 0, bytesRead);
}

/** Answers of the range API are padded with lines of which the count is 0. */
function countIn(lines: string, start: string): number {
  const [, count] = new RegExp(`^${start}:(\\d+)\\r?$`, 'im').exec(lines) ?? [];
  return Number(count ?? 0);
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}
