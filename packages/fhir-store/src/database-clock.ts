/**
 * The time by the clock of the database, which all nodes share. Versions are stamped by it: with the clocks of two machines five seconds
 * apart, who asks for what is newer than the last version seen would miss what the slower one stores.
 */
export interface DatabaseClock {
  readonly now: () => Date;
  /** Whether it follows the database; if not, nobody may compare it with the database's. */
  readonly follows: boolean;
  /** Stamps that are earlier are refused: those from now on are not, unless the clock is behind by more than ten seconds. */
  readonly notBefore: (stamp: number) => void;
  /** Compares the clocks: `said` is the database's time between the readings `asked` and `heard` of this machine's, in milliseconds. */
  readonly compare: (at: { readonly asked: number; readonly said: number; readonly heard: number }) => void;
}

/**
 * The difference is changed only when a comparison shows that it is wrong, so that on one machine, and between two whose clocks are in step,
 * no time goes back because a comparison took long.
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

/** Milliseconds by which a clock may be behind what was shown; as `fhir.may_stamp` has it. */
const mostBehind = 10_000;

/** A clock of the caller's own, as tests have it. */
export function givenClock(now: () => Date): DatabaseClock {
  return { now, follows: false, notBefore: () => undefined, compare: () => undefined };
}
