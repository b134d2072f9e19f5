/** The port of reads from replicas. docs/decisions/0183-reads-from-replicas.md */
import type { ResourceStore } from '../resource-store.ts';
import type { Written } from '../statements/replica-beats.ts';

/** Reads and searches that a replica may answer. */
export type WholeReads = Pick<ResourceStore, 'read' | 'vread' | 'search'>;

/** A place in the writes of one run of the primary: a replica that has reached it has all writes that were acknowledged before. */
export type WritePosition = Written;

/** How old an answer may be. */
export interface AskedOfReplica {
  /** Milliseconds: all that was acknowledged earlier than that before now is in the answer. */
  readonly staleness: number;
  /** All that was acknowledged before this is in the answer, too. */
  readonly after?: WritePosition | undefined;
}

/** Reads of one request, by a replica where that is possible, else by the primary. */
export interface ReplicaView extends WholeReads {
  /** Milliseconds by which the answer may be older than the primary's; undefined if the primary has answered all of it. */
  readonly staleness: number | undefined;
}

/** State of a replica, as this process knows it. */
export interface ReplicaState {
  readonly name: string;
  /** Milliseconds; undefined while it is not read. */
  readonly staleness: number | undefined;
  /** Requests that it has answered. */
  readonly answered: number;
}

export interface Replicas {
  /** The reads for one request; undefined if no replica is fresh enough, so that the primary must be asked. */
  within(asked: AskedOfReplica): ReplicaView | undefined;
  /** A position behind all writes that were acknowledged before the call. @throws StoreUnavailable */
  position(): Promise<WritePosition>;
  states(): readonly ReplicaState[];
  /** Requests that allowed an age and were answered by the primary. */
  readonly passedOn: number;
  close(): Promise<void>;
}
