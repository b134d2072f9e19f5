import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { PackageFault } from './package-fault.ts';
import type { PackageFile } from './package.ts';

/** Limits of an unpacked package, so that a small file cannot fill the memory. */
export interface TarballLimits {
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes of one file. */
  readonly file: number;
  readonly entries: number;
}

const patience: TarballLimits = { total: 1024 ** 3, file: 256 * 1024 ** 2, entries: 50_000 };

/**
 * The files of a package's content folder, from its gzipped tarball. Nothing is written to disk; paths that lead out of the package and
 * links are refused nevertheless, since no honest package has them.
 *
 * @throws PackageFault `not-a-package`, `hostile`
 */
export async function readTarball(bytes: Uint8Array, limits: TarballLimits = patience): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  const unpacked = extract();
  const read = collect(unpacked, files, limits);
  try {
    await Promise.all([pipeline(Readable.from([bytes]), createGunzip(), limited(limits), unpacked), read]);
  } catch (error) {
    if (error instanceof PackageFault) throw error;
    throw new PackageFault('not-a-package', `This is not a gzipped tarball: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return files;
}

async function collect(
  unpacked: ReturnType<typeof extract>,
  files: PackageFile[],
  limits: TarballLimits,
): Promise<void> {
  let entries = 0;
  let total = 0;
  for await (const entry of unpacked) {
    const { header } = entry;
    entries += 1;
    total += header.size;
    if (entries > limits.entries) throw tooMuch(`more than ${limits.entries.toLocaleString('en')} entries`);
    if (header.size > limits.file) throw tooMuch(`${header.name} is larger than ${mebibytes(limits.file)}`);
    if (total > limits.total) throw tooMuch(`it unpacks to more than ${mebibytes(limits.total)}`);
    const name = contentName(header);
    if (name === undefined) {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.push({ name, bytes: Buffer.concat(chunks) });
  }
}

/** The name of a file that is in `package/` itself; undefined for the others: examples, other folders, folders. */
function contentName(header: Header): string | undefined {
  const { name, type } = header;
  if (type === 'symlink' || type === 'link') throw hostile(`${name} is a link`);
  const parts = name.split('/');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name) || /[\\\0]/.test(name) || parts.includes('..')) {
    throw hostile(`the path ${JSON.stringify(name)} leads out of it`);
  }
  const path = parts.filter((part) => part !== '' && part !== '.');
  return type === 'file' && path.length === 2 && path[0] === 'package' ? path[1] : undefined;
}

/** Also counts the output of gzip: a header may lie about its size, and padding takes memory although it is not content. */
function limited(limits: TarballLimits): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  const headers = 1024; // each entry has a header and padding, each block of 512 bytes
  const most = limits.total + limits.entries * headers + headers;
  return async function* counted(source) {
    let passed = 0;
    for await (const chunk of source) {
      passed += chunk.length;
      if (passed > most) throw tooMuch(`it unpacks to more than ${mebibytes(limits.total)}`);
      yield chunk;
    }
  };
}

function hostile(why: string): PackageFault {
  return new PackageFault('hostile', `The package is refused: ${why}.`);
}

function tooMuch(why: string): PackageFault {
  return new PackageFault('hostile', `The package is refused as too large: ${why}.`);
}

function mebibytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes.toLocaleString('en')} bytes` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
