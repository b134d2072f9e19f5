import type { Bearer } from './exchange.ts';
import type { RecordedRequest } from './pipeline.ts';
import type { Outcome } from './record.ts';

/** Takes requests for the log that the developers of their applications read. */
export interface RequestLogger {
  /**
   * It neither waits nor fails.
   * @param refusal the failure of the request; undefined if it succeeded
   */
  note(request: RecordedRequest, bearer: Bearer | undefined, outcome: Outcome, refusal: unknown): void;
}
