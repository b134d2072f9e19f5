import { temporaryConnections } from '../connections.ts';
import type { BulkOptions } from '../store-admin.ts';
import type { NewVersion } from '../versions.ts';
import { openBulkPool, type Timeouts } from '../pools.ts';
import { insertAbsent } from '../statements/insert.ts';
import { isStaleDefinition } from '../statements/stale-definition.ts';
import { writerText } from '../statements/writer.ts';
import { storeError } from '../store-unavailable.ts';
import { bodyOf, firstVersion, inTurn, keyOf } from './write.ts';
import { basisOf, noticeOutdated, stamped, type WriteBatchOptions } from './write-batch.ts';

type BulkResource = NewVersion & { id: string };

/** Resources of one statement, and characters of their bodies. */
const chunkCount = 500;
const chunkSize = 4 * 1024 * 1024;
/** Chunks in flight: while PostgreSQL stores one, the next is made. */
const lanes = temporaryConnections.bulk;

/**
 * One statement a chunk, as for single creates: atomic by itself. COPY would save a third of the CPU, but cannot skip existing ids, and the
 * driver does not report an error that comes after the last byte.
 */
export async function bulkInsert(
  resources: AsyncIterable<BulkResource>,
  options: Omit<WriteBatchOptions, 'sql'> & { url: string; timeouts: Timeouts },
  { onProgress }: BulkOptions = {},
): Promise<number> {
  const sql = openBulkPool(options.url, options.timeouts);
  const inFlight = new Set<Promise<void>>();
  let stored = 0;
  let failure: { error: unknown } | undefined;

  async function store(chunk: BulkResource[]): Promise<void> {
    const insert = async (): Promise<number> => {
      const basis = basisOf(options);
      const numbers = await options.rids.take(chunk.length, basis);
      const { now, dated } = stamped(options.clock, basis);
      const versions = await inTurn(chunk.length, (index) => {
        const resource = chunk[index]!;
        return firstVersion(
          keyOf(resource.type, resource.id),
          bodyOf(resource, resource.id),
          { rid: numbers[index]!, upd: now, method: 'PUT', writer: writerText(resource.writer) },
          options,
        );
      });
      const words = versions.flatMap((version) => version.words);
      const rows = versions.map(({ row }) => row);
      return (await options.words.before(words, basis, () => insertAbsent(sql, rows, dated))).size;
    };
    const count = await whileOutdated(insert, options);
    stored += count; // not before the wait: the other lane adds, too
    onProgress?.(stored);
  }

  try {
    for await (const chunk of chunks(resources)) {
      const lane: Promise<void> = store(chunk)
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => inFlight.delete(lane));
      inFlight.add(lane);
      if (inFlight.size === lanes) await Promise.race(inFlight);
      if (failure !== undefined) break;
    }
    await Promise.all(inFlight);
  } finally {
    await Promise.all(inFlight);
    await sql.end({ timeout: 5 });
  }
  if (failure !== undefined) throw storeError(failure.error);
  return stored;
}

/** Runs `work` until its search parameters and its server are current, and its stamps are accepted. */
async function whileOutdated<R>(
  work: () => Promise<R>,
  options: Pick<WriteBatchOptions, 'clock' | 'parameters'>,
): Promise<R> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isStaleDefinition(error)) throw error;
      await noticeOutdated(error, options);
    }
  }
}

async function* chunks(resources: AsyncIterable<BulkResource>): AsyncGenerator<BulkResource[]> {
  let chunk: BulkResource[] = [];
  let size = 0;
  for await (const resource of resources) {
    const { length } = resource.source.text;
    if (chunk.length > 0 && (chunk.length === chunkCount || size + length > chunkSize)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(resource);
    size += length;
  }
  if (chunk.length > 0) yield chunk;
}
