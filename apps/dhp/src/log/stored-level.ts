/** The temporary log level that operators have set, as stored in a database. Only its owner reads and writes it. */
import type { Session, Sql } from '@dhp/postgres';
import type { DatabaseName } from '../databases.ts';
import type { LogChange, LogLevel } from './control.ts';

export interface StoredLevel extends LogChange {
  /** Names of the affected servers. */
  readonly servers: readonly string[];
  readonly until: Date;
  /** How long it still counts, by the clock of the database. */
  readonly secondsLeft: number;
  readonly by: string;
  readonly reason: string;
}

/** Channel that notifies of each change. */
export const levelChannel = 'dhp_log';

interface Row {
  readonly level: LogLevel | null;
  readonly share: number | null;
  readonly servers: readonly string[];
  readonly until: Date;
  readonly left: number;
  readonly by: string;
  readonly reason: string;
}

function tableOf(sql: Session, name: DatabaseName): ReturnType<Session> {
  return name === 'sso' ? sql`sso.log_level` : sql`fhir.log_level`;
}

/** @returns undefined if the settings count, and in a database of a release before */
export async function readLevel(sql: Sql, name: DatabaseName): Promise<StoredLevel | undefined> {
  const rows = await sql<Row[]>`
    select level, share, servers, until, extract(epoch from until - now())::float8 as left, set_by as by, reason
    from ${tableOf(sql, name)} where until > now()`.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === '42P01') return [];
    throw error;
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const { level, share, servers, until, left, by, reason } = row;
  return {
    ...(level !== null && { level }),
    ...(share !== null && { share }),
    ...{ servers, until, secondsLeft: left, by, reason },
  };
}

/** Replaces the previous level, and notifies the nodes. @returns until when it applies */
export async function storeLevel(
  sql: Sql,
  name: DatabaseName,
  given: LogChange & Pick<StoredLevel, 'servers' | 'by' | 'reason'> & { readonly minutes: number },
): Promise<Date> {
  const { level = null, share = null, servers, minutes, by, reason } = given;
  return sql.begin(async (session) => {
    await session`delete from ${tableOf(session, name)}`;
    const [row] = await session<{ until: Date }[]>`
      insert into ${tableOf(session, name)} (level, share, servers, until, set_by, reason)
      values (${level}, ${share}::float8, string_to_array(${servers.join(',')}::text, ','), now() + ${minutes}::int * interval '1 minute', ${by}, ${reason})
      returning until`;
    await session`select pg_notify(${levelChannel}, '')`;
    return row!.until;
  });
}

/** Restores the settings. @returns whether a level was set */
export async function endLevel(sql: Sql, name: DatabaseName): Promise<boolean> {
  return sql.begin(async (session) => {
    const gone = await session<{ lasts: boolean }[]>`
      delete from ${tableOf(session, name)} returning until > now() as lasts`;
    await session`select pg_notify(${levelChannel}, '')`;
    return gone.some(({ lasts }) => lasts);
  });
}
