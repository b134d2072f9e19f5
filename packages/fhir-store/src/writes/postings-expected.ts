/** The latest updates of each type, by what they have done to postings: it decides which statement is tried first, and never what is stored. */

export interface PostingsExpected {
  /** Whether updates of resources of these types are expected to leave all postings as they are; now and then it is tried all the same. */
  stay(types: readonly number[]): boolean;
  /** Notes what one of them did, where it was tried. */
  note(type: number, stayed: boolean): void;
}

/** Below this share the statement for all, tried first, costs more than it saves: who has other postings is stored by a second one. */
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
