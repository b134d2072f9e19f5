/**
 * Messages for measurements, by `node:diagnostics_channel`: without a subscriber they cost checking a flag. Subscribe to a channel before
 * the pools are opened.
 */
import { channel } from 'node:diagnostics_channel';

/** A batch has begun. */
export interface MeasuredBatch {
  readonly name: string;
  readonly items: number;
  /** Milliseconds for which its first item waited. */
  readonly waited: number;
}

/** Connections and statements of a pool at one moment. */
export interface PoolState {
  readonly open: number;
  readonly busy: number;
  /** Busy connections whose statements were given up, since the server's disk does not respond. */
  readonly abandoned: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
  /** Milliseconds for which the oldest of them has waited; 0 if none waits. */
  readonly waitedFor: number;
  readonly max: number;
  readonly hasEnded: boolean;
}

/** A pool was opened. */
export interface MeasuredPool {
  /** As `pg_stat_activity.application_name` has it. */
  readonly name: string;
  readonly state: () => PoolState;
}

/** A statement was answered. Its values are not included. */
export interface MeasuredStatement {
  readonly text: string;
  /** Name of the session (`pg_stat_activity.application_name`); behind a pooler it is `dhp` for all. */
  readonly session: string;
  /** Whether it is one statement with bound values; otherwise it may be several. */
  readonly isBound: boolean;
  /** Milliseconds from when the server could begin it until its last answer. */
  readonly milliseconds: number;
}

/** Something begins to wait for the database: published at once, in the asynchronous context of the waiting code. */
export interface MeasuredWait {
  /** `statement`, or the name of the batch that an item goes with: many share its statements. */
  readonly kind: string;
  /** Of a statement; empty for an item. Its values are not included. @throws TypeError for one that cannot be sent */
  readonly text: () => string;
  /** Set by a subscriber: called when the wait is over, with its error. */
  over: ((error: unknown) => void) | undefined;
}

export const batchChannel = 'dhp:postgres.batch';
export const poolChannel = 'dhp:postgres.pool';
export const statementChannel = 'dhp:postgres.statement';
export const waitChannel = 'dhp:postgres.wait';

export const batches = channel(batchChannel);
export const pools = channel(poolChannel);
export const statements = channel(statementChannel);
export const waits = channel(waitChannel);

/** Publishes the beginning of a wait. @returns the function to call at its end, if a subscriber has set one */
export function toldWait(kind: string, text: () => string): MeasuredWait['over'] {
  const wait: MeasuredWait = { kind, text, over: undefined };
  waits.publish(wait);
  return wait.over;
}
