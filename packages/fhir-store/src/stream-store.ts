/** Streams of other systems, as the database knows how far each is. */
import type { FeedPlace } from './change-feed.ts';
import type { Pools } from './pools.ts';
import {
  holdStream,
  leaveStream,
  moveStream,
  noteStream,
  streamFigures,
  type HeldStream,
  type StreamFigures,
  type StreamHold,
} from './statements/change-streams.ts';
import { guarded } from './store-unavailable.ts';

/** As the functions of statements/change-streams.ts. All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface StreamStore {
  hold(name: string, holder: string, lease: number): Promise<HeldStream | undefined>;
  leave(hold: StreamHold): Promise<void>;
  move(hold: StreamHold, place: FeedPlace, count: number): Promise<boolean>;
  note(hold: StreamHold, how: { readonly oldest: Date | undefined; readonly fails: boolean }): Promise<void>;
  figures(name: string): Promise<StreamFigures | undefined>;
}

export function createStreamStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): StreamStore {
  return {
    hold: (name, holder, lease) => guarded(() => holdStream(writes, name, holder, lease)),
    leave: (hold) => guarded(() => leaveStream(writes, hold)),
    move: (hold, place, count) => guarded(() => moveStream(writes, hold, place, count)),
    note: (hold, how) => guarded(() => noteStream(writes, hold, how)),
    figures: (name) => guarded(() => streamFigures(pages, name)),
  };
}
