/** Checks each service once a minute, and stores sums by day. It runs in the background, and no request waits for it. */
import type { Sql } from '@dhp/postgres';
import { firstDay, minuteOf, uncounted, type Calendar } from './days.ts';
import {
  addMinutes,
  deleteDaysBefore,
  takeMinute,
  type ServiceMinutes,
  type ServiceName,
  type ServiceState,
} from './rows.ts';

export interface Measuring {
  readonly sql: Sql;
  /** Address of each service's readiness check, as this process reaches it. */
  readonly services: readonly { readonly name: ServiceName; readonly url: string }[];
  readonly dayOf: Calendar;
  readonly clock: () => Date;
  readonly onFault: (error: unknown) => void;
  /** How often this process checks whether a minute is due, in seconds (default 20). */
  readonly seconds?: number;
}

/** How long a service may take to answer, in milliseconds. */
const patience = 2_500;
/** A service is asked again before it counts as down: one lost answer is not a failure. */
const attempts = 2;

/** Starts it. @returns a function that stops it and waits for running work */
export function measureServices(measuring: Measuring): () => Promise<void> {
  let running: Promise<void> | undefined;
  let counted = 0;
  const remembered: Remembered = new Map();
  const look = async (): Promise<void> => {
    const minute = minuteOf(measuring.clock());
    // Continues even after a clock that was ahead was set back.
    if (minute.getTime() === counted) return;
    await countMinute(measuring, minute, remembered);
    counted = minute.getTime();
  };
  const timer = setInterval(
    () => {
      running ??= look()
        .catch(measuring.onFault)
        .finally(() => (running = undefined));
    },
    (measuring.seconds ?? 20) * 1000,
  ).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** States of the services in minutes that could not be written to the database, by the milliseconds of the minute since 1970. */
export type Remembered = Map<number, readonly ServiceMinutes[]>;

/** Minutes that are remembered: two days. */
const mostRemembered = 2 * 1440;

/**
 * Counts a minute, unless another node has. While the database accepts no writes, this process remembers the minutes: the database is down
 * then, and so are the services that need it.
 * @param remembered by this process; minutes that another node counted meanwhile are forgotten
 */
export async function countMinute(
  measuring: Measuring,
  minute: Date,
  remembered: Remembered = new Map(),
): Promise<void> {
  const { sql, dayOf } = measuring;
  const before = await takeMinute(sql, minute).catch(async (error: unknown) => {
    if (remembered.size < mostRemembered && !remembered.has(minute.getTime()))
      remembered.set(minute.getTime(), await minutesOf(measuring, minute));
    throw error;
  });
  const own = [...remembered].filter(
    ([time]) => before instanceof Date && time > before.getTime() && time < minute.getTime(),
  );
  remembered.clear();
  if (before === undefined) return;
  const gap = before === 'first' ? [] : uncounted(before, minute, dayOf);
  // The gap itself covers the Single Sign-On.
  const others = own.flatMap(([, minutes]) => minutes.filter(({ service }) => service !== 'sso'));
  await addMinutes(sql, summed([...gap, ...others, ...(await minutesOf(measuring, minute))]));
  const day = dayOf(minute);
  if (before !== 'first' && dayOf(before) !== day) await deleteDaysBefore(sql, firstDay(minute, dayOf));
}

/** The state of each service now. */
function minutesOf({ services, dayOf }: Measuring, minute: Date): Promise<ServiceMinutes[]> {
  const day = dayOf(minute);
  return Promise.all(services.map(async ({ name, url }) => oneMinute(day, name, await stateAt(url))));
}

const oneMinute = (day: string, service: ServiceName, state: ServiceState): ServiceMinutes => ({
  ...{ day, service, up: 0, partly: 0, down: 0 },
  [state]: 1,
});

/** One row for each day and service: a statement can change a row only once. */
function summed(minutes: readonly ServiceMinutes[]): ServiceMinutes[] {
  const rows = new Map<string, ServiceMinutes>();
  for (const one of minutes) {
    const key = `${one.day} ${one.service}`;
    const { up, partly, down } = rows.get(key) ?? { up: 0, partly: 0, down: 0 };
    rows.set(key, { ...one, up: up + one.up, partly: partly + one.partly, down: down + one.down });
  }
  return [...rows.values()];
}

async function stateAt(url: string): Promise<ServiceState> {
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    const state = await askOnce(url);
    if (state !== 'down') return state;
  }
  return askOnce(url);
}

/** Bytes that are read of an answer: ours are shorter. */
const longest = 8_192;

async function askOnce(url: string): Promise<ServiceState> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) });
    const body = await beginningOf(response);
    return response.ok ? stateIn(body) : 'down';
  } catch {
    return 'down';
  }
}

/** The body, or the beginning of a body that is too long: an endless answer is not read to its end. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > longest) break;
  }
  return text;
}

/** The state that a service reports. An answer without a state comes from something else, such as a page in place of the service. */
function stateIn(body: string): ServiceState {
  try {
    const { status } = JSON.parse(body) as { status?: unknown };
    if (status === 'ready') return 'up';
    return status === 'degraded' ? 'partly' : 'down';
  } catch {
    return 'down';
  }
}
