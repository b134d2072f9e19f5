/**
 * Packs replaced versions, step by step, as the owner of the tables: no server may change a version. docs/decisions/0198-packed-versions.md
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, zstdCompressSync, type ZstdOptions } from 'node:zlib';
import type { Sql } from '@dhp/postgres';
import { LockTaken, whileLocked } from '@dhp/postgres/locks';
import { dictionaryNumber, unpack } from '@dhp/search-index/packed';
import {
  insertDictionary,
  lockPlain,
  noteUpto,
  putPacked,
  selectPackedBehind,
  selectReplaced,
  selectTypesBefore,
  selectUpto,
  setReadableByAll,
  storePlain,
  type PackedVersion,
  type PlainVersion,
} from '../statements/packed-versions.ts';
import type { Session } from '../statements/session.ts';

/** The dictionary for packing versions: made from the synthetic population (dictionaries/README.md). */
const dictionary = {
  file: new URL('../../dictionaries/versions.dictionary', import.meta.url),
  level: 3,
};

/** Milliseconds until locked versions are tried again. */
const pause = 50;

/** The work of packing, or of unpacking. */
export interface PackReport {
  readonly versions: number;
  /** Bytes of their contents, plain and packed. */
  readonly plain: number;
  readonly packed: number;
}

export interface PackOptions {
  /** Checked between two steps; finished work is kept, and the next call continues. */
  readonly signal?: AbortSignal | undefined;
  /** Versions that were packed so far, or unpacked. */
  readonly onStep?: (versions: number) => void;
  /** The part of the time that is spent with work, from above 0 to 1; the rest is rest (default 0.5). */
  readonly share?: number;
}

/** The reason why versions are not packed. busy: another process packs. nodes: they are on several nodes. */
export class PackingRefused extends Error {
  override readonly name = 'PackingRefused';
  readonly why: 'busy' | 'nodes';

  constructor(why: 'busy' | 'nodes') {
    super(why === 'busy' ? 'Versions are packed already.' : 'Versions that lie on several nodes are not packed.');
    this.why = why;
  }
}

/**
 * Packs versions that were replaced before a time. Each step is its own transaction, which also notes the progress: an aborted run is
 * continued.
 * @param before at least some minutes ago: versions of transactions that are still open are not found later
 * @throws PackingRefused
 */
export function packVersions(sql: Sql, before: Date, asked: PackOptions = {}): Promise<PackReport> {
  return alone(sql, asked, async (options) => {
    const bytes = readFileSync(dictionary.file);
    const number = dictionaryNumber(bytes);
    const means: Means = { bytes, number };
    const report = { versions: 0, plain: 0, packed: 0 };
    for (const ty of await selectTypesBefore(sql))
      await throughSteps(options, async () => {
        const step = await sql.begin((session) => packStep(session, { ty, before }, means));
        report.versions += step.packed.length;
        for (const { size, packed } of step.packed) {
          report.plain += size;
          report.packed += packed.length;
        }
        options.onStep?.(report.versions);
        if (step.isHeld) await delay(pause, undefined, { signal: options.signal });
        return !step.isEnd;
      });
    return report;
  });
}

/** Unpacks all that is packed. Then a server of the release before can read it again. @throws PackingRefused */
export function unpackVersions(sql: Sql, asked: PackOptions = {}): Promise<PackReport> {
  return alone(sql, asked, async (options) => {
    let versions = 0;
    let behind: readonly [string, number, number] = ['-1', 0, 0];
    await throughSteps(options, async () => {
      const next = await selectPackedBehind(sql, behind);
      const last = next.at(-1);
      if (last === undefined) return false;
      versions += await sql.begin((session) => storePlain(session, next));
      behind = [last.rid, last.ver, last.shard];
      options.onStep?.(versions);
      return true;
    });
    await sql.begin(async (session) => {
      await session`delete from fhir.packed_upto`;
      await setReadableByAll(session, true);
    });
    return { versions, plain: 0, packed: 0 };
  });
}

interface Means {
  readonly bytes: Buffer;
  readonly number: number;
}

async function packStep(
  session: Session,
  { ty, before }: { readonly ty: number; readonly before: Date },
  means: Means,
): Promise<{ packed: readonly PackedVersion[]; isHeld: boolean; isEnd: boolean }> {
  const next = await selectReplaced(session, { ty, behind: await selectUpto(session, ty), before });
  if (next === undefined) return { packed: [], isHeld: false, isEnd: true };
  const rows = next.plain.length === 0 ? [] : await lockPlain(session, next.plain);
  const packed = rows.flatMap((row) => packOne(row, means) ?? []);
  if (packed.length > 0) {
    await insertDictionary(session, means.number, means.bytes);
    await setReadableByAll(session, false);
    await putPacked(session, packed, means.number);
  }
  // Locked versions are tried again: a move of a resource to another shard locks its versions.
  const isHeld = rows.length < next.plain.length;
  if (!isHeld) await noteUpto(session, ty, next.upto);
  return { packed, isHeld, isEnd: false };
}

/** Undefined if packing would not make it smaller. @throws Error if unpacking would not give the same bytes */
function packOne({ content, ...place }: PlainVersion, { bytes }: Means): PackedVersion | undefined {
  const plain = Buffer.from(content);
  const options: ZstdOptions = {
    dictionary: bytes,
    params: { [constants.ZSTD_c_compressionLevel]: dictionary.level, [constants.ZSTD_c_checksumFlag]: 1 },
  };
  const packed = zstdCompressSync(plain, options);
  if (packed.length >= plain.length) return undefined;
  if (!unpack(packed, plain.length, bytes).equals(plain))
    throw new Error(`Version ${String(place.ver)} of row ${place.rid} would not be the same when it is unpacked`);
  return { ...place, packed, size: plain.length };
}

/** @param step returns whether there is more */
async function throughSteps({ signal, share = 0.5 }: PackOptions, step: () => Promise<boolean>): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const began = performance.now();
    if (!(await step())) return;
    if (share < 1) await delay(((performance.now() - began) * (1 - share)) / share, undefined, { signal });
  }
}

async function alone<Result>(
  sql: Sql,
  options: PackOptions,
  work: (options: PackOptions) => Promise<Result>,
): Promise<Result> {
  const [row] = await sql<{ spread: boolean }[]>`select fhir.is_spread() as spread`;
  if (row!.spread) throw new PackingRefused('nodes');
  const signals = options.signal === undefined ? [] : [options.signal];
  try {
    return await whileLocked(sql, 'fhir packing', (held) =>
      work({ ...options, signal: AbortSignal.any([held, ...signals]) }),
    );
  } catch (error) {
    throw error instanceof LockTaken ? new PackingRefused('busy') : error;
  }
}
