/** Makes the files of an export: of one type after the other, none larger than a client can handle, each noted when it is whole. */
import type { StoredVersion } from '@dhp/fhir-store';
import type { ExportFile, MadeFile, SnapshotTimes } from '@dhp/fhir-store/jobs';
import { changedSince, rulesNow, type ChangedFor, type RulesAt } from '../../access/changed-rules.ts';
import type { Exports } from '../../contract/exports.ts';
import type { Services } from '../../contract/interaction.ts';
import type { Work } from '../../contract/jobs.ts';
import { fail } from '../../http/errors.ts';
import { OpenFile, storing } from './open-file.ts';
import { noteFrames, noteLines } from './patients-of-file.ts';
import { blocksAnew, headerType } from './blocks-anew.ts';
import { linesAnew, linesIn, linesWithout, refusedSince } from './recheck.ts';
import type { Place } from './walk.ts';
import { tableBytes, type Table } from '../views-export/frames.ts';

/** Lines and bytes of a file, at which it ends. */
const mostLines = 100_000;
const mostBytes = 256 * 1024 ** 2;
/** Bytes that wait to be written. */
const piece = 1024 ** 2;
/** Times that the lines of a file are asked about again, where consents go on to change. */
const mostChecks = 10;

type Kind = ExportFile['kind'];

export interface Making {
  readonly services: Services;
  readonly exports: Exports;
  readonly work: Work;
  readonly client: string;
  readonly times: SnapshotTimes;
  /** Lines may lack the elements that say whom they are about. */
  readonly isPartial: boolean;
  /** Empty if there is nothing to tell of it. */
  readonly lineOf: (version: StoredVersion) => Buffer;
  /** Bytes at which a file ends, where they are fewer than the server's own. */
  readonly mostBytes?: number | undefined;
  /** Where files can be taken before the export has ended: kept with each of them. */
  readonly early?: Position['early'];
  /** Whether files have blocks of patients, with resources of any type. */
  readonly isOrganized?: boolean;
  /** Where lines are rows of a table. */
  readonly table?: Omit<Table, 'bytes'>;
  /** Makes the file that is taken of lines that are settled, where they are not in it as they are. */
  readonly seal?: (lines: () => AsyncIterable<Buffer>) => Seal;
}

/** Pieces of a file, and its facts once they are complete. */
export interface Seal {
  readonly pieces: AsyncIterable<Buffer>;
  readonly table: () => Pick<Table, 'bytes' | 'groups'>;
}

/** Kept with each file: where an export continues after it, and the version of the policies by which its lines were decided. */
export interface Position {
  readonly place?: Place | undefined;
  readonly policies?: number | undefined;
  /** Where the file is a part of one. */
  readonly table?: Table;
  /** The last block goes on in the next file of its kind. */
  readonly continues?: true;
  /** It can be taken before the export has ended. */
  readonly early?: { readonly organizedBy?: 'Patient' } | undefined;
  /** Resources by their types, where a file has several. */
  readonly counts?: Readonly<Record<string, number>>;
  /** It is encrypted where it lies. */
  readonly isSealed?: boolean;
}

/** Files of one type that are being made: one of stored resources, one of deletions. */
export class ExportFiles {
  readonly #making: Making;
  readonly #open = new Map<Kind, OpenFile>();
  #rules: RulesAt | undefined;
  /** As they were before anything was decided that is not written yet. */
  #held: RulesAt | undefined;
  #number: number;
  #type = '';
  #place: Place | undefined;
  #left = 0;

  /** @param number of the first file */
  constructor(making: Making, number: number) {
    this.#making = making;
    this.#number = number;
  }

