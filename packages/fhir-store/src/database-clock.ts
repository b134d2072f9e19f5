/**
 * The time by the clock of the database, which all nodes share. Versions are stamped by it: with the clocks of two machines five seconds
 * apart, who asks for what is newer than the last version seen would miss what the slower one stores.
 */
export interface DatabaseClock {
  readonly now: () => Date;
  /** Whether it follows the database; if not, nobody may compare it with the database's. */
  readonly follows: boolean;
  /** What the database's clock said between two readings of this machine's, all in milliseconds. */
  readonly compare: (at: { readonly asked: number; readonly said: number; readonly heard: number }) => void;
}

/**
 * The difference is changed only when a comparison shows that it is wrong, so that on one machine, and between two whose clocks are in step,
 * no time goes back because a comparison took long.
 * @param machine this machine's clock, in milliseconds
 */
export function createDatabaseClock(machine: () => number = Date.now): DatabaseClock {
  let difference = 0;
  return {
    now: () => new Date(Math.round(machine() + difference)),
    follows: true,
    compare({ asked, said, heard }) {
      const [least, most] = [said - heard, said - asked];
      if (difference < least || difference > most) difference = (least + most) / 2;
    },
  };
}

/** A clock of the caller's own, as tests have it. */
export function givenClock(now: () => Date): DatabaseClock {
  return { now, follows: false, compare: () => undefined };
}
