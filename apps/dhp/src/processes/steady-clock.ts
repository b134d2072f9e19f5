/**
 * The time of a server's process, which is not affected by jumps of the machine's clock. Machines share the clock of the database; one
 * whose own clock is set an hour back would accept expired items, and issue tokens that all others refuse.
 */
export interface SteadyClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether the machine's clock is known to be off: then it must be compared with the database's. */
  readonly isOff: () => boolean;
  /** @param said the time of the database, requested and received at these readings of the stopwatch */
  readonly compare: (at: { readonly asked: number; readonly said: number; readonly heard: number }) => void;
}

/** The two clocks of a process, in milliseconds: one that may be set, and one that only advances. */
export interface Clocks {
  readonly machine: () => number;
  readonly stopwatch: () => number;
}

/** Milliseconds by which the clock may differ between two readings. NTP slewing changes it by less, stepping by more. */
const slew = 1_000;

/** Milliseconds: a process that begins with a clock further off uses the database's, which the other nodes have. */
const mostAtStart = 60_000;

/** Milliseconds: while the machine's clock is off, small differences to the database's are made good. */
const drift = 10_000;

/**
 * A step of the clock is followed only if the database confirms it: after a machine was asleep, or if both have the same clock. A database
 * whose own clock is off, as after a failover to such a machine, changes nothing.
 */
export function createSteadyClock({ machine, stopwatch }: Clocks): SteadyClock {
  let base = machine() - stopwatch();
  let isCompared = false;
  const off = (): number => machine() - stopwatch() - base;
  return {
    now() {
      const difference = off();
      if (Math.abs(difference) <= slew) base += difference;
      return Math.round(base + stopwatch());
    },
    isOff: () => Math.abs(off()) > slew,
    compare({ asked, said, heard }) {
      const atDatabase = said - (asked + heard) / 2;
      const [ofMachine, own] = [machine() - stopwatch(), base];
      const isFirst = !isCompared;
      isCompared = true;
      if (Math.abs(ofMachine - atDatabase) < Math.abs(own - atDatabase)) base = ofMachine;
      else if (isFirst && Math.abs(own - atDatabase) > mostAtStart) base = atDatabase;
      else if (Math.abs(ofMachine - own) > slew && Math.abs(own - atDatabase) <= drift) base = atDatabase;
    },
  };
}

/** Milliseconds between two looks at the clock, and between two questions to the database while it is off. */
const [lookEvery, askEvery] = [1_000, 5_000];

/** Milliseconds after which an answer is no longer used: the process keeps its time. */
const patience = 2_000;

/**
 * Gives this process a steady clock, as `Date.now`: the OAuth engine and the libraries read that one, and no other can be injected.
 * Resolves when it was first compared with the database's, or the database did not answer in time.
 */
export async function keepTime(o: {
  readonly name: string;
  readonly databaseUrl: string;
  readonly write: (line: string) => void;
}): Promise<void> {
  const machine = Date.now.bind(Date);
  const clock = createSteadyClock({ machine, stopwatch: () => performance.now() });
  let wasOff = false;
  let askedAt = -Infinity;
  const ask = async (): Promise<void> => {
    askedAt = performance.now();
    try {
      clock.compare(await timeOf(o.databaseUrl));
    } catch {
      // It is compared again as long as the clock is off; while the database is unavailable, the stopwatch continues.
    }
    const isOff = clock.isOff();
    if (isOff === wasOff) return;
    wasOff = isOff;
    const seconds = Math.round((machine() - clock.now()) / 1000);
    const said = isOff
      ? { msg: 'the clock of this machine is off: it is not followed', seconds }
      : { msg: 'the clock of this machine is right again' };
    o.write(`${JSON.stringify({ level: 40, time: clock.now(), name: o.name, ...said })}\n`);
  };
  Date.now = clock.now;
  await ask();
  setInterval(() => {
    if (clock.isOff() !== wasOff || (wasOff && performance.now() - askedAt >= askEvery)) void ask();
  }, lookEvery).unref();
}

async function timeOf(url: string): Promise<{ asked: number; said: number; heard: number }> {
  const { connect } = await import('@dhp/postgres');
  const sql = connect(url, { max: 1, applicationName: 'dhp clock', statementTimeout: patience });
  try {
    await sql`select 1`; // connecting takes longer than the query
    const asked = performance.now();
    const [row] = await sql<{ said: number }[]>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as said`;
    const heard = performance.now();
    if (heard - asked > patience) throw new Error('the answer came late');
    return { asked, said: row!.said, heard };
  } finally {
    await sql.end({ timeout: 1 });
  }
}
