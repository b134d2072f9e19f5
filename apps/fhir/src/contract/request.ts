import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Query } from './query.ts';
import type { Recording } from './recording.ts';

/** A request to this server without the web framework: one that came over HTTP, or an entry of a Bundle. */
export interface FhirRequest {
  readonly method: string;
  /** Below the base URL, without the query; '' for the base URL itself. */
  readonly path: string;
  /** The parts of the path, to be compared with the literal parts of a route. */
  readonly segments: readonly string[];
  /** The same, as the values of variables: characters reserved in URLs are decoded, too. */
  readonly values: readonly string[];
  /** Undefined if the URL has none. */
  readonly query: Query | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The network address of the client; undefined for an entry, whose Bundle has one. */
  readonly address?: string;
  /** The place in its Bundle, for an entry of one. */
  readonly entry?: InBundle;
}

/** The Bundle that a request is an entry of. */
export interface InBundle {
  readonly index: number;
  /** Of a transaction, whose writes are stored together; absent in a batch, whose entries are requests by themselves. */
  readonly together?: Together;
  /** The records of the Bundle. */
  readonly recording?: Recording | undefined;
}

/** The writes of a transaction. */
export interface Together {
  /** The answer to the write of an entry, which is there once all are stored. */
  answerTo(index: number): Answer;
}
