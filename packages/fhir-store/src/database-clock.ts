/**
 * The time by the clock of the database, which all nodes share. Versions are stamped by it: with the clocks of two machines five seconds
 * apart, a client that asks for versions newer than the last one seen would miss those that the slower one stores.
 */
export interface DatabaseClock {
  readonly now: () => Date;
  /** Whether it follows the database; if not, its times cannot be compared with the database's. */
  readonly follows: boolean;
  /** Stamps that are earlier are refused: those from now on are not, unless the clock is behind by more than ten seconds. */
  readonly notBefore: (stamp: number) => void;
  /** Compares the clocks: `said` is the database's time between the readings `asked` and `heard` of this machine's, in milliseconds. */
  readonly compare: (at: { readonly asked: number; readonly said: number; readonly heard: number }) => void;
}

/**
 * The difference is changed only when a comparison shows that it is wrong. So no time goes back because a comparison took long, on one
 * machine or between two with synchronous clocks.
 * @param machine this machine's clock, in milliseconds
 */
export function createDatabaseClock(machine: () => number = Date.now): DatabaseClock {
  let difference = 0;
  let least = 0;
  return {
    now() {
      const now = Math.round(machine() + difference);
      return new Date(least > now && least <= now + mostBehind ? least : now);
    },
    follows: true,
    notBefore: (stamp) => (least = Math.max(least, stamp)),
    compare({ asked, said, heard }) {
      const [least, most] = [said - heard, said - asked];
      if (difference < least || difference > most) difference = (least + most) / 2;
    },
  };
}

/** Milliseconds by which the clock may be behind the latest time shown; the same value as in `fhir.may_stamp`. */
const mostBehind = 10_000;

/** A clock of the caller's own, as tests have it. */
export function givenClock(now: () => Date): DatabaseClock {
  return { now, follows: false, notBefore: () => undefined, compare: () => undefined };
}
