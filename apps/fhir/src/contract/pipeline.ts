import type { Exchange, Port } from './exchange.ts';
import type { Outcome } from './record.ts';
import type { FhirRequest } from './request.ts';

/** The way in for every request: one that comes over HTTP, and an entry of a Bundle. */
export interface Pipeline {
  /** Takes a request through all steps; its port gets the answer, or the failure. */
  handle(request: FhirRequest, port: Port): Exchange;
  /**
   * Records a request once its answer is out.
   * @param exchange undefined for a request that was refused before admission
   * @param refusal the failure, if it was refused
   */
  after(
    request: RecordedRequest,
    exchange: (Pick<Exchange, 'target' | 'bearer'> & Partial<Pick<Exchange, 'call'>>) | undefined,
    outcome: Outcome,
    refusal?: unknown,
  ): void;
  /**
   * Records a refusal by the adapter, such as that of a body, before it is answered.
   * @param exchange undefined for a request that was refused before admission, which is counted
   * @throws StoreUnavailable, as a rejection: then nothing may be answered but that
   */
  refused(exchange: Exchange | undefined, error: unknown): Promise<void> | undefined;
  /** Whether a trail of requests is kept. */
  readonly keepsTrail: boolean;
  /** Whether records are made. */
  readonly isRecorded: boolean;
}

/** The part of a request that its record tells of. */
export interface RecordedRequest extends Pick<FhirRequest, 'headers' | 'entry'> {
  /** Undefined if no method could be read. */
  readonly method: string | undefined;
  /** Path and query: of a request over HTTP as they were sent, of an entry below the base URL. */
  readonly url?: string | undefined;
}
