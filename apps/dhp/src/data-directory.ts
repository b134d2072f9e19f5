/** The data directory: the embedded database, the secret key and the chosen ports, kept between starts. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import { ConfigurationError } from './settings/setting.ts';

export interface DataDirectory {
  readonly path: string;
  /** Directory of the embedded PostgreSQL's cluster. */
  readonly database: string;
  /**
   * The key that encrypts private signing keys at rest: 32 bytes, created at the first call, readable by the owner only.
   * @throws ConfigurationError if it is absent and none may be created
   */
  secretKey(): Buffer;
  /** Ports chosen at an earlier start, by listener name. */
  ports(): Readonly<Record<string, number>>;
  recordPorts(ports: Readonly<Record<string, number>>): void;
}

/**
 * Opens the data directory. With `create` it is created if absent, readable by its owner only, and so is the key.
 *
 * @throws ConfigurationError if it cannot be created or written
 */
export function openDataDirectory(path: string, { create = true } = {}): DataDirectory {
  try {
    if (create) makeDirectory(resolve(path));
  } catch (error) {
    const { unusable } = operationMessages[spokenLanguage()].data;
    throw new ConfigurationError(unusable({ path, reason: (error as Error).message }));
  }
  const portsFile = join(path, 'ports.json');
  const keyFile = join(path, 'secret.key');
  return {
    path,
    database: join(path, 'postgres'),
    secretKey: () => (create ? readOrMakeKey(keyFile) : readKey(keyFile)),
    ports: () => readPorts(portsFile),
    recordPorts: (ports) => writeAtomically(portsFile, `${JSON.stringify(ports, null, 2)}\n`),
  };
}

/**
 * Creates the directories of a path. Node's recursive mkdir would loop forever below a file system that accepts no directories, such as
 * /proc, and would not react to signals.
 */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readOrMakeKey(file: string): Buffer {
  try {
    // With `wx`, exactly one of several starting processes writes the key.
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readKey(file);
}

function readKey(file: string): Buffer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ConfigurationError(operationMessages[spokenLanguage()].data.noKey({ file }));
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new ConfigurationError(operationMessages[spokenLanguage()].data.badKey({ file }));
  return key;
}

function readPorts(file: string): Record<string, number> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return Object.fromEntries(entries.filter((entry): entry is [string, number] => Number.isInteger(entry[1])));
  } catch {
    // Absent or half written by another tool: the ports are chosen again.
    return {};
  }
}

function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}
