import type { LogQuestion } from './question.ts';
import type { LoggedRequest } from './logged-request.ts';

/** Requests of one stretch of time. */
export interface LogBucket {
  /** Its begin, in milliseconds since 1970. */
  readonly from: number;
  /** By the first digit of the status: under 400, of the client, of the server or without an answer. */
  readonly fine: number;
  readonly refused: number;
  readonly failed: number;
  /** Milliseconds within which half and 95 of 100 were answered; null if none of them has a time. */
  readonly half: number | null;
  readonly most: number | null;
}

export interface LogPage {
  /** The newest first. */
  readonly requests: readonly LoggedRequest[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  /** Stretches with requests, the oldest first. */
  readonly buckets: readonly LogBucket[];
  /** Length of a stretch in milliseconds. */
  readonly stretch: number;
  /** Requests of those days that were not kept, or are kept no longer, since there were too many. */
  readonly dropped: number;
}

/** The table of one server. */
export interface RequestLogStore {
  /** Makes the parts of the coming days, and ends those whose week is over. To be called before the first request, and each hour. */
  prepare(): Promise<void>;
  /** @param dropped of each client, of the same time */
  store(requests: readonly LoggedRequest[], dropped: ReadonlyMap<string, number>): Promise<void>;
  /** Removes the oldest rows of clients that have more than so many of a day, a piece at a time. @returns how many it has removed */
  trim(most: number): Promise<number>;
  read(question: LogQuestion): Promise<LogPage>;
}
