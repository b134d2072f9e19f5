import type { TrailKeys } from '@dhp/trail';
import type { KeptHead } from '@dhp/trail/heads';

/** The trail of requests of an environment. */
export interface AuditOptions {
  readonly keys: TrailKeys;
  /** Seconds between two heads of the chain (default 1). */
  readonly coverSeconds?: number;
  /** Called with each head, to keep it outside the database. */
  readonly onHead?: (head: KeptHead) => void;
  /** Called with failures of background work; it is tried again. */
  readonly onError?: (error: unknown) => void;
}
