import type { IndexRow } from './index-row.ts';

/** A stored resource whose index row is needed. */
export interface StoredBody {
  readonly type: string;
  readonly content: string;
}

/** The rows of resources in a definition with whole texts; undefined if one of them cannot be made within its limit of work. */
export type WholeRows = (bodies: readonly StoredBody[]) => Promise<readonly IndexRow[] | undefined>;
