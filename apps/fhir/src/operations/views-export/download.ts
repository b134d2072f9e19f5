/** The table in a file of an export, or a range of it. */
import type { SnapshotTimes } from '@dhp/fhir-store/jobs';
import type { Call, Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';
import { membersOf } from '../../search/compartments.ts';
import { noteUnnamed } from '../export/note-unnamed.ts';
import type { Range } from '../export/range.ts';
import { linesIn } from '../export/recheck.ts';
import { between, tableBytes, tail, type Frame, type Table } from './frames.ts';

export interface ToldTable {
  readonly open: () => Promise<StoredFile | undefined>;
  readonly times: SnapshotTimes;
  readonly table: Table;
}

/** Bytes that are sent at a time. */
const piece = 256 * 1024;

/**
 * The bytes of a part of a table: the patients of its rows are noted before any of these bytes is sent, including those of rows that are
 * only partly in it.
 */
export async function* toldTable(
  services: Services,
  { recording }: Call,
  { open, times, table }: ToldTable,
  range: Range,
): AsyncGenerator<Buffer> {
  const stored = await open();
  if (stored === undefined) throw new Error('a file of an export is gone');
  const { format, head } = table;
  const part = new Part(range);
  let frames: Frame[] = [];
  async function* sent(): AsyncGenerator<Buffer> {
    if (recording !== undefined) await noteRows(services, frames, { times }, recording.patients);
    frames = [];
    const bytes = part.take();
    if (bytes.length > 0) yield bytes;
    // They are recorded by now.
    recording?.patients.clear();
  }
  try {
    part.add(Buffer.from(head));
    let isFirst = true;
    for await (const line of linesIn(stored)) {
      if (part.isOver()) break;
      if (!isFirst) part.add(Buffer.from(between[format]));
      isFirst = false;
      if (part.passes(tableBytes(line))) continue;
      const frame = JSON.parse(line.toString('utf8')) as Frame;
      if (part.add(Buffer.from(frame.text))) frames.push(frame);
      if (part.waiting >= piece) yield* sent();
    }
    part.add(Buffer.from(tail[format]));
    if (!part.isOver()) throw new Error('a file of an export is shorter than it was');
    yield* sent();
  } finally {
    await stored.close();
  }
}

/** Selects the bytes of a text stream that are in a range. */
class Part {
  readonly #range: Range;
  #at = 0;
  #pieces: Buffer[] = [];
  waiting = 0;

  constructor(range: Range) {
    this.#range = range;
  }

  /** @returns whether any of it is in the range */
  add(text: Buffer): boolean {
    const from = Math.max(0, this.#range.first - this.#at);
    const to = Math.min(text.length, this.#range.last + 1 - this.#at);
    this.#at += text.length;
    if (from >= to) return false;
    this.#pieces.push(text.subarray(from, to));
    this.waiting += to - from;
    return true;
  }

  /** Skips bytes that end before the range. @returns whether they do */
  passes(bytes: number): boolean {
    if (this.#at + bytes > this.#range.first) return false;
    this.#at += bytes;
    return true;
  }

  isOver(): boolean {
    return this.#at > this.#range.last;
  }

  take(): Buffer {
    const all = Buffer.concat(this.#pieces);
    [this.#pieces, this.waiting] = [[], 0];
    return all;
  }
}

/** If a resource does not state its patient, the store is asked. Rows of one file may have several types. */
export async function noteRows(
  services: Services,
  frames: readonly Omit<Frame, 'bytes' | 'text'>[],
  { times }: Pick<ToldTable, 'times'>,
  patients: Set<string>,
): Promise<void> {
  const unnamed = new Map<string, string[]>();
  for (const { resourceType: type, id, patients: named } of frames) {
    for (const reference of named) patients.add(reference.slice('Patient/'.length));
    if (named.length > 0 || !membersOf('Patient').has(type)) continue;
    const ids = unnamed.get(type) ?? [];
    unnamed.set(type, ids);
    ids.push(id);
  }
  for (const [type, ids] of unnamed) await noteUnnamed(services, { times, type }, ids, patients);
}
