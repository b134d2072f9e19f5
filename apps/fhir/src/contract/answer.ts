import type { StoredVersion } from '@dhp/fhir-store';
import type { PatientList } from '@dhp/trail/lists';
import type { LastingBytes } from './lasting-bytes.ts';

/** The answer of an interaction that succeeds. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: Buffer | string;
  /** In the place of a body: its parts, made while they are sent. */
  stream?: AsyncIterable<Buffer>;
  /** The patients of a part are noted by the code that makes it, before it is sent: it is not searched for them. */
  isNoted?: true;
  /** The body, where it is sent again and again. */
  lasting?: LastingBytes;
  /** Why nothing was done, for the record of an answer that says so without being a failure. */
  refusal?: string;
  /** Resources that were put into files, by type: for the record of an export, and of a file that is taken. */
  counts?: Readonly<Record<string, number>>;
  /**
   * The list of the patients in the files, which the one record of the request names: for an export with its hash, for one of its files
   * with the number.
   */
  list?: PatientList | { readonly id: string; readonly file: number };
  /** The version that it is about, where it is about one. */
  version?: StoredVersion;
  /**
   * code`) of what a Bundle in the body holds, where labels are shown.|The highest confidentiality (`system|code`) in the Bundle of the
   * body, if labels are shown.|code`) of what a Bundle in the body holds, where labels are shown.
   */
  confidentiality?: string | undefined;
  /** An OperationOutcome with the warnings of a write, if the body does not contain them; for the entry of a Bundle. */
  caution?: string;
}
