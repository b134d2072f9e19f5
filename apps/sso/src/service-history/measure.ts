/** Asks each service once a minute whether it is well, and keeps sums by days. It runs beside the requests, and none waits for it. */
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
  /** Address of each service at which it says whether it is ready, as this process reaches it. */
  readonly services: readonly { readonly name: ServiceName; readonly url: string }[];
  readonly dayOf: Calendar;
  readonly clock: () => Date;
  readonly onFault: (error: unknown) => void;
  /** How often this process looks whether a minute is to be counted (default 20). */
  readonly seconds?: number;
}

/** How long a service may take to answer, in milliseconds. */
const patience = 2_500;
/** A service is asked again before it counts as down: one answer that is lost is no failure. */
const attempts = 2;

/** Begins it. @returns a function that ends it and waits for what is under way */
export function measureServices(measuring: Measuring): () => Promise<void> {
  let running: Promise<void> | undefined;
  let counted = 0;
  const look = async (): Promise<void> => {
    const minute = minuteOf(measuring.clock());
    // A clock that was ahead, and was set back, goes on.
    if (minute.getTime() === counted) return;
    await countMinute(measuring, minute);
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

/** Counts a minute, unless another node has. */
export async function countMinute({ sql, services, dayOf }: Measuring, minute: Date): Promise<void> {
  const before = await takeMinute(sql, minute);
  if (before === undefined) return;
  const day = dayOf(minute);
  const states = await Promise.all(services.map(async ({ name, url }) => ({ name, state: await stateAt(url) })));
  const gap = before === 'first' ? [] : uncounted(before, minute, dayOf);
  await addMinutes(sql, summed([...gap, ...states.map(({ name, state }) => oneMinute(day, name, state))]));
  if (before !== 'first' && dayOf(before) !== day) await deleteDaysBefore(sql, firstDay(minute, dayOf));
}

const oneMinute = (day: string, service: ServiceName, state: ServiceState): ServiceMinutes => ({
  ...{ day, service, up: 0, partly: 0, down: 0 },
  [state]: 1,
});

/** One row for each day and service: a statement changes a row once. */
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

/** An answer beyond a few hundred bytes is none of ours and is not read. */
const longest = 4_096;

async function askOnce(url: string): Promise<ServiceState> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) });
    const isShort = Number(response.headers.get('content-length') ?? longest + 1) <= longest;
    const body = isShort ? await response.text() : await response.body?.cancel();
    if (!response.ok) return 'down';
    return typeof body === 'string' && /"status"\s*:\s*"degraded"/.test(body) ? 'partly' : 'up';
  } catch {
    return 'down';
  }
}
