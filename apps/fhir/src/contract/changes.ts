import type { ChangeFeed } from '@dhp/fhir-store';

/** A place in the order of all changes. */
export type FeedPlace = Awaited<ReturnType<ChangeFeed['feedEnd']>>;
/** Versions as they are stored, whoever may see them. */
export type FeedPage = NonNullable<Awaited<ReturnType<ChangeFeed['feedPage']>>>;
export type Change = FeedPage['changes'][number];
/** An event that a client has reported. */
export type FeedReport = FeedPage['reports'][number];

/** Places as clients get them: texts of one length, another one each time, of which nothing can be read. */
export interface ChangeCursors {
  readonly seal: (place: FeedPlace) => string;
  /** Fails with `changes-cursor-invalid` for what was not sealed here. */
  readonly open: (cursor: string) => FeedPlace;
}

/** Those who wait for changes, counted. */
export interface ChangeWaiters {
  /** Fails with `too-many-requests`. @returns what ends the waiting */
  readonly enter: (clientId: string) => () => void;
}

export interface ChangeServices {
  readonly cursors: ChangeCursors;
  readonly waiters: ChangeWaiters;
}
