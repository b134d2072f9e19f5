/** `GET /status/history`: the state of the services by days, for everybody. */
import type { FastifyInstance } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { firstDay, keptDays, type Calendar } from './days.ts';
import { selectDays, type ServiceMinutes } from './rows.ts';

export const historyPath = '/status/history';

interface History {
  readonly days: number;
  /** The first day, even if nothing was counted on it. */
  readonly since: string;
  readonly minutes: readonly ServiceMinutes[];
}

/** How long an answer is reused, in milliseconds: the sums change once a minute. */
const freshness = 30_000;

/** The database is asked at most once within that time, however many requests arrive. */
export function addServiceHistory(
  app: FastifyInstance,
  { sql, clock, dayOf }: { sql: Sql; clock: () => Date; dayOf: Calendar },
): void {
  let last: { history: Promise<History>; until: number } | undefined;
  const read = async (): Promise<History> => {
    const since = firstDay(clock(), dayOf);
    return { days: keptDays, since, minutes: await selectDays(sql, since) };
  };
  app.get(historyPath, async (_request, reply) => {
    if (last === undefined || performance.now() >= last.until) {
      const asked = { history: read(), until: performance.now() + freshness };
      asked.history.catch(() => (asked.until = 0));
      last = asked;
    }
    return reply.header('Cache-Control', 'public, max-age=30').send(await last.history);
  });
}
