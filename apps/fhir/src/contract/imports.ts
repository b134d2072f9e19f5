/** Bulk imports: lines of NDJSON that a job writes, each as its own client would. docs/bulk-export.md */
import type { ImportStore } from '@dhp/fhir-store/jobs';
import type { Outbound } from '@dhp/outbound';

export interface Imports {
  readonly store: ImportStore;
  /** Fetches what an import names. */
  readonly outbound: Outbound;
  /** Says why an address is never called. */
  readonly refusedAddress: (url: string) => string | undefined;
  readonly most: ImportLimits;
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
