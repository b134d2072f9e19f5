/**
 * Files of versions that a purge has removed: lines of JSON, compressed in consecutive parts, which any program that reads gzip takes for
 * one text. If files of exports are encrypted, so is each part, with a key of the file. A part is on the disk before its versions leave the
 * database. docs/decisions/0172-archives-of-versions.md
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip, gunzip, gzip } from 'node:zlib';
import type { ArchivedVersion, ArchiveFile, SignedArchive } from '@dhp/fhir-store/archive';
import { TrailActRefused } from '@dhp/fhir-store/trail';
import type { ArchiveOfVersions } from '@dhp/trail/acts';
import type { Context } from './context.ts';
import { spokenLanguage } from './locale.ts';
import { archiveKey } from './server-keys.ts';
import { retentionMessages } from './texts/retention.ts';
import type { EnvironmentName } from './trail-heads.ts';

const [zip, unzip] = [promisify(gzip), promisify(gunzip)];

/** The folder of archives, their environment, and the key that opens encrypted ones. */
export interface ArchivePlace {
  readonly folder: string;
  readonly environment: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

export function archivePlace(
  { context, environment }: { readonly context: Context; readonly environment: EnvironmentName },
  folder: string,
): ArchivePlace {
  const key = archiveKey(context.settings.DHP_SECRET_KEY ?? context.data.secretKey(), environment);
  return { folder, environment, key };
}

/**
 * absent: it does not exist. cut: it is shorter than it was. foreign: it belongs to another purge. changed: its content or the secret key
 * differs.
 */
type ArchiveFault = 'absent' | 'cut' | 'foreign' | 'changed';

export class ArchiveDamaged extends Error {
  override name = 'ArchiveDamaged';
  readonly why: ArchiveFault;

  constructor(why: ArchiveFault) {
    super(why);
    this.why = why;
  }
}

const sealedEnd = '.sealed';

/** @param seals whether the file is encrypted */
export function archiveFile(place: ArchivePlace, run: string, seals: boolean): ArchiveFile {
  const name = `versions-${place.environment}-${run}.ndjson.gz${seals ? sealedEnd : ''}`;
  const path = join(place.folder, name);
  let handle: FileHandle | undefined;
  let state: Parts = { parts: 0, own: undefined };
  let size = 0;
  const put = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length;)
      at += (await handle!.write(bytes, at, bytes.length - at, size + at)).bytesWritten;
    size += bytes.length;
  };
  const part = async (text: string): Promise<void> => {
    const bytes = await zip(text);
    await put(state.own === undefined ? bytes : sealedPart(bytes, state.own, state.parts));
    state = { ...state, parts: state.parts + 1 };
  };
  return {
    name,
    async open(bytes) {
      await mkdir(place.folder, { recursive: true, mode: 0o700 });
      if (bytes > 0) state = await told(name, () => partsOf(place, name, run, bytes));
      await handle?.close();
      handle = await open(path, bytes > 0 ? 'r+' : 'w+', 0o600);
      await handle.truncate(bytes);
      size = bytes;
    },
    async append(versions) {
      if (size === 0) {
        state = { parts: 0, own: seals ? randomBytes(32) : undefined };
        if (state.own !== undefined) await put(headOf(state.own, place.key, run));
        await part(`${JSON.stringify({ format: 'dhp-versions', version: 1, environment: place.environment, run })}\n`);
      }
      await part(versions.map((version) => `${JSON.stringify(version)}\n`).join(''));
      await handle!.sync();
      if (state.parts === 2) await synced(place.folder);
      return size;
    },
    end: () => told(name, () => surveyOf(place, name, run)),
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

interface Parts {
  readonly parts: number;
  /** The key of the file; undefined: it is not encrypted. */
  readonly own: Buffer | undefined;
}

/** A changed file ends an act of the trail with a message. */
async function told<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ArchiveDamaged)) throw error;
    throw new TrailActRefused(retentionMessages[spokenLanguage()].archive.goesOnNot[error.why]({ file: name }));
  }
}

/** @throws ArchiveDamaged */
async function partsOf(place: ArchivePlace, name: string, run: string, bytes: number): Promise<Parts> {
  const own = name.endsWith(sealedEnd) ? await ownKeyOf(place, name, run) : undefined;
  let parts = 0;
  // Read whole: continuing after a damaged part would lose that part.
  for await (const _ of versionsOf(place, name, run, { bytes, onPart: () => (parts += 1) }));
  // In an unencrypted file the parts follow each other without a mark, and have no numbers.
  return { parts: own === undefined ? 2 : parts, own };
}

/** Reads a file whole. @returns its hash, and its versions by types. @throws ArchiveDamaged */
export async function surveyOf(place: ArchivePlace, name: string, run: string): Promise<ArchiveOfVersions> {
  const types = new Map<string, { versions: number; from: string; to: string }>();
  for await (const { type, stored } of versionsOf(place, name, run)) {
    const known = types.get(type);
    // They are in the order of their times.
    if (known === undefined) types.set(type, { versions: 1, from: stored, to: stored });
    else types.set(type, { versions: known.versions + 1, from: known.from, to: stored });
  }
  const { bytes, sha256 } = await hashOf(join(place.folder, name));
  return {
    ...{ file: name, bytes, sha256, isSealed: name.endsWith(sealedEnd) },
    types: [...types].map(([type, of]) => ({ type, ...of })),
  };
}

