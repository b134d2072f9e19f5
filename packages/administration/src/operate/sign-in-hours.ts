import { createDatabaseMemory, type Sql } from '@dhp/postgres';
import { selectServerName, selectSignInsByHour, type HourOfSignIns } from '../store/operator-overview.ts';

const hour = 3_600_000;

/**
 * Sign-ins of the last 24 hours; the current hour is the last. Hours that ended an hour ago or earlier no longer change: a server counts
 * them once, since reading a day of millions for every view of the page would cost too much.
 */
export function openSignInHours(sql: Sql): (now: Date) => Promise<HourOfSignIns[]> {
  const memory = createDatabaseMemory();
  const held = memory.part('sign-ins by hour', () => ({ settled: new Map<number, HourOfSignIns>() }));
  return async (now) => {
    memory.seen(await selectServerName(sql));
    const kept = held();
    const { settled } = kept;
    const last = Math.floor(now.getTime() / hour) * hour;
    const hours = Array.from({ length: 24 }, (_, at) => last - (23 - at) * hour);
    const first = hours.find((one) => one >= last - hour || !settled.has(one)) ?? last;
    const counted = await selectSignInsByHour(sql, new Date(first), new Date(last));
    const all = new Map([...settled, ...counted.map((one) => [one.hour.getTime(), one] as const)]);
    kept.settled = new Map([...all].filter(([begin]) => begin > last - 24 * hour && begin < last - hour));
    return hours.map((begin) => all.get(begin) ?? { hour: new Date(begin), succeeded: 0, refused: 0 });
  };
}
