/** @dhp/trail/lists: lists of patients whose data are in files, sealed as records are, and named by a record by their hash. docs/decisions/0147-lists-of-patients.md */
import { createHash } from 'node:crypto';
import type { TrailKeys } from './keys.ts';
import { openBound, type SealedRecord } from './open.ts';
import type { Sealer, TrailRow } from './sealer.ts';

/** A list as the record of its export names it. */
export interface PatientList {
  /** A UUID: the job of the export. */
  readonly id: string;
  /** The first day of the month to which it belongs, `2026-12-01`. */
  readonly month: string;
  readonly patients: number;
  /** Over its rows, in hexadecimal. */
  readonly sha256: string;
}

/** A row as it is stored. */
export interface ListedRow extends Pick<SealedRecord, 'keyId' | 'sealed'> {
  /** The pseudonym. */
  readonly patient: Buffer;
}

/** By this its records are found and sealed, in the place of the id of a Patient, which has no colon. */
export function nameOfList(id: string): string {
  return `list:${id}`;
}

/** Seals a patient of a list under a key of that patient. @param o.files numbers of the files */
export function listedRow(
  sealer: Pick<Sealer, 'bound'>,
  o: {
    readonly list: string;
    readonly recorded: number;
    readonly patient: string;
    readonly files: readonly number[];
  },
): TrailRow {
  const { list, recorded, patient, files } = o;
  return sealer.bound({ recorded, patient, content: contentOf(list), sealed: { patient, files } });
}

/** Numbers of the files with a patient. @returns undefined if the key was destroyed, or the row is not of the list */
export function filesOf(
  keys: Pick<TrailKeys, 'wrapping'>,
  { list, ...row }: Pick<SealedRecord, 'keyId' | 'sealed' | 'key'> & { readonly list: string },
): readonly number[] | undefined {
  const text = openBound(keys, row, JSON.stringify(contentOf(list)));
  return text && (JSON.parse(text.toString('utf8')) as { files: readonly number[] }).files;
}

/** The content to which rows of a list are bound. */
function contentOf(list: string): { readonly list: string } {
  return { list };
}

/** The list that a record names with its hash. @param content JSON of the part in clear, in which it is the first member */
export function listIn(content: string): PatientList | undefined {
  if (!content.startsWith('{"list":')) return undefined;
  const { list } = JSON.parse(content) as { list?: Partial<PatientList> };
  return list?.sha256 === undefined ? undefined : (list as PatientList);
}

/** The hash of a list, row by row in the order of the pseudonyms. */
export function listHash(): { add(row: ListedRow): void; hex(): string } {
  const hash = createHash('sha256');
  return {
    add({ patient, keyId, sealed }) {
      hash
        .update(patient)
        .update(`${keyId}${String(sealed.length)}\n`)
        .update(sealed);
    },
    hex: () => hash.digest('hex'),
  };
}

/** A row of a list of patients, for an archive. */
export type ArchivedListed = ListedRow & { readonly list: string };

const mark = '["list",';

/** One line of JSON, with its end: the rows of lists are behind the records. */
export function archiveListedLine({ list, patient, keyId, sealed }: ArchivedListed): string {
  return `${JSON.stringify(['list', list, patient.toString('base64'), keyId, sealed.toString('base64')])}\n`;
}

/** Whether a line is of a list and of no record. */
export function isOfList(line: string): boolean {
  return line.startsWith(mark);
}
