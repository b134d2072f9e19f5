import type { TrailKeys } from '@dhp/trail';
import type { KeptHead } from '@dhp/trail/heads';

/** The trail of requests of an environment. */
export interface AuditOptions {
  readonly keys: TrailKeys;
  /** Seconds between two heads of the chain (default 1). */
  readonly coverSeconds?: number;
  /** Is told of each head, to keep it outside the database. */
  readonly onHead?: (head: KeptHead) => void;
  /** Is told of what failed beside requests; it is tried again. */
  readonly onError?: (error: unknown) => void;
}
