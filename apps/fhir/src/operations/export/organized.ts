/** Files with a block for each patient. https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-output-file-organization */
import type { StoredVersion } from '@dhp/fhir-store';
import type { Work } from '../../contract/jobs.ts';
import { blocks, type Piece } from './blocks.ts';
import { headerType } from './blocks-anew.ts';
import type { ExportFiles } from './files.ts';
import { noting, walk, type Place, type Walk } from './walk.ts';

interface Making {
  readonly files: ExportFiles;
  readonly work: Work;
  readonly lineOf: (version: StoredVersion) => Buffer;
  readonly mostBytes: number | undefined;
}

/** Makes the files of deletions, and then those of the blocks. @param from the position to continue after; absent: from the beginning */
export async function exportBlocks(of: Walk, making: Making, from?: Place): Promise<void> {
  const { files, work, mostBytes } = making;
  if (from?.type !== headerType) await exportDeleted(of, making, from);
  const begin = async (): Promise<void> => {
    work.signal.throwIfAborted();
    await files.turnTo(headerType);
    await work.made(0);
  };
  const writer = new BlockWriter(making);
  const count = of.patients?.ids.length;
  for await (const piece of blocks(of, { begin, mostBytes }, from?.type === headerType ? from : undefined)) {
    await writer.add(piece);
    if (count !== undefined) work.reached(piece.place.part / count);
  }
}

/** Deletions are in no block. On the way the newest Provenances are noted, where these alone are meant. */
async function exportDeleted(of: Walk, { files, work, lineOf }: Making, from: Place | undefined): Promise<void> {
  const types = of.times.since === undefined ? [] : of.asked.types.filter((type) => type !== 'Provenance');
  const ofDeleted = { ...of, asked: { ...of.asked, types } };
  for await (const { place, versions } of walk(ofDeleted, from)) {
    work.signal.throwIfAborted();
    await files.turnTo(place.type);
    for (const version of await versions()) if (version.deleted) await files.add('deleted', lineOf(version));
    await files.reached(place);
  }
  await files.finish();
  if (of.newest === undefined) return;
  for await (const { versions } of noting(of, of.newest)) {
    work.signal.throwIfAborted();
    await versions();
    await work.made(0);
  }
}

class BlockWriter {
  readonly #making: Making;
  /** The patient whose block has lines in the file that is being made. */
  #open: string | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  async add({ patient, place, versions, isLast }: Piece): Promise<void> {
    const { files, lineOf } = this.#making;
    const header = headerOf(patient);
    const lines = versions.map((version): [StoredVersion, Buffer] => [version, lineOf(version)]);
    const bytes = lines.reduce((sum, [, line]) => sum + line.length, header.length);
    // One that goes into a file stays whole.
    if (this.#open !== patient && isLast && !files.fits(lines.length + 1, bytes)) await files.finish();
    for (const [version, line] of lines) {
      const isWithin = this.#open === patient && files.hasBegun();
      if (!files.fits(isWithin ? 1 : 2, line.length + (isWithin ? 0 : header.length))) await files.finish(isWithin);
      if (!isWithin || !files.hasBegun()) await files.add('output', header);
      await files.add('output', line, version.type);
      this.#open = patient;
      files.at({ ...place, within: `${version.type}/${version.id}` });
    }
    if (!isLast) return;
    if (files.hasBegun()) files.at(place);
    this.#open = undefined;
  }
}

function headerOf(patient: string): Buffer {
  const parameter = [{ name: 'header', valueReference: { reference: `Patient/${patient}` } }];
  return Buffer.from(`${JSON.stringify({ resourceType: headerType, parameter })}\n`);
}
