/** Streams to other systems: a lease for each, its place, and its state. docs/decisions/0126-changes-for-streams.md */
import type { FeedPlace } from '../change-feed.ts';
import type { Session } from './session.ts';

/** A hold on a stream: writes with an earlier epoch are refused. */
export interface StreamHold {
  readonly name: string;
  readonly holder: string;
  readonly epoch: string;
}

export interface HeldStream extends StreamHold {
  /** Undefined if nothing was published yet. */
  readonly place: FeedPlace | undefined;
}

/**
 * Takes over a free stream, or keeps holding it.
 * @param lease milliseconds
 * @returns undefined while another server holds it
 */
export async function holdStream(
  sql: Session,
  name: string,
  holder: string,
  lease: number,
): Promise<HeldStream | undefined> {
  const [row] = await sql<{ epoch: string; server: string | null; place: string | null }[]>`
    insert into fhir.change_stream as s (name, holder, epoch, lease)
    values (${name}, ${holder}::uuid, 1, clock_timestamp() + ${lease}::int * interval '1 ms')
    on conflict (name) do update set holder = excluded.holder, lease = excluded.lease,
      epoch = case when s.holder = excluded.holder then s.epoch else s.epoch + 1 end
    where s.holder = excluded.holder or s.holder is null or s.lease < clock_timestamp() or s.lease > clock_timestamp() + interval '15 minutes'
    returning s.epoch::text, s.server, s.place`;
  if (row === undefined) return undefined;
  const { epoch, server, place } = row;
  return { name, holder, epoch, place: server === null || place === null ? undefined : { server, position: place } };
}

/** Releases it, so that another server need not wait for the end of the lease. */
export async function leaveStream(sql: Session, { name, holder, epoch }: StreamHold): Promise<void> {
  await sql`
    update fhir.change_stream set holder = null, lease = '-infinity'
    where name = ${name} and holder = ${holder}::uuid and epoch = ${epoch}::bigint`;
}

/**
 * Moves the place behind the published changes.
 * @param count changes since the last move
 * @returns false if the stream has another holder by now
 */
export async function moveStream(
  sql: Session,
  { name, holder, epoch }: StreamHold,
  { server, position }: FeedPlace,
  count: number,
): Promise<boolean> {
  const rows = await sql`
    update fhir.change_stream set server = ${server}, place = ${position}, published = published + ${count}::int, failing = null
    where name = ${name} and holder = ${holder}::uuid and epoch = ${epoch}::bigint
    returning 1`;
  return rows.length > 0;
}

/** Notes when the oldest change that waits was stored, and whether it is in vain that it is passed on. */
export async function noteStream(
  sql: Session,
  { name, holder, epoch }: StreamHold,
  { oldest, fails }: { readonly oldest: Date | undefined; readonly fails: boolean },
): Promise<void> {
  await sql`
    update fhir.change_stream set oldest = ${oldest?.toISOString() ?? null}::timestamptz,
      failing = case when ${fails}::boolean then coalesce(failing, clock_timestamp()) end
    where name = ${name} and holder = ${holder}::uuid and epoch = ${epoch}::bigint`;
}

/** The state of a stream, for monitoring. */
export interface StreamFigures {
  /** Whether a process passes changes on. */
  readonly isHeld: boolean;
  readonly published: number;
  /** Seconds since the oldest waiting change was stored; 0: no change waits. */
  readonly oldest: number;
  /** Seconds since the receiver last accepted changes, while it fails. */
  readonly failing: number;
}

/** Undefined if it was never held. */
export async function streamFigures(sql: Session, name: string): Promise<StreamFigures | undefined> {
  const [row] = await sql<StreamFigures[]>`
    select lease >= clock_timestamp() as "isHeld", published::float8,
      coalesce(date_part('epoch', clock_timestamp() - oldest), 0)::float8 as oldest,
      coalesce(date_part('epoch', clock_timestamp() - failing), 0)::float8 as failing
    from fhir.change_stream where name = ${name}`;
  return row;
}
