/** Runs of the server of the database, from one start to the next. docs/decisions/0040-page-links-over-restarts.md */
import { isBehind, oldestOpen } from '../commit-order/transactions.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Runs that are remembered: links are valid for a day. */
const mostRuns = 1_000;

/**
 * Notes the run that the statement is carried out in, unless somebody has. Whoever stores a resource in it has done this before, so all
 * transactions that do have later numbers than the note says.
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
 * Whether what a statement of an earlier run could see is still told by its snapshot: all runs since continue with the same history, and in none of them
 * has a transaction that the snapshot takes for ended stored a resource.
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
 * Whether a place in the order of commits is still the place of what was read before it, as `seesTheSame`.
 * @param txid all that transactions up to this one have stored was read
 */
export async function hasSamePast(
  sql: Session,
  { server, txid }: { readonly server: string; readonly txid: string },
): Promise<boolean> {
  const end = String(BigInt(txid) + 1n);
  return seesTheSame(sql, { server, snapshot: `${end}:${end}:` });
}

/** The history that the server continues with; undefined in a database of before runs were noted. */
export async function serverHistory(sql: Session): Promise<string | undefined> {
  const [there] = await sql<{ isThere: boolean }[]>`
    select to_regprocedure('fhir.server_history()') is not null as "isThere"`;
  if (there?.isThere !== true) return undefined;
  const [row] = await sql<{ history: string }[]>`select fhir.server_history() as history`;
  return row!.history;
}

/**
 * In a cluster that has all that another one had, with the same numbers of transactions, and nothing else: what had its place in the order of commits there has
 * it here.
 * @param before `serverHistory` of the other one
 */
export async function continueHistory(sql: Session, before: string): Promise<void> {
  await sql`update fhir.server_run set history = fhir.server_history() where history = ${before}`;
}
