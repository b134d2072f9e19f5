/** The effect of the latest updates of each type on postings: it decides which statement is tried first, never the stored rows. */

export interface PostingsExpected {
  /** Whether updates of resources of these types are expected to leave all postings unchanged; now and then it is tried in any case. */
  stay(types: readonly number[]): boolean;
  /** Notes the effect of one update, if it was tried. */
  note(type: number, stayed: boolean): void;
}

/**
 * Below this share, trying the statement without postings first costs more than it saves: updates with changed postings need a second
 * statement.
 */
const least = 0.75;
/** Of so many batches that are not expected to leave postings alone, one tries. */
const tries = 32;
/** Weight of the latest update. */
const latest = 0.1;

export function expectPostings(): PostingsExpected {
  /** Share of the latest updates of each type that changed no posting. */
  const shares = new Map<number, number>();
  let declined = 0;
  return {
    stay(types) {
      const mean = types.reduce((sum, type) => sum + (shares.get(type) ?? 1), 0) / types.length;
      if (mean >= least) return true;
      declined += 1;
      return declined % tries === 0;
    },
    note(type, stayed) {
      shares.set(type, (shares.get(type) ?? 1) * (1 - latest) + (stayed ? latest : 0));
    },
  };
}
