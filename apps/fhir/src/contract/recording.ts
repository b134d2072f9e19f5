import type { TrailRow } from '@dhp/trail';
import type { Exchange } from './exchange.ts';
import type { Services } from './interaction.ts';
import type { Refused } from './refused.ts';
import type { FhirRequest } from './request.ts';

/** The records of one request, on its way with it. An entry of a Bundle has its own, and that of the Bundle stores its rows. */
export interface Recording extends Refused {
  /** Of the request over HTTP, for its entries too. */
  readonly requestId: string | undefined;
  /** The network address of the client. */
  readonly address: string | undefined;
  /** Patients in the answer, or in the address. */
  readonly patients: Set<string>;
  /** Of these the patients whom the whole of a resource names that was shown in part, by `Type/id`. */
  readonly ofParts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rows of entries, to be stored before the answer to their Bundle. */
  readonly rows: TrailRow[];
  /** Whether a record of the request was stored in the transaction of its writes. */
  isWritten: boolean;
  /** Whether the outcome of the request is recorded, or about to be. */
  isSettled: boolean;
}

/** Records the request and its outcome. Undefined if an environment keeps no records. */
export interface Recorder {
  begin(request: FhirRequest): Recording;
  /** Notes the patients of the answer, before a part of it is left out. */
  note(exchange: Exchange): void;
  /** The services by which a request writes: each version is stored with its record. */
  writing(exchange: Exchange, services: Services): Services;
  /**
   * Records the outcome of a request. Nothing is waited for where it has its records already, and for an entry of a Bundle.
   * @param error of a refusal; undefined: it is answered
   * @throws StoreUnavailable, as a rejection: then nothing may be answered but that
   */
  settled(exchange: Exchange, error: unknown): Promise<void> | undefined;
  /** Counts a refusal of bytes that did not become a request: the sender is unknown. */
  count(error: unknown): void;
}
