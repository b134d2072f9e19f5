/** Requests that are answered later, as jobs. https://hl7.org/fhir/R5/async.html */
import type { IncomingHttpHeaders } from 'node:http';
import type { Attempt, Beside, JobStore } from '@dhp/fhir-store/jobs';
import type { Access } from './access.ts';
import type { SubmissionRequest, SubmissionStop, Submitted } from './imports.ts';
import type { Query } from './query.ts';

/** A request as it came, admitted and with its body read. */
export interface DeferredRequest {
  readonly method: string;
  /** Below the base URL, without the query. */
  readonly path: string;
  /** With the parameters of a form. */
  readonly query: Query | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | undefined;
  /** The network address of the client. */
  readonly address: string | undefined;
  /** Name of the interaction, and the type at the address; '' where it has none. */
  readonly interaction: string;
  readonly type: string;
  /** Whether the form of the answer is the interaction's own, by `_format` and Accept. */
  readonly hasOwnForm: boolean;
}

/** The job that a request runs as. */
export interface Work {
  readonly attempt: Attempt;
  /** Aborted when it is to end. */
  readonly signal: AbortSignal;
  /** Notes bytes that it has stored elsewhere than in its own parts, and rests as long as its share of the time wants. Rejects once the job is not this holder's. */
  made(bytes: number): Promise<void>;
  /** Notes how far it is, from 0 to 1. */
  reached(share: number): void;
  /** Stored together with the writes of the request. */
  readonly beside?: Beside;
  /** The entries of a transaction that the job has made: they need not be found in the text of a Bundle, and there is none. */
  readonly entries?: readonly EntryOfJob[];
}

/** Texts that were checked to be JSON objects. */
export interface EntryOfJob {
  readonly resource: string | undefined;
  readonly request: string;
}

/** A kind of jobs: `request`, of which the answer is kept; `export`, `view-export` and `sql-export`, which store what they make elsewhere; `import`, `bulk-submit` and `bulk-delete`, which write. */
export type DeferredKind =
  'request' | 'export' | 'view-export' | 'sql-export' | 'import' | 'bulk-submit' | 'bulk-delete';

/** The jobs of an environment, for whoever makes them of requests and tells of them. */
export interface Jobs {
  readonly store: Pick<JobStore, 'pollJob' | 'partsOf' | 'stopJob' | 'listOwnJobs'>;
  /** @returns the id of the job that it has become. Fails with `too-many-requests` where the client has too many of the kind */
  defer(request: DeferredRequest, access: Access, kind?: DeferredKind): Promise<string>;
  /** As `submit` of the store, with the limits of a client. @param stop the end of one that is stopped */
  submit(request: DeferredRequest, access: Access, asked: SubmissionRequest, stop: SubmissionStop): Promise<Submitted>;
  /** Name of those who may hear of the jobs of a caller: the same client and person with the same rights. */
  ownerOf(access: Access): Buffer;
  /** A job of this process is to end now, not at its next sign of life. */
  stopped(id: string): void;
}
