/** The index definition that is built beside the active one, in fhir.index_next. docs/decisions/0027-index-definitions.md */
import type { Sql } from '@dhp/postgres';
import { oldestOpen } from '../commit-order/transactions.ts';
import type { IndexTables } from '@dhp/search-index/sql';
import { ownDefinition, type IndexDefinitions } from './index-definition.ts';
import { sessionOn } from './index-tables.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** `fill`: rows are made for the stored resources; `filled`: that is done; `bound`: writers store its rows, and missing rows are made. */
export type NextStage = 'fill' | 'filled' | 'bound';

export interface NextDefinition {
  readonly version: number;
  readonly tables: IndexTables;
  readonly stage: NextStage;
  /** Transactions from this one on may have stored resources without its rows; undefined: all may have, in any of its rows. */
  readonly since: string | undefined;
  /** Servers that live and do not make its rows. */
  readonly waitsFor: number;
}

export async function readNext(sql: Session): Promise<NextDefinition | undefined> {
  const [row] = await sql<
    { version: number; second: boolean; stage: NextStage; since: string; all: boolean; others: string }[]
  >`
    select n.version, n.second, n.stage, n.since::text as since,
      n.server <> ${serverName(sql)} or exists (select 1 from fhir.own_parameter p where p.since > n.generation) as all,
      (select count(*) from fhir.index_server s where s.until > clock_timestamp() and not n.version = any(s.made)) as others
    from fhir.index_next n where n.single`;
  if (row === undefined) return undefined;
  const { version, second, stage, since, all, others } = row;
  return { version, tables: second ? 'b' : 'a', stage, since: all ? undefined : since, waitsFor: Number(others) };
}

/**
 * Begins to build the definition of this program beside the active one, if the program makes both, and neither this nor a later one is
 * being built. A partly built earlier one is discarded.
 * @throws the error of PostgreSQL, if a long read blocks the tables that must be emptied first
 */
export async function beginNext(sql: Sql, definitions: IndexDefinitions): Promise<void> {
  const { version } = ownDefinition(definitions);
  const made = definitions.map((one) => one.version);
  const begun = await sql.begin(async (transaction) => {
    const [state] = await transaction<{ second: boolean }[]>`
      select second from fhir.index_state
      where single and complete and version < ${version} and version = any(${`{${made.join(',')}}`}::int[]) for update`;
    if (state === undefined) return true;
    const under = await transaction`select from fhir.index_next where single and version >= ${version}`;
    if (under.length > 0) return true;
    if (await endNext(transaction)) await raiseGeneration(transaction);
    if ((await filledTables(transaction, !state.second)).length > 0) return false;
    await transaction`
      insert into fhir.index_next (version, second, since, server, generation)
      select ${version}, not ${state.second}::boolean, ${oldestOpen<ReturnType<Session>>((...piece) => sql(...piece))},
        ${serverName(sql)}, generation
      from fhir.own_parameter_state where single`;
    await transaction`insert into fhir.index_job (kind, target, stage) values ('definition', ${version}, 'fill')`;
    await raiseGeneration(transaction);
    return true;
  });
  if (begun) return;
  await emptyTables(sql);
  await beginNext(sql, definitions);
}

/**
 * Makes all writers store the rows of the definition, once the first pass has ended and every live server makes them.
 * @returns whether they do now
 */
export async function bindNext(sql: Sql, version: number): Promise<boolean> {
  return sql.begin(async (transaction) => {
    const [next] = await transaction<{ stage: NextStage }[]>`
      select stage from fhir.index_next where single and version = ${version} for update`;
    if (next?.stage !== 'filled') return next?.stage === 'bound';
    if (((await readNext(transaction))?.waitsFor ?? 0) > 0) return false;
    await transaction`insert into fhir.index_definition (version) values (${version}) on conflict do nothing`;
    await transaction`update fhir.index_next set stage = 'bound' where single`;
    await transaction`insert into fhir.index_job (kind, target, stage) values ('definition', ${version}, 'bound')`;
    await raiseGeneration(transaction);
    return true;
  });
}

/** The first pass has ended. */
export async function noteFilled(sql: Session, version: number): Promise<void> {
  await sql`update fhir.index_next set stage = 'filled' where single and version = ${version} and stage = 'fill'`;
}

