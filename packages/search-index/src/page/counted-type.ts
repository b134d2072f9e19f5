/**
 * How many resources a type has: the last count, plus the changes since. The versions that a snapshot has not seen are found by their
 * transactions, so the count is exact despite concurrent writes, and writers need not maintain one. docs/decisions/0061-counts-of-types.md
 */
import { numberOf, textOf } from '../sql/columns.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';
import type { Merge, Run } from '../sql/run.ts';
import type { Seen } from './find-rows.ts';

/** The number of resources of a type that a statement saw. */
export interface KeptCount extends Seen {
  readonly count: number;
}

/** The last counts, by the numbers of their types; of one server alone. */
export interface KeptCounts {
  get(type: number): KeptCount | undefined;
  set(type: number, kept: KeptCount): void;
}

export interface CountedType {
  readonly count: number;
  /** The further count, in the same snapshot. */
  readonly beside: number;
  /** Rows that were read. */
  readonly read: number;
}

/**
 * Counts all resources of a type, whoever may see them.
 * @param beside a number that is counted in the same statement
 * @param merge as of `Run`
 * @throws the errors of `run`
 */
export async function countType(
  { sql, run, kept }: { readonly sql: Sql; readonly run: Run; readonly kept: KeptCounts },
  type: number,
  beside: Fragment,
  merge: Merge | undefined,
): Promise<CountedType> {
  const known = kept.get(type);
  const counted =
    known === undefined ? undefined : await asked({ sql, run, merge }, beside, changedSince(sql, type, known));
  const now = counted ?? (await asked({ sql, run, merge }, beside, all(sql, type)))!;
  kept.set(type, now.kept);
  return { count: now.kept.count, beside: now.beside, read: now.read + now.beside };
}

/** @param from a select of the number and of the rows that were read for it. Undefined if it has no number. */
async function asked(
  { sql, run, merge }: { readonly sql: Sql; readonly run: Run; readonly merge: Merge | undefined },
  beside: Fragment,
  from: Fragment,
): Promise<{ kept: KeptCount; beside: number; read: number } | undefined> {
  const statement = sql`select c.n, c.read, ${sql.commits.currentSnapshot(sql)}::text, fhir.server_name(), ${beside} from (${from}) c`;
  const [row] = await run(sql, statement, 'total', merge);
  const [count, read, snapshot, server, other] = row!;
  if (count === null) return undefined;
  const kept = { count: numberOf(count), snapshot: textOf(snapshot), server: textOf(server) };
  return { kept, beside: numberOf(other), read: numberOf(read) };
}

function all(sql: Sql, type: number): Fragment {
  return sql`select count(*) as n, count(*) as read from fhir.search s where s.ty = ${type}::smallint`;
}

/**
 * The resources whose current version the snapshot has not seen, now and then: the last seen version is in the history, unless there was none.
 * Null on another server, whose transaction numbers differ.
 */
function changedSince(sql: Sql, type: number, { count, snapshot, server }: KeptCount): Fragment {
  const before = sql`select not h.deleted from fhir.history h
    where h.rid = r.rid and h.shard = r.shard and ${sql.commits.wasSeen(sql, sql`h.txid`, snapshot)} order by h.ver desc limit 1`;
  return sql`select case when fhir.server_name() = ${server}::text then ${count}::bigint + d.more end as n, d.read from (
      select coalesce(sum((not r.deleted)::int - case when r.ver = 1 then 0 else coalesce((${before})::int, 0) end), 0)::bigint as more,
        count(*) as read
      from fhir.resource r
      where r.ty = ${type}::smallint and ${sql.commits.mayBeUnseen(sql, sql`r.txid`, snapshot)}
        and not ${sql.commits.wasSeen(sql, sql`r.txid`, snapshot)}
    ) d`;
}
