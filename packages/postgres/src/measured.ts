/**
 * Messages for whoever measures, by `node:diagnostics_channel`: without a subscriber they cost a look at a flag. A channel is subscribed to before
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
  /** Of the busy ones those whose statements were given up, since the disk of the server does not answer. */
  readonly abandoned: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
  /** Milliseconds for which the oldest of them has waited; 0 where none does. */
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

/** A statement has been answered. Its values are not told. */
export interface MeasuredStatement {
  readonly text: string;
  /** Name of the session (`pg_stat_activity.application_name`); behind a pooler it is `dhp` for all. */
  readonly session: string;
  /** Whether it is one statement whose values are bound; otherwise it may be several. */
  readonly isBound: boolean;
  /** Milliseconds from when the server could begin it until its last answer. */
  readonly milliseconds: number;
}

/** Something at the database is waited for from now on: told at once, in the asynchronous context of who waits. */
export interface MeasuredWait {
  /** `statement`, or the name of the batch that an item goes with: many share its statements. */
  readonly kind: string;
  /** Of a statement; empty for an item. Its values are not told. @throws TypeError for one that cannot be sent */
  readonly text: () => string;
  /** Set by whoever hears this: is called when it is over, with what it failed with. */
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

/** Tells those who listen of a wait. @returns what is called at its end, where somebody wants that */
export function toldWait(kind: string, text: () => string): MeasuredWait['over'] {
  const wait: MeasuredWait = { kind, text, over: undefined };
  waits.publish(wait);
  return wait.over;
}