async function hashOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of createReadStream(path)) {
    hash.update(part as Buffer);
    bytes += (part as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The versions of a file, in the order of their types and times. @throws ArchiveDamaged */
export async function* versionsOf(
  place: ArchivePlace,
  name: string,
  run: string,
  o: { readonly bytes?: number; readonly onPart?: () => void } = {},
): AsyncGenerator<ArchivedVersion> {
  const path = join(place.folder, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new ArchiveDamaged('absent');
  const bytes = o.bytes ?? found.size;
  if (found.size < bytes) throw new ArchiveDamaged('cut');
  const text = name.endsWith(sealedEnd) ? opened(place, name, run, bytes, o.onPart) : unzipped(path, bytes);
  let isFirst = true;
  try {
    for await (const line of linesOf(text)) {
      const read = JSON.parse(line) as Record<string, unknown>;
      if (!isFirst) yield versionIn(read);
      else if (read['format'] !== 'dhp-versions' || read['run'] !== run) throw new ArchiveDamaged('foreign');
      isFirst = false;
    }
  } catch (error) {
    if (error instanceof ArchiveDamaged || !isOfContent(error)) throw error;
    throw new ArchiveDamaged('changed');
  }
  if (isFirst) throw new ArchiveDamaged('cut');
}

async function* unzipped(path: string, bytes: number): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { end: bytes - 1 });
  const text = createGunzip();
  file.once('error', (error) => text.destroy(error)).pipe(text);
  try {
    for await (const part of text) yield part as Buffer;
  } finally {
    file.destroy();
  }
}

async function* linesOf(text: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  for await (const part of text) {
    let at = 0;
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, at)) {
      yield Buffer.concat([...begun, part.subarray(at, end)]).toString('utf8');
      begun = [];
      at = end + 1;
    }
    if (at < part.length) begun.push(part.subarray(at));
  }
  if (begun.length > 0) throw new ArchiveDamaged('cut');
}

/** Of bytes that gzip, JSON or the cipher cannot read; not of a disk that fails. */
function isOfContent(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return error instanceof SyntaxError || code.startsWith('Z_') || code.startsWith('ERR_');
}

/** @throws ArchiveDamaged */
function versionIn(read: Record<string, unknown>): ArchivedVersion {
  const { type, id, version, stored, transaction, row, content } = read;
  const texts = [type, id, stored, transaction, row, content];
  if (!texts.every((text) => typeof text === 'string') || !Number.isInteger(version))
    throw new ArchiveDamaged('changed');
  return read as unknown as ArchivedVersion;
}

const cipher = 'aes-256-gcm';
const magic = Buffer.from('DHPV\u0001', 'latin1');
const [nonceLength, tagLength, keyLength, lengthLength] = [12, 16, 32, 4];
const headLength = magic.length + nonceLength + keyLength + tagLength;

function sealed(text: Buffer, key: Buffer, bound: string): Buffer {
  const nonce = randomBytes(nonceLength);
  const made = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, made.update(text), made.final(), made.getAuthTag()]);
}

/** @throws ArchiveDamaged */
function unsealed(bytes: Buffer, key: Buffer, bound: string): Buffer {
  if (bytes.length < nonceLength + tagLength) throw new ArchiveDamaged('cut');
  const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceLength), { authTagLength: tagLength });
  opening.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(-tagLength));
  try {
    return Buffer.concat([opening.update(bytes.subarray(nonceLength, -tagLength)), opening.final()]);
  } catch {
    throw new ArchiveDamaged('changed');
  }
}

/** The key of the file, sealed under that of the environment for this purge alone. */
function headOf(own: Buffer, key: Buffer, run: string): Buffer {
  return Buffer.concat([magic, sealed(own, key, `dhp versions ${run}`)]);
}

/** A part is good in its place alone. */
function sealedPart(bytes: Buffer, own: Buffer, number: number): Buffer {
  const part = sealed(bytes, own, String(number));
  const length = Buffer.alloc(lengthLength);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}

async function ownKeyOf(place: ArchivePlace, name: string, run: string): Promise<Buffer> {
  const handle = await open(join(place.folder, name), 'r').catch(() => undefined);
  if (handle === undefined) throw new ArchiveDamaged('absent');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headLength), 0, headLength, 0);
    if (bytesRead < headLength || !buffer.subarray(0, magic.length).equals(magic)) throw new ArchiveDamaged('changed');
    return unsealed(buffer.subarray(magic.length), place.key, `dhp versions ${run}`);
  } finally {
    await handle.close();
  }
}

async function* opened(
  place: ArchivePlace,
  name: string,
  run: string,
  bytes: number,
  onPart?: () => void,
): AsyncGenerator<Buffer> {
  const own = await ownKeyOf(place, name, run);
  const handle = await open(join(place.folder, name), 'r');
  const take = async (at: number, length: number): Promise<Buffer> => {
    if (at + length > bytes) throw new ArchiveDamaged('cut');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
    if (bytesRead < length) throw new ArchiveDamaged('cut');
    return buffer;
  };
  try {
    for (let at = headLength, number = 0; at < bytes; number += 1) {
      const length = (await take(at, lengthLength)).readUInt32BE();
      yield await unzip(unsealed(await take(at + lengthLength, length), own, String(number)));
      onPart?.();
      at += lengthLength + length;
    }
  } finally {
    await handle.close();
  }
}

/** Whether the file of an archive is in a folder. */
export async function isIn(folder: string, { archive }: SignedArchive): Promise<boolean> {
  return (await stat(join(folder, archive.file)).catch(() => undefined)) !== undefined;
}

const manifestName = (file: string): string => `${file}.manifest.json`;

/** Writes the signed statement beside its file, if absent. */
export async function writeManifest(folder: string, { archive, manifest }: SignedArchive): Promise<void> {
  const path = join(folder, manifestName(archive.file));
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await writeFile(`${path}.tmp`, text, { mode: 0o600 });
  await synced(`${path}.tmp`);
  await rename(`${path}.tmp`, path);
  await synced(folder);
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
