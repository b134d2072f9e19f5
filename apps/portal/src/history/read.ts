/** The state of the services by days, as the Single Sign-On has counted it. */
import type { ServiceName } from '../options.ts';

export interface DayMinutes {
  /** ISO 8601. */
  readonly day: string;
  readonly service: ServiceName;
  readonly up: number;
  readonly partly: number;
  readonly down: number;
}

export interface History {
  /** The first day. */
  readonly since: string;
  /** How many days from it on. */
  readonly days: number;
  readonly minutes: readonly DayMinutes[];
}

const patience = 2_000;
/** How long an answer is used again, in milliseconds. */
const freshness = 60_000;

/**
 * Returns a function that returns the known history, and updates it in the background: only the first page waits, and no longer than its
 * caller's patience. It never rejects.
 */
export function historyReader(url: string): () => Promise<History | undefined> {
  let known: History | undefined;
  let asked: Promise<History | undefined> | undefined;
  let until = 0;
  return () => {
    if (performance.now() >= until) {
      until = Infinity;
      asked = ask(url).then((history) => {
        until = performance.now() + freshness;
        known = history ?? known;
        return known;
      });
    }
    return known === undefined && asked !== undefined ? asked : Promise.resolve(known);
  };
}

async function ask(url: string): Promise<History | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) });
    if (!response.ok) return undefined;
    return readHistory(await response.json());
  } catch {
    return undefined;
  }
}

/** Undefined if the answer has another form: an older server may answer. */
function readHistory(value: unknown): History | undefined {
  const { since, days, minutes } = (value ?? {}) as Partial<History>;
  if (typeof since !== 'string' || !isDay(since)) return undefined;
  if (!Number.isInteger(days) || days! < 1 || days! > 366 || !Array.isArray(minutes)) return undefined;
  return { since, days: days!, minutes: (minutes as DayMinutes[]).filter(isCount) };
}

const isDay = (value: string): boolean => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));

const isCount = ({ day, service, up, partly, down }: DayMinutes): boolean =>
  typeof day === 'string' && isDay(day) && typeof service === 'string' && [up, partly, down].every(Number.isInteger);
