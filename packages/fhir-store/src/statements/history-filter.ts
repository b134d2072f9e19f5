import { numbers } from './columns.ts';
import type { Session } from './session.ts';

/** Versions that a history shows; times in milliseconds since 1970. https://hl7.org/fhir/R5/http.html#history */
export interface HistoryFilter {
  /** `_since`: those made then or later. */
  readonly since?: number | undefined;
  /** Only versions made before, because some of the later ones may not be committed yet. */
  readonly until?: number | undefined;
  /** `_at`: versions that were current at some time from `from` to before `to`; at `from`, if there is no `to`. */
  readonly at?: { readonly from: number; readonly to: number | undefined } | undefined;
  /** Versions of one resource that `_list` names. */
  readonly versions?: readonly number[] | undefined;
}

/** Resources that `_list` names; each once, without `ver` or once for each of its versions. */
export type Listed = readonly { readonly ty: number; readonly id: string; readonly ver: number | undefined }[];

export type Condition = ReturnType<Session>;

/** Conditions on a row itself: its time `upd`, and its number `ver`. */
export function madeInTime(sql: Session, { since, until, at, versions }: HistoryFilter): Condition {
  return sql`${versions === undefined ? sql`` : sql`and ver = any(${numbers(versions)}::int[])`} ${since === undefined ? sql`` : sql`and upd >= to_timestamp(${since}::bigint / 1e3::float8)`}
    ${until === undefined ? sql`` : sql`and upd < to_timestamp(${until}::bigint / 1e3::float8)`}
    ${at === undefined ? sql`` : madeBefore(sql, at)}`;
}

function madeBefore(sql: Session, { from, to }: NonNullable<HistoryFilter['at']>): Condition {
  return to === undefined
    ? sql`and upd <= to_timestamp(${from}::bigint / 1e3::float8)`
    : sql`and upd < to_timestamp(${to}::bigint / 1e3::float8)`;
}

/** Test that a version `v` of the resource `d` follows no version, or a deletion. */
export function isNew(sql: Session, d: Condition): Condition {
  return sql`(not v.deleted and (v.ver = 1 or exists (
    select 1 from fhir.history k where k.rid = ${d}.rid and k.shard = ${d}.shard and k.ver = v.ver - 1 and k.deleted)))`;
}

/**
 * Test that the version behind `h` in fhir.history did not exist yet at `at`. Times are those of the versions, so a version that was
 * replaced in the millisecond in which it was made was never current.
 * @param visible a condition on the later version, `n`: whether this history includes it
 * @param of a row with rid and shard of the resource; on several nodes it must be the one that fixes them for the whole statement
 */
export function stillCurrent(sql: Session, { at }: HistoryFilter, visible: Condition, of = sql`h`): Condition {
  if (at === undefined) return sql``;
  return sql`and not exists (
    select 1 from (
      select r.upd, r.txid from fhir.resource r where r.rid = ${of}.rid and r.shard = ${of}.shard and r.ver = h.ver + 1
      union all
      select k.upd, k.txid from fhir.history k where k.rid = ${of}.rid and k.shard = ${of}.shard and k.ver = h.ver + 1
    ) n where n.upd <= to_timestamp(${at.from}::bigint / 1e3::float8) ${visible})`;
}
