/**
 * The time up to which a replica certainly has all writes. A beat is a row that this process stores at the primary; a replica that shows it
 * has all that was acknowledged before the beat was sent. Time passes by the clock of this process alone, and numbers that another history
 * of the database could also have prove nothing. docs/decisions/0183-reads-from-replicas.md
 */
import type { Written } from '../statements/replica-beats.ts';

/** All that was acknowledged at `at`, in milliseconds by the clock of this process, and all of the log up to `written`. */
export interface Proven {
  readonly at: number;
  readonly written: bigint;
}

export interface Beats {
  /** The run of the primary that they were stored in; undefined before the first. */
  readonly server: string | undefined;
  /** @param sent when the beat was sent */
  stored(beat: number, sent: number, written: Written): void;
  /** The least that a replica has which shows this beat; undefined if that is not known, or was before the primary changed. */
  provenBy(beat: number): Proven | undefined;
  /** The primary is another one, or was restarted: nothing shown by the previous one counts. */
  forget(now: number): void;
}

/** Milliseconds for which a beat is remembered: a replica that is further behind is not read. */
export const longestStaleness = 3_600_000;

export function createBeats(): Beats {
  let kept: ({ readonly beat: number } & Proven)[] = [];
  let server: string | undefined;
  let forgotten = -Infinity;
  const forget = (now: number): void => {
    kept = [];
    server = undefined;
    forgotten = now;
  };
  return {
    get server() {
      return server;
    },
    stored(beat, sent, { server: run, written }) {
      // Its answer was under way while the primary changed.
      if (sent <= forgotten) return;
      if (run !== server) {
        forget(sent - 1);
        server = run;
      }
      kept.push({ beat, at: sent, written });
      const old = kept.findIndex(({ at }) => at >= sent - longestStaleness);
      // Seldom, so each beat is moved once or twice in its life.
      if (old > kept.length / 2) kept = kept.slice(old);
    },
    provenBy(beat) {
      let [low, high] = [0, kept.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (kept[middle]!.beat <= beat) low = middle + 1;
        else high = middle;
      }
      return low === 0 ? undefined : kept[low - 1];
    },
    forget,
  };
}
