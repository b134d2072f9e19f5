import { numberOf, numbers, type Column } from './columns.ts';
import { stampGoodFor } from './server.ts';
import type { Session } from './session.ts';

/** Up to when a history is settled, in milliseconds since 1970. */
export interface Settled {
  /** No version that is not committed yet will have been stamped before. */
  readonly before: number;
  /** The end of a followed history: nothing appears before it later. */
  readonly until?: number | undefined;
}

/** Milliseconds that a transaction is taken to run for at most when this role may not see when it began. */
const longest = 900_000;

/**
 * Must run before the history is read; otherwise writes that end in between would be in neither. Every writer holds a lock on fhir.resource
 * from before its statement is run until the commit; a writer that takes the lock later was stamped at most `stampGoodFor` ago. Other
 * databases of the cluster and readers have no influence.
 */
export async function readSettled(sql: Session): Promise<Settled> {
  const rows = await sql`
    select date_part('epoch', n.now) * 1000, date_part('epoch', w.began) * 1000
    from (select clock_timestamp() as now) n
    cross join lateral (
      select min(coalesce(a.xact_start, n.now - ${longest}::int * interval '1 millisecond')) as began
      from pg_locks l left join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'relation' and l.relation = 'fhir.resource'::regclass and l.mode = 'RowExclusiveLock'
        and l.database = (select oid from pg_database where datname = current_database())
    ) w`.raw();
  const [now, began] = (rows as unknown as Column[][])[0]!;
  const writing = began === null ? Infinity : Math.floor(numberOf(began));
  return { before: Math.floor(Math.min(numberOf(now), writing)) - stampGoodFor };
}

/**
 * The time, in milliseconds since 1970, before which no version of the types appears any more, to be requested before they are read: from
 * then on nothing is stored with an earlier stamp, and writes in progress have a later one.
 */
export async function settle(sql: Session, types: readonly number[]): Promise<number> {
  const rows = await sql`select fhir.settle(${numbers(types)}::smallint[])`.raw();
  return numberOf((rows as unknown as Column[][])[0]![0]);
}
