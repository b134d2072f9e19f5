/** Runs of the server of the database, from one start to the next. docs/decisions/0040-page-links-over-restarts.md */
import { isBehind, oldestOpen } from '../commit-order/transactions.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Runs that are remembered: links are valid for a day. */
const mostRuns = 1_000;

/**
 * Notes the run of the server that executes the statement, unless it is noted. Every writer of resources has done this before in its run,
 * so all transactions that store resources have later numbers than the noted one.
 * @returns the server
 */
export async function noteServerRun(sql: Session): Promise<string> {
  const [row] = await sql<{ server: string }[]>`
    with known as (select from fhir.server_run where server = ${serverName(sql)}), noted as (
      insert into fhir.server_run (server, history, first)
      select ${serverName(sql)}, fhir.server_history(), ${oldestOpen<ReturnType<Session>>((...piece) => sql(...piece))}
      where not exists (select 1 from known)
      on conflict (server) do nothing returning n
    ), gone as (
      delete from fhir.server_run r using noted where r.n <= noted.n - ${mostRuns}
    )
    select ${serverName(sql)} as server`;
  return row!.server;
}

/**
 * Whether a snapshot of an earlier run still describes what its statement could see: all runs since continue the same history, and in none of them has
 * a transaction stored a resource that the snapshot treats as ended.
 */
export async function seesTheSame(
  sql: Session,
  { server, snapshot }: { readonly server: string; readonly snapshot: string },
): Promise<boolean> {
  const rows = await sql`
    select from fhir.server_run a
    where a.server = ${server} and exists (select 1 from fhir.server_run where server = ${serverName(sql)})
      and not exists (
        select from fhir.server_run r
        where r.n > a.n and not (r.history = a.history and ${isBehind(sql, sql`r.first`, snapshot)}))`;
  return rows.length > 0;
}

/**
 * Whether everything read before a place in the order of commits is still stored before it, as `seesTheSame`.
 * @param txid everything that transactions up to this one have stored was read
 */
export async function hasSamePast(
  sql: Session,
  { server, txid }: { readonly server: string; readonly txid: string },
): Promise<boolean> {
  const end = String(BigInt(txid) + 1n);
  return seesTheSame(sql, { server, snapshot: `${end}:${end}:` });
}

/** The history that the server continues; undefined in a database from before runs were noted. */
export async function serverHistory(sql: Session): Promise<string | undefined> {
  const [there] = await sql<{ isThere: boolean }[]>`
    select to_regprocedure('fhir.server_history()') is not null as "isThere"`;
  if (there?.isThere !== true) return undefined;
  const [row] = await sql<{ history: string }[]>`select fhir.server_history() as history`;
  return row!.history;
}

/**
 * For a cluster that has exactly the data of another one, with the same numbers of transactions: places in the order of commits of that one are then
 * valid here.
 * @param before `serverHistory` of the other one
 */
export async function continueHistory(sql: Session, before: string): Promise<void> {
  await sql`update fhir.server_run set history = fhir.server_history() where history = ${before}`;
}