/** The next definition takes over: from the commit on it is the active one, and the only one whose rows are stored. */
export async function takeOver(sql: Session, version: number): Promise<void> {
  // The same lock as for discarding it. On several nodes each node has the state, but only one has the definition being built: no statement
  // may change one by the other.
  const [state] = await sql<{ complete: boolean }[]>`select complete from fhir.index_state where single for update`;
  const [next] = await sql<{ second: boolean }[]>`
    select second from fhir.index_next where single and version = ${version} and stage = 'bound'`;
  if (state?.complete !== true || next === undefined) return;
  await sql`update fhir.index_state set version = ${version}, second = ${next.second} where single`;
  await sql`delete from fhir.index_definition where version <> ${version}`;
  await sql`delete from fhir.index_next`;
  await raiseGeneration(sql);
}

/** Discards the definition being built. The active definition is unchanged. @returns whether one was being built */
export async function giveUpNext(sql: Sql): Promise<boolean> {
  return sql.begin(async (transaction) => {
    await transaction`select from fhir.index_state where single for update`;
    const given = await endNext(transaction);
    if (given) await raiseGeneration(transaction);
    return given;
  });
}

async function endNext(sql: Session): Promise<boolean> {
  const ended = await sql<{ version: number }[]>`delete from fhir.index_next returning version`;
  for (const { version } of ended) await sql`delete from fhir.index_definition where version = ${version}`;
  await sql`delete from fhir.index_stretch where kind = 'definition'`;
  await sql`delete from fhir.index_job where kind = 'definition'`;
  return ended.length > 0;
}

/** No statement that begins after the commit stores rows by earlier definitions. */
async function raiseGeneration(sql: Session): Promise<void> {
  await sql`update fhir.own_parameter_state set generation = generation + 1 where single`;
}

/**
 * Empties the set of tables without a definition, once no live server knows only an earlier definition.
 * @returns whether it is empty; it is not while a statement reads it
 */
export async function emptyOther(sql: Session): Promise<boolean> {
  const used = await sql`
    select from fhir.index_state s
    where s.single and s.complete and not exists (select 1 from fhir.index_next)
      and not exists (select 1 from fhir.index_server v where v.until > clock_timestamp() and not s.version = any(v.made))`;
  if (used.length === 0) return true;
  return emptyTables(sql).catch(() => false);
}

/**
 * Empties the set that is not searched, each table in a separate transaction: searches and writes planned before the set was discarded lock
 * several of the tables in another order.
 * @returns whether it is empty; it is not if a definition is being built in it by now
 */
async function emptyTables(sql: Session): Promise<boolean> {
  const [state] = await sql<{ second: boolean }[]>`select second from fhir.index_state where single`;
  if (state === undefined) return false;
  for (const table of await filledTables(sql, !state.second)) {
    const [row] = await sql<{ emptied: boolean }[]>`
      select fhir.empty_index_table(not ${state.second}::boolean, ${table}) as emptied`;
    if (row?.emptied !== true) return false;
  }
  return true;
}

/** The non-empty tables of a set. */
async function filledTables(sql: Session, second: boolean): Promise<readonly string[]> {
  const session = sessionOn(sql, second ? 'b' : 'a');
  // One after the other: no statement over several nodes asks tables that are not joined.
  const rows = {
    search: () => session`select 1 from fhir.search limit 1`,
    tok: () => session`select 1 from fhir.tok limit 1`,
    num: () => session`select 1 from fhir.num limit 1`,
    date: () => session`select 1 from fhir.date limit 1`,
    str: () => session`select 1 from fhir.str limit 1`,
    contained: () => session`select 1 from fhir.contained limit 1`,
    boundary: () => session`select 1 from fhir.boundary limit 1`,
  };
  const filled: string[] = [];
  for (const [name, ask] of Object.entries(rows)) if ((await ask()).length > 0) filled.push(name);
  return filled;
}

/** Announces a live server and the definitions that it makes. */
export async function announceServer(
  sql: Session,
  { id, made, lease }: { readonly id: string; readonly made: readonly number[]; readonly lease: number },
): Promise<void> {
  await sql`
    insert into fhir.index_server as s (id, made, until)
    values (${id}, ${`{${made.join(',')}}`}::int[], clock_timestamp() + ${lease} * interval '1 ms')
    on conflict (id) do update set made = excluded.made, until = excluded.until`;
}

/** Removes a server, and those that ended without notice. */
export async function withdrawServer(sql: Session, id: string): Promise<void> {
  await sql`delete from fhir.index_server where id = ${id} or until < clock_timestamp() - interval '1 day'`;
}
