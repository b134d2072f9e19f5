import type { ChangeFeed, StoreAdmin } from '@dhp/fhir-store';

/** A place in the order of all changes. */
export type FeedPlace = Awaited<ReturnType<ChangeFeed['feedEnd']>>;
/** Versions as they are stored, without access rules. */
export type FeedPage = NonNullable<Awaited<ReturnType<ChangeFeed['feedPage']>>>;
export type Change = FeedPage['changes'][number];
/** An event that a client has reported. */
export type FeedReport = FeedPage['reports'][number];

/** Places as clients get them: texts of one length, another one each time, of which nothing can be read. */
export interface ChangeCursors {
  readonly seal: (place: FeedPlace) => string;
  /** Fails with `changes-cursor-invalid` for a cursor that was not sealed here. */
  readonly open: (cursor: string) => FeedPlace;
}

/** Those who wait for changes, counted. */
export interface ChangeWaiters {
  /** Fails with `too-many-requests`. @returns a function that ends the waiting */
  readonly enter: (clientId: string) => () => void;
}

type Replicas = NonNullable<StoreAdmin['replicas']>;
/** How old the answer to a request may be. */
export type Freshness = Parameters<Replicas['within']>[0];
/** Reads of one request by a replica. */
export type ReplicaView = NonNullable<ReturnType<Replicas['within']>>;
export type WritePosition = Awaited<ReturnType<Replicas['position']>>;

/** Positions of writes as clients get them, of which nothing can be read either: they would tell how much is written. */
export interface WritePositions {
  readonly seal: (position: WritePosition) => string;
  /** Undefined for a text that was not sealed here. */
  readonly open: (text: string) => WritePosition | undefined;
}

export interface ChangeServices {
  readonly positions: WritePositions;
  readonly cursors: ChangeCursors;
  readonly waiters: ChangeWaiters;
}
