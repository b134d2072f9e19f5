/** Bulk imports: lines of NDJSON that a job writes, each as its own client would. docs/bulk-export.md */
import type { ImportStore } from '@dhp/fhir-store/jobs';
import type { Outbound } from '@dhp/outbound';

type Submissions = ImportStore['submissions'];
/** An input as it is noted, with the manifest of a submission that has named it. */
export type NewInput = Parameters<ImportStore['begin']>[1][number];
/** The words of a client about a submission, and their results. */
export type SubmissionRequest = Parameters<Submissions['submit']>[1];
/** The end of one that is stopped. */
export type SubmissionStop = Parameters<Submissions['submit']>[2]['stop'];
export type Submitted = Awaited<ReturnType<Submissions['submit']>>;
export type Submission = NonNullable<Awaited<ReturnType<Submissions['read']>>>;
export type SubmittedManifest = Submission['manifests'][number];
/** Header fields that are sent with a fetch, by name: secrets of the client that named the address. */
export type FileHeaders = Readonly<Record<string, string>>;

export interface Imports {
  readonly store: ImportStore;
  /** Fetches the files that an import names. */
  readonly outbound: Outbound;
  /** Says why an address is never called. */
  readonly refusedAddress: (url: string) => string | undefined;
  readonly most: ImportLimits;
  readonly headers: HeaderSeal;
}

/** Header fields as the database has them: nobody who reads it may fetch by them. */
export interface HeaderSeal {
  readonly seal: (headers: FileHeaders) => string;
  /** Also for no headers. @throws Error for a text that was not sealed with this key */
  readonly open: (sealed: string) => FileHeaders;
}

export interface ImportLimits {
  /** Bytes of one line: as many as a request may have. */
  readonly line: number;
  /** Bytes of the lines of one input, and of an answer that brings them. */
  readonly input: number;
  /** Inputs of one import. */
  readonly inputs: number;
  /** Lines that were not taken and are kept for its client; those behind them are counted. */
  readonly kept: number;
  /** Milliseconds in which an input is there, and without a byte of it. */
  readonly time: number;
  readonly idle: number;
}
