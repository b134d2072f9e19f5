/** Requests of an application as the SSO reports them. */

export interface LogAnswer {
  readonly server: string;
  /** Whether the installation stores requests. If so, the other members are present. */
  readonly is_kept: boolean;
  readonly requests?: readonly LoggedRequest[];
  readonly next?: string | null;
  readonly buckets?: readonly Bucket[];
  /** Milliseconds of a bucket. */
  readonly stretch?: number;
  readonly dropped?: number;
}

export interface LoggedRequest {
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly requestId?: string;
  readonly entry?: number | null;
  readonly issues: readonly Issue[];
}

export interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly error?: string;
  readonly text: string;
  readonly expression?: string;
}

/** Requests of one stretch of time. */
export interface Bucket {
  readonly from: number;
  readonly fine: number;
  readonly refused: number;
  readonly failed: number;
  readonly half: number | null;
  readonly most: number | null;
}
