/**
 * Tables as Parquet files. A row cannot be removed from a group, so the file is made when its lines are settled; after it, in the same file
 * on the disk, are the lines without their rows, which state their patients. docs/decisions/0127-parquet.md
 */
import { createPauses } from '@dhp/budget';
import { ParquetFile, type View } from '@dhp/sql-on-fhir';
import type { Call, Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';
import type { Seal } from '../export/files.ts';
import type { Range } from '../export/range.ts';
import { linesIn } from '../export/recheck.ts';
import { noteRows, type ToldTable } from './download.ts';
import { emptied, rowsIn, type Frame, type Group } from './frames.ts';

/** Bytes that are read and written at a time. */
const piece = 256 * 1024;
/** Lines of which the patients are recorded together. */
const linesTogether = 1_000;

/** Makes the file from the lines of a view. */
export function parquetSeal(view: View): (lines: () => AsyncIterable<Buffer>) => Seal {
  return (lines) => {
    const groups: Group[] = [];
    let bytes = 0;
    async function* pieces(): AsyncGenerator<Buffer> {
      const pause = createPauses();
      const file = new ParquetFile(view);
      let count = 0;
      const ended = (part: Uint8Array): Buffer => {
        bytes += part.length;
        groups.push({ end: bytes, lines: count });
        count = 0;
        return Buffer.from(part.buffer);
      };
      for await (const line of lines()) {
        await pause();
        count += 1;
        if (file.add(rowsIn(line) as Parameters<ParquetFile['add']>[0])) yield ended(file.take());
      }
      yield ended(file.endGroup());
      const rest = Buffer.from(file.end().buffer);
      bytes += rest.length;
      yield rest;
      yield* emptiedLines(lines());
    }
    return { pieces: pieces(), table: () => ({ bytes, groups }) };
  };
}

/** The lines without their rows, some at a time. */
export async function* emptiedLines(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting = '';
  for await (const line of lines) {
    waiting += emptied(line);
    if (waiting.length < piece) continue;
    yield Buffer.from(waiting);
    waiting = '';
  }
  yield Buffer.from(waiting);
}

/**
 * The bytes of a part of a file: before those of a group are sent, the patients of its rows are noted; before those of the end, which
 * contains the least and the greatest values of all groups, the patients of all rows.
 */
export async function* toldParquet(
  services: Services,
  { recording }: Call,
  { open, times, table }: ToldTable,
  range: Range,
): AsyncGenerator<Buffer> {
  const stored = await open();
  if (stored === undefined) throw new Error('a file of an export is gone');
  const { groups = [], bytes } = table;
  /** Notes the patients of the next lines, some at a time: an empty part makes them recorded. @param isWanted false: skips them */
  async function* noted(lines: AsyncGenerator<Buffer, void>, count: number, isWanted = true): AsyncGenerator<Buffer> {
    if (recording === undefined) return;
    let frames: Frame[] = [];
    for (let left = count; left > 0; left -= 1) {
      const next = await lines.next();
      if (next.done === true) throw new Error('a file of an export has fewer lines than it had');
      if (isWanted) frames.push(JSON.parse(next.value.toString('utf8')) as Frame);
      if (frames.length < linesTogether) continue;
      yield* recorded(frames);
      frames = [];
    }
    if (frames.length > 0) yield* recorded(frames);
  }
  async function* recorded(frames: readonly Frame[]): AsyncGenerator<Buffer> {
    await noteRows(services, frames, { times }, recording!.patients);
    yield Buffer.alloc(0);
    recording!.patients.clear();
  }
  try {
    const lines = linesIn(stored, bytes);
    let [start, count, isPassed] = [0, 0, false];
    for (const group of groups) {
      if (start > range.last) return;
      const isWanted = group.end > range.first;
      yield* noted(lines, group.lines, isWanted);
      if (isWanted) yield* bytesIn(stored, Math.max(start, range.first), Math.min(group.end, range.last + 1));
      else isPassed = true;
      [start, count] = [group.end, count + group.lines];
    }
    if (start > range.last) return;
    if (isPassed) yield* noted(linesIn(stored, bytes), count);
    yield* bytesIn(stored, Math.max(start, range.first), range.last + 1);
  } finally {
    await stored.close();
  }
}

async function* bytesIn(stored: StoredFile, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to;) {
    const length = Math.min(piece, to - at);
    const read = await stored.read(at, length);
    if (read.length === 0) throw new Error('a file of an export is shorter than it was');
    at += read.length;
    yield read;
  }
}
