import type { LogQuestion } from './question.ts';
import type { LoggedRequest } from './logged-request.ts';

/** Requests of one stretch of time. */
export interface LogBucket {
  /** Start time, in milliseconds since 1970. */
  readonly from: number;
  /** By the first digit of the status: under 400, of the client, of the server or without an answer. */
  readonly fine: number;
  readonly refused: number;
  readonly failed: number;
  /** Median and 95th percentile of the durations in milliseconds; null if no request has a duration. */
  readonly half: number | null;
  readonly most: number | null;
}

export interface LogPage {
  /** The newest first. */
  readonly requests: readonly LoggedRequest[];
  /** The start of the next page; null at the end. */
  readonly next: string | null;
  /** Stretches with requests, the oldest first. */
  readonly buckets: readonly LogBucket[];
  /** Length of a stretch in milliseconds. */
  readonly stretch: number;
  /** Requests of those days that were not stored, or were removed, because there were too many. */
  readonly dropped: number;
}

/** The table of one server. */
export interface RequestLogStore {
  /**
   * Creates the partitions of the coming days, and drops those older than a week. Must be called before the first request, and each hour.
   */
  prepare(): Promise<void>;
  /** @param dropped of each client, of the same time */
  store(requests: readonly LoggedRequest[], dropped: ReadonlyMap<string, number>): Promise<void>;
  /** Removes the oldest rows of clients that have more than `most` rows of a day, a batch at a time. @returns how many rows were removed */
  trim(most: number): Promise<number>;
  read(question: LogQuestion): Promise<LogPage>;
}
