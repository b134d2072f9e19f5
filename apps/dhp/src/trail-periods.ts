/** Old periods of the trail of requests, which an operator ends by a command and the platform by a setting. */
import {
  destroyKeysOfPeriod,
  type LifeMeans,
  mayLeave,
  type Period,
  periodsOf,
  removePeriod,
} from '@dhp/fhir-store/trail';

/** Whether it ended this many months ago. */
export function isOld({ month }: Pick<Period, 'month'>, least: number, now: number): boolean {
  const date = new Date(now);
  const limit = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - least, 1);
  return mayLeave(month, now) && Date.parse(month) < limit;
}

export interface EndedPeriod {
  /** `2026-01` */
  readonly period: string;
  readonly records: number;
  readonly keys: number;
}

/**
 * Destroys the records and the keys of periods that ended this many months ago, the oldest first.
 * @param signal checked between two periods
 * @throws TrailActRefused; earlier ones have then ended
 */
export async function endOldPeriods(means: LifeMeans, months: number, signal?: AbortSignal): Promise<EndedPeriod[]> {
  const { sql, keys, now } = means;
  const old = (await periodsOf(sql, keys)).filter((one) => one.state !== 'ended' && isOld(one, months, now));
  const ended: EndedPeriod[] = [];
  for (const { month } of old) {
    signal?.throwIfAborted();
    const { records } = await removePeriod(means, { month });
    ended.push({ period: month.slice(0, 7), records, ...(await destroyKeysOfPeriod(means, month)) });
  }
  return ended;
}