  /** Called before it is decided which of the next resources, all of one type, the caller sees. */
  async turnTo(type: string): Promise<void> {
    if (type !== this.#type) await this.finish();
    this.#type = type;
    const { services, isOrganized = false } = this.#making;
    if (isOrganized) this.#held = await rulesNow(services);
    if (this.#open.size === 0) this.#rules = this.#held ?? (await rulesNow(services));
  }

  /** Whether a file that has begun takes so many lines and bytes more; true if none has. */
  fits(lines: number, bytes: number, kind: Kind = 'output'): boolean {
    const file = this.#open.get(kind);
    if (file === undefined || file.count === 0) return true;
    return file.count + lines <= mostLines && file.bytes + bytes <= (this.#making.mostBytes ?? mostBytes);
  }

  hasBegun(): boolean {
    return this.#open.has('output');
  }

  /** All lines up to a place are added, and no page is over. */
  at(place: Place): void {
    this.#place = place;
  }

  /** Makes a file that is there whether it gets lines or not. */
  async begin(): Promise<void> {
    if (!this.#open.has('output')) await this.#create('output');
  }

  /** Adds a line. Fails with `export-storage-failed` and `export-too-large`. @param type of its resource, where the file has several */
  async add(kind: Kind, line: Buffer, type?: string): Promise<void> {
    if (line.length === 0) return;
    const { mostBytes: most, isOrganized = false } = this.#making;
    const isWhole = kind === 'output' && isOrganized;
    if (most !== undefined && !isWhole && !this.fits(1, line.length, kind)) await this.finish();
    await this.#append(kind, line, type);
  }

  async #append(kind: Kind, line: Buffer, type: string | undefined): Promise<void> {
    const { exports, work, table } = this.#making;
    const file = this.#open.get(kind) ?? (await this.#create(kind));
    if ((this.#left -= line.length) < 0) tooLarge(exports);
    file.add(line);
    if (type !== undefined) file.counts.set(type, (file.counts.get(type) ?? 0) + 1);
    if (table !== undefined) file.ofTable += tableBytes(line);
    if (file.waiting < piece) return;
    const { waiting } = file;
    await this.#write(kind, file);
    await work.made(waiting);
  }

  /**
   * Writes the pending lines, and notes their patients for the list of the export: a line that is removed later is in none of the final
   * files.
   */
  async #write(kind: Kind, file: OpenFile): Promise<void> {
    const { services, times, table } = this.#making;
    const of = { type: kind === 'deleted' ? 'Bundle' : this.#type, times };
    if (services.trail !== undefined && kind !== 'error')
      await (table === undefined ? noteLines : noteFrames)(services, file.next, of, file.patients);
    await storing(() => file.write());
  }

  /** All lines up to a place are added. */
  async reached(place: Place): Promise<void> {
    const isFull = [...this.#open.values()].some(({ count, bytes }) => count >= mostLines || bytes >= mostBytes);
    this.#place = place;
    if (isFull) await this.finish();
    // Pages that are gone through cost their time too, whether they have lines or not.
    else await this.#making.work.made(0);
  }

  /** Completes the open files, and notes them together: the next attempt begins after all of them. */
  async finish(continues = false): Promise<void> {
    if (this.#open.size === 0) return;
    const { work, exports, services, table } = this.#making;
    const before = this.#rules;
    await this.#check();
    const sealed = await this.#seal();
    const made: MadeFile[] = [];
    const { early } = this.#making;
    const position: Position = {
      ...{ place: this.#place, policies: services.policies.current()?.generation, early },
      ...(exports.files.seals && { isSealed: true }),
    };
    let waiting = 0;
    for (const [kind, file] of this.#open) {
      waiting += file.waiting;
      const type = kind === 'output' ? this.#type : kind === 'deleted' ? 'Bundle' : 'OperationOutcome';
      await this.#write(kind, file);
      const patients = services.trail === undefined && kind !== 'error' ? undefined : [...file.patients];
      const whole = await storing(() => file.end());
      const ofTable = table && { table: { ...table, bytes: file.ofTable, ...sealed } };
      if (whole.count > 0 || ofTable !== undefined)
        made.push({
          ...whole,
          kind,
          type,
          position: { ...position, ...ofTable, ...partsOf(file, continues) },
          patients,
        });
    }
    this.#open.clear();
    // Of a page that is not over more lines come, which were decided before.
    this.#rules = this.#held ?? before;
    if (made.length > 0 && !(await exports.store.addFiles(work.attempt, made)))
      throw new Error('the job is not this holder’s any more');
    // It may rest for long. A consent that comes then is one behind a file that is whole, not one of which a file that is not knows nothing.
    await work.made(waiting);
  }

  /** Closes open files. */
  async close(): Promise<void> {
    for (const file of this.#open.values()) await file.close();
    this.#open.clear();
  }

  /** A consent, or a policy, that came while lines were written counts for them too. */
  async #check(): Promise<void> {
    const { services, isPartial } = this.#making;
    for (let left = mostChecks; left > 0 && this.#rules !== undefined; left -= 1) {
      const now = await rulesNow(services);
      const changed = await changedSince(services, this.#rules);
      if (changed === undefined) return;
      this.#rules = now;
      for (const kind of ['output', 'deleted'] as const) await this.#without(kind, isPartial ? 'all' : changed);
    }
  }

  async #without(kind: 'output' | 'deleted', changed: ChangedFor): Promise<void> {
    const { services, times, lineOf, isOrganized = false } = this.#making;
    const file = this.#open.get(kind);
    if (file === undefined) return;
    await this.#write(kind, file);
    if (isOrganized && kind === 'output') return this.#blocksAnew(file);
    const written = { stored: file.stored, type: this.#type, isOfDeleted: kind === 'deleted' };
    const refused = changed === 'all' ? undefined : await refusedSince(services, times, written, changed);
    if (refused?.size === 0) return;
    this.#open.delete(kind);
    try {
      await this.#create(kind);
      const lines =
        refused === undefined ? linesAnew(services, times, written, lineOf) : linesWithout(written, refused);
      for await (const line of lines) await this.#append(kind, line, undefined);
    } finally {
      await file.stored.discard();
    }
  }

  async #blocksAnew(file: OpenFile): Promise<void> {
    const { services, times, lineOf } = this.#making;
    this.#open.delete('output');
    try {
      await this.#create('output');
      for await (const [type, line] of blocksAnew(services, times, file.stored, lineOf))
        await this.#append('output', line, type === headerType ? undefined : type);
    } finally {
      await file.stored.discard();
    }
  }

  /** Replaces the file of lines of a table by the final one. Changes of rules meanwhile apply to it, too. */
  async #seal(): Promise<Pick<Table, 'bytes' | 'groups'> | undefined> {
    const { seal, work, services } = this.#making;
    if (seal === undefined) return undefined;
    for (let left = mostChecks; ; left -= 1) {
      const lines = this.#open.get('output');
      if (lines === undefined) return undefined;
      await this.#write('output', lines);
      const { pieces, table } = seal(() => linesIn(lines.stored));
      this.#open.delete('output');
      const file = await this.#create('output').catch(async (error: unknown) => {
        await lines.close();
        throw error;
      });
      [file.count, file.patients] = [lines.count, lines.patients];
      let isKept = false;
      try {
        for await (const piece of pieces) {
          work.signal.throwIfAborted();
          if ((this.#left -= piece.length) < 0) tooLarge(this.#making.exports);
          file.append(piece);
          await storing(() => file.write());
          await work.made(piece.length);
        }
        isKept = left === 0 || this.#rules === undefined || (await changedSince(services, this.#rules)) === undefined;
      } finally {
        // Its lines are not needed any more, or those of the sealed file are not true any more.
        const gone = isKept || left === 0 ? lines : file;
        await gone.stored.discard();
        if (gone === file) this.#open.set('output', lines);
      }
      if (isKept) return table();
      await this.#check();
    }
  }

  async #create(kind: Kind): Promise<OpenFile> {
    const { exports, work, client } = this.#making;
    const { id: job, attempt } = work.attempt;
    const { store, files, most } = exports;
    const { all, own } = await store.sizes(client);
    const open = [...this.#open.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    this.#left = Math.min(most.all - all, most.own - own) - open;
    const number = this.#number++;
    const file = new OpenFile(number, await storing(() => files.create(job, { number, attempt })));
    this.#open.set(kind, file);
    return file;
  }
}

function partsOf({ counts }: OpenFile, continues: boolean): Pick<Position, 'continues' | 'counts'> {
  return counts.size === 0 ? {} : { counts: Object.fromEntries(counts), ...(continues && { continues }) };
}

function tooLarge({ most }: Exports): never {
  const diagnostics =
    `The files of one client have ${most.own} bytes at most, those of all ${most.all}. ` +
    'DELETE exports that you have, or ask for less, by _type, _since or a Group.';
  fail('export-too-large', {}, { diagnostics });
}
