/** Exports of the trail as fhir.trail_export has them, where only the owner writes. docs/decisions/0205-exports-of-the-trail.md */
import type { Place } from './audit-heads.ts';
import type { Session } from './session.ts';

/** How far an export is. */
export interface ExportState {
  /** The last record that is in the file. */
  readonly place: Place | undefined;
  readonly records: number;
  readonly bytes: number;
}

export interface TrailExport extends ExportState {
  readonly id: string;
  /** Its first day; undefined: all periods. */
  readonly month: string | undefined;
  /** The last record as it was at the beginning; undefined: there was none. */
  readonly upTo: Place | undefined;
  readonly isEnded: boolean;
  /** Hexadecimal, of the whole file; undefined where it is not complete. */
  readonly sha256: string | undefined;
}

export async function selectTrailExport(sql: Session, id: string): Promise<TrailExport | undefined> {
  const [row] = await selectWhere(sql, sql`id = ${id}::uuid`);
  return row;
}

/** The one that has not ended. */
export async function selectOpenTrailExport(sql: Session): Promise<TrailExport | undefined> {
  const [row] = await selectWhere(sql, sql`ended is null`);
  return row;
}

async function selectWhere(sql: Session, condition: ReturnType<Session>): Promise<TrailExport[]> {
  const rows = await sql<
    {
      readonly id: string;
      readonly month: string | null;
      readonly records: number;
      readonly bytes: number;
      readonly isEnded: boolean;
      readonly sha256: string | null;
      readonly uptoTxid: string | null;
      readonly uptoId: string | null;
      readonly placeTxid: string | null;
      readonly placeId: string | null;
    }[]
  >`
    select id::text, month::text, records::float8 as records, bytes::float8 as bytes, ended is not null as "isEnded", sha256,
      upto_txid::text as "uptoTxid", upto_id::text as "uptoId", place_txid::text as "placeTxid", place_id::text as "placeId"
    from fhir.trail_export where ${condition}`;
  return rows.map(({ month, sha256, uptoTxid, uptoId, placeTxid, placeId, ...row }) => ({
    ...row,
    month: month ?? undefined,
    sha256: sha256 ?? undefined,
    upTo: placeIn(uptoTxid, uptoId),
    place: placeIn(placeTxid, placeId),
  }));
}

function placeIn(transactionId: string | null, id: string | null): Place | undefined {
  return transactionId === null || id === null ? undefined : { transactionId, id };
}

export async function insertTrailExport(
  session: Session,
  one: {
    readonly id: string;
    readonly month: string | undefined;
    readonly by: string;
    readonly reason: string;
    readonly upTo: Place | undefined;
  },
): Promise<void> {
  const { id, month = null, by, reason, upTo } = one;
  await session`
    insert into fhir.trail_export (id, month, set_by, reason, began, upto_txid, upto_id)
    values (${id}::uuid, ${month}::date, ${by}::text, ${reason}::text, clock_timestamp(), ${upTo?.transactionId ?? null}::text::xid8,
      ${upTo?.id ?? null}::text::bigint)`;
}

export async function noteTrailExport(
  session: Session,
  id: string,
  { place, records, bytes }: ExportState,
): Promise<void> {
  await session`
    update fhir.trail_export set place_txid = ${place?.transactionId ?? null}::text::xid8, place_id = ${place?.id ?? null}::text::bigint,
      records = ${records}::bigint, bytes = ${bytes}::bigint
    where id = ${id}::uuid and ended is null`;
}

/** @param sha256 undefined: it is given up */
export async function endTrailExport(session: Session, id: string, sha256: string | undefined): Promise<void> {
  await session`
    update fhir.trail_export set ended = clock_timestamp(), sha256 = ${sha256 ?? null}::text
    where id = ${id}::uuid and ended is null`;
}

/**
 * Gives the open one up if no job has it any more: the job was cancelled, or its time is over.
 * @param id only if it is this one
 */
export async function endWithoutJob(session: Session, id?: string): Promise<void> {
  await session`
    update fhir.trail_export e set ended = clock_timestamp()
    where e.ended is null and (${id ?? null}::uuid is null or e.id = ${id ?? null}::uuid) and not exists (
      select from fhir.job j
      where j.kind = 'trail-export' and not j.stops and j.expires > clock_timestamp() and position(e.id::text in j.input) > 0)`;
}

/** Those that were given up, of some. */
export async function selectGivenUp(session: Session, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await session<{ id: string }[]>`
    select id::text from fhir.trail_export where id = any(${[...ids]}::uuid[]) and ended is not null and sha256 is null`;
  return new Set(rows.map(({ id }) => id));
}
