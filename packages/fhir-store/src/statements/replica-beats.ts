/** Beats of the primary, which show a process how far a replica has replayed. docs/decisions/0183-reads-from-replicas.md */
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** How far the log of a server is on its disk. Positions of one run of a server, `server`, can be compared, and those of another cannot. */
export interface Written {
  readonly server: string;
  /** Bytes since the log began. */
  readonly written: bigint;
}

/** The replay progress of a replica. */
export interface Replayed {
  /** The run of the replica, by the name that the primary has for its own. */
  readonly server: string;
  /** False once it was promoted, and of any other server that takes writes. */
  readonly isStandby: boolean;
  /** The last beat of a process that is visible on it; undefined if none is. */
  readonly beat: number | undefined;
}

/**
 * Stores the next beat of a process. Its commit waits for the disk of the primary, because nothing is sent to a replica before, and for no
 * standby.
 * @returns the position of the log before: all commits up to there precede the beat
 */
export async function storeBeat(sql: Session, node: string, beat: number): Promise<Written> {
  const [row] = await sql<{ server: string; written: string }[]>`
    with local as (select set_config('synchronous_commit', 'local', true))
    insert into fhir.replica_beat (node, beat, at)
    select ${node}::text::uuid, ${beat}::bigint, statement_timestamp() from local
    on conflict (node) do update set beat = excluded.beat, at = excluded.at
    returning ${serverName(sql)} as server, (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::text as written`;
  return { server: row!.server, written: BigInt(row!.written) };
}

/** How far the log of the primary is: all that was acknowledged before is up to there. */
export async function readWritten(sql: Session): Promise<Written> {
  const [row] = await sql<{ server: string; written: string }[]>`
    select ${serverName(sql)} as server, (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::text as written`;
  return { server: row!.server, written: BigInt(row!.written) };
}

/** The replay progress of a replica, as seen by a process. */
export async function readReplayed(sql: Session, node: string): Promise<Replayed> {
  const [row] = await sql<{ server: string; standby: boolean; beat: string | null }[]>`
    select ${serverName(sql)} as server, pg_is_in_recovery() as standby,
      (select beat::text from fhir.replica_beat where node = ${node}::text::uuid) as beat`;
  const { server, standby, beat } = row!;
  return { server, isStandby: standby, beat: beat === null ? undefined : Number(beat) };
}

/** Removes the beats of a process that ends, and those of processes that have ended without doing so. */
export async function removeBeats(sql: Session, node: string): Promise<void> {
  await sql`
    delete from fhir.replica_beat
    where node = ${node}::text::uuid or at < statement_timestamp() - interval '1 day'`;
}
