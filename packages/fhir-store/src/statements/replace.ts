import { comesBehind, endedBefore, isSeen, thisTransaction } from '../commit-order/transactions.ts';
import type { TrailRow } from '@dhp/trail';
import { alsoRecords, type NumberedRows } from './audit-records.ts';
import { alsoCare, noneAsked, type CareOfVersion, type PlacedCare } from './care.ts';
import { alsoConsents, type ConsentRow, type PlacedConsent } from './consents.ts';
import { alsoLabels, type LabelRow, type PlacedLabels } from './labels.ts';
import { rowsOfMoved, within, type Held } from '../placement/held.ts';
import { movedRows } from '../placement/moved-rows.ts';
import { moves } from '../placement/placement.ts';
import type { Session } from './session.ts';
import {
  bodies,
  contents,
  booleanOf,
  booleans,
  ids,
  numberOf,
  numbers,
  separator,
  type Column,
  type Content,
} from './columns.ts';
import { allAgain, alsoIn, leftIn, shardOfLeft, type LeftIn } from './index-again.ts';
import { allChanges, indexInStep, postingsStay, rowChanges, rowsInStep, shardOfRows } from './index-changes.ts';
import type { IndexValues } from './index-definition.ts';
import {
  columns,
  indexArguments,
  indexParts,
  indexValues,
  named,
  upToDate,
  type Fragment,
  type IndexPart,
  type IndexParts,
} from './index-input.ts';
import { currentOf, type Current } from './look.ts';
import { methodLetters, type Method } from './method.ts';
import { patientOfNext } from './patient-of-resource.ts';
import type { ResourceKey } from './read-current.ts';
import type { Basis } from './server.ts';

/** The next version of a resource, and the conditions on the current one for storing it. */
export interface NextVersion extends ResourceKey {
  /** The version that it replaces: nothing is stored if another is current by now. */
  readonly expected: number;
  /** It revives a deleted resource: nothing is stored if the current version is not a deletion, and without it, if it is. */
  readonly revives: boolean;
  /** Milliseconds since 1970; nothing is stored if the current version is later. */
  readonly upd: number;
  /** Undefined: unchanged. */
  readonly shard: number | undefined;
  readonly deleted: boolean;
  readonly content: Content;
  readonly method: Method;
  /** As `writerText` makes it. */
  readonly writer: string;
  /**
   * The length in bytes of the current content if it is the same except for the stamp. If it has this length, and is equal outside of the
   * stamp, nothing is stored, and the caller compares. Undefined: store in any case.
   */
  readonly suspect: number | undefined;
  /** The place of the stamp in the content, in bytes; undefined: the number of bytes alone decides. */
  readonly stamp: { readonly before: number; readonly upTo: number } | undefined;
  /** Undefined for a deletion. */
  readonly index: IndexValues | undefined;
  /** Of a Consent, its row. */
  readonly consent?: ConsentRow | undefined;
  /** Its links of care. */
  readonly care?: CareOfVersion | undefined;
  /** If it has labels, or inherits some. */
  readonly labels?: LabelRow | undefined;
  /** Stored with it. */
  readonly records?: readonly TrailRow[] | undefined;
}

export interface Replaced {
  readonly stored: boolean;
  /** The version that was replaced; or, if nothing was stored, the current one. */
  readonly current: Current;
  /** The current content, if nothing was stored because of its length. */
  readonly content: Buffer | undefined;
  /** Nothing was stored because its postings differ from those of the current version, which the statement was not to change. */
  readonly hasOtherPostings: boolean;
}

/**
 * Stores next versions, each if its conditions hold, and moves those they replace to the history. One statement: its effect is atomic and, outside of a
 * transaction, durable when it returns. The keys must differ. The rows are locked in the order of their rids, so that two servers with the same rows in
 * another order cannot deadlock.
 *
 * A version whose shard differs from the current one is stored only with `move`, for which the caller holds the locks (`lock`): the history that moves
 * along must be visible to this statement. On several nodes all are stored only so (`held`), since a lock is taken in one shard at a time.
 *
 * A version that was stored after this statement's snapshot is not replaced, although it may be the expected one: its index rows are not visible. It is
 * returned as the current one, like any other that does not fit.
 *
 * With `postings: 'stay'` the statement has no part for postings, which makes it much cheaper, and stores only versions that change none; with a
 * definition being built beside, a deletion or a moved row it has all parts in any case.
 *
 * @throws isWriteConflict if a resource was reindexed at this moment, isStaleDefinition; nothing is stored
 * @returns in the order given; undefined if the id was not seen: it never existed, or was made or moved just now
 */
export async function replace(
  sql: Session,
  rows: readonly NextVersion[],
  options: { move: boolean; basis: Basis; held?: HeldRows; postings?: 'stay' | 'change' },
): Promise<(Replaced | undefined)[]> {
  const indexes = rows.map((row) => row.index);
  const parts = indexParts(sql, indexes, options.basis);
  const care = rows.map(careOf);
  const { held, move, postings } = options;
  const stay = postings === 'stay' && !move && parts.next === undefined && !indexes.includes(undefined);
  const left: LeftIn =
    held !== undefined && parts.next !== undefined ? await leftIn(parts.next, held.rows) : new Map<number, number>();
  const whole = held === undefined ? lockedHere(sql, parts, move) : lockedBefore(sql, parts, { held, rows, left });
  const way = stay && held === undefined ? withoutPostings(sql, parts, whole) : whole;
  const beside = sql`${alsoRecords(sql, rows.map(numbered), sql`select n from locked where stored`)}${alsoConsents(sql, rows.map(consentOf), sql`select n, rid from locked where stored`)}${alsoCare(sql, { next: care, rids: sql`select n, rid from locked where stored` })}${alsoLabels(sql, rows.map(labelsOf), { rids: sql`select n, rid from locked where stored` })}`;
  const holds = upToDate(sql, indexes, options.basis, noneAsked(sql, care));
  const seen = await sql`
    with ${versionParts(sql, rows, { way, parts })}${beside}
    ${foundVersions(sql, way, holds)}`.raw();
  return replacedOf(rows, seen);
}

/** Parts of the statement that store the versions and their rows of the index. */
export function versionParts(
  sql: Session,
  rows: readonly NextVersion[],
  { way, parts }: { readonly way: Way; readonly parts: IndexParts },
): Fragment {
  // If another transaction changed a row while this one waited for it, the lock returns the changed row, and `stored` is decided on that.
  // The update finds the row by rid (and by shard, which `stored` compared), so it changes the same row.
  return sql`locked as materialized (
      select ${way.values},
             i.n, r.rid, r.shard, r.ver, r.upd, r.deleted, r.txid, r.ty, r.id, r.content, r.method, r.writer,
             coalesce(i.shard, r.shard) as new_shard, to_timestamp(i.upd / 1e3::float8) as new_upd, i.deleted as new_deleted,
             coalesce(i.content, '') as new_content, i.method as new_method, i.writer as new_writer,
             r.ver = i.expected and r.deleted = i.revives and r.upd <= to_timestamp(i.upd / 1e3::float8)
               and ${way.fits} and x.differs as stored,
             r.ver = i.expected and r.deleted = i.revives and not x.differs as suspicious
      from unnest(${numbers(rows.map((row) => row.ty))}::smallint[],
                  string_to_array(${ids(rows.map((row) => row.id))}, ','),
                  ${numbers(rows.map((row) => row.expected))}::int[],
                  ${booleans(rows.map((row) => row.revives))}::boolean[],
                  ${numbers(rows.map((row) => row.upd))}::bigint[],
                  ${numbers(rows.map((row) => row.shard))}::int[],
                  ${booleans(rows.map((row) => row.deleted))}::boolean[],
                  ${numbers(rows.map((row) => row.suspect))}::int[],
                  ${numbers(rows.map((row) => row.stamp?.before))}::int[],
                  ${numbers(rows.map((row) => row.stamp?.upTo))}::int[],
                  string_to_array(${contents(rows.map((row) => row.content))}, ${separator}),
                  ${methodLetters(rows.map((row) => row.method))}::"char"[],
                  string_to_array(${bodies(rows.map((row) => row.writer))}, ${separator}),
                  ${way.arguments}${indexArguments(sql, parts.active.rows)}) with ordinality
             as i (ty, id, expected, revives, upd, shard, deleted, suspect, before, up_to, content, method, writer, ${way.names}${named(sql, columns.sent)}, n)
      ${way.joined}
      cross join lateral (select ${differs(sql)} as differs) x
      ${way.lock}
    ), kept as (
      insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content, method, writer)
      select rid, ver, new_shard, ty, deleted, upd, txid, content, method, writer from locked where stored
    ), replaced as (${way.replaced}), changes as (
      select rid, shard, new_shard, ty, new_deleted as gone, ${named(sql, columns.carried)}
      from locked where stored
    ), ${way.rest}`;
}

/** The result of each row: the select after `versionParts`. @param holds a condition without which nothing is stored */
export function foundVersions(sql: Session, way: Pick<Way, 'inStep' | 'others'>, holds: Fragment): Fragment {
  return sql`select n, rid, shard, ver, (date_part('epoch', upd) * 1000)::bigint, deleted, stored,
           case when suspicious then content end, ${way.others}
    from locked
    where ${way.inStep} and (select ${holds})`;
}

/** In the order of the rows. @param seen the rows of `foundVersions` */
export function replacedOf(rows: readonly NextVersion[], seen: readonly Column[][]): (Replaced | undefined)[] {
  const found = new Array<Replaced | undefined>(rows.length);
  for (const [n, rid, shard, ver, upd, deleted, stored, content, others] of seen) {
    const current = currentOf([rid!, shard!, ver!, upd!, deleted!]);
    found[numberOf(n) - 1] = {
      ...{ stored: booleanOf(stored), current, content: content ?? undefined },
      hasOtherPostings: booleanOf(others),
    };
  }
  return found;
}

/** Locked rows of the resources that are replaced, in the order of these. */
type HeldRows = Held & { readonly rows: readonly Current[] };

/** The parts of the statement that depend on where the rows are locked. */
export interface Way {
  /** Test of a row. */
  readonly fits: Fragment;
  /** The columns of `indexValues`, and further ones. */
  readonly values: Fragment;
  /** Whether a row has other postings than the current version, if the statement does not change those. */
  readonly others: Fragment;
  /** Further arguments of `unnest`, their names, and the joins with them; each followed by a comma. */
  readonly arguments: Fragment;
  readonly names: Fragment;
  readonly joined: Fragment;
  readonly lock: Fragment;
  /** Stores the next versions, except those that move to another shard, which other parts store. */
  readonly replaced: Fragment;
  /** Parts that bring the other rows in step, and a test of whether they do. */
  readonly rest: Fragment;
  readonly inStep: Fragment;
}

/** By this statement. */
function lockedHere(sql: Session, parts: IndexParts, move: boolean): Way {
  const none = sql``;
  return {
    fits: sql`(${move} or r.shard = coalesce(i.shard, r.shard)) and ${isSeen(sql, sql`r.txid`)}${move ? sql` and ${comesBehind(sql, sql`r.txid`)}` : none}`,
    values: indexValues(sql, parts.active.version),
    others: sql`false`,
    ...{ arguments: none, names: none },
    joined: sql`join fhir.identity d on d.ty = i.ty and d.id = i.id
      join fhir.resource r on r.rid = d.rid and r.shard = d.shard`,
    lock: sql`order by r.rid for update of r`,
    replaced: sql`
      update fhir.resource r
      set ver = r.ver + 1, upd = l.new_upd, deleted = l.new_deleted, content = l.new_content, shard = l.new_shard,
          txid = ${thisTransaction(sql)}, method = l.new_method, writer = l.new_writer, ${patientOfNext(sql, sql`l.pat`)}
      from locked l where l.stored and r.rid = l.rid and r.shard = l.shard`,
    rest: sql`${allChanges(sql, parts, (part) => changesOf(sql, part))}${move ? moved(sql) : none}`,
    inStep: sql`case when ${indexInStep(sql, parts)} then true else fhir.overtaken() end`,
  };
}

/** The same, for a statement that does not change postings. The values are computed once, for both comparing and storing. */
export function withoutPostings(sql: Session, parts: IndexParts, way: Way): Way {
  const { sql: own, version } = parts.active;
  return {
    ...way,
    fits: sql`${way.fits} and p.stay`,
    values: sql`v.*, p.stay`,
    others: sql`not stored and not stay`,
    joined: sql`${way.joined}
      ${own`left join fhir.search s on s.rid = r.rid and s.shard = r.shard`}
      cross join lateral (select ${indexValues(sql, version)} offset 0) v
      cross join lateral (select ${postingsStay(own)} as stay) p`,
    rest: rowChanges(parts.active),
    inStep: sql`case when ${rowsInStep(sql)} then true else fhir.overtaken() end`,
  };
}

/** By an earlier one: on several nodes. */
function lockedBefore(
  sql: Session,
  parts: IndexParts,
  { held, rows: next, left }: { readonly held: HeldRows; readonly rows: readonly NextVersion[]; readonly left: LeftIn },
): Way {
  const { rows, txid } = held;
  const isMoving = next.some(({ shard }, n) => moves(rows[n]!, { shard }));
  const number = sql`${txid}::xid8`;
  const columnsOfNext = sql`l.new_upd, l.new_deleted, ${number}, l.new_content, l.new_method, l.new_writer`;
  const moved = (): Fragment =>
    sql`, ${rowsOfMoved(sql, sql`locked`, { which: sql`l.stored and`, next: columnsOfNext, held })}`;
  return {
    fits: endedBefore(sql, sql`r.txid`, txid),
    values: indexValues(sql, parts.active.version),
    others: sql`false`,
    arguments: sql`${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[], `,
    names: sql`rid, place, `,
    joined: sql`join fhir.resource r on r.rid = i.rid and r.shard = i.place and ${within(sql, sql`r`, held)}`,
    lock: sql``,
    replaced: sql`
      update fhir.resource r
      set ver = r.ver + 1, upd = l.new_upd, deleted = l.new_deleted, content = l.new_content, txid = ${number},
          method = l.new_method, writer = l.new_writer, ${patientOfNext(sql, sql`l.pat`)}
      from locked l
      where l.stored and r.rid = l.rid and r.shard = l.shard and l.new_shard = l.shard and ${within(sql, sql`r`, held)}`,
    rest: sql`${allAgain(sql, parts, alsoIn(held, left), (part) => changesOf(sql, part, shardOfLeft(sql, sql`l`, left)))}${isMoving ? moved() : sql``}`,
    inStep: sql`true`,
  };
}

/** With its number in the statement. */
function numbered({ records = [] }: NextVersion, index: number): NumberedRows {
  return { of: index + 1, rows: records };
}

/** Of a Consent its row, with its number in the statement. */
export function consentOf({ consent, expected }: NextVersion, index: number): PlacedConsent | undefined {
  return consent && { of: index + 1, ver: expected + 1, row: consent };
}

/** Its links of care, with its number in the statement. */
export function careOf({ care, expected }: NextVersion, index: number): PlacedCare | undefined {
  return care && { of: index + 1, ver: expected + 1, rows: care };
}

/** The row of its labels, with its number in the statement. */
export function labelsOf({ labels, expected }: NextVersion, index: number): PlacedLabels | undefined {
  return labels && { of: index + 1, ver: expected + 1, row: labels };
}

/**
 * Whether the content of a row `i` differs from that of `r`, apart from their stamps. Two stamps differ in length only by the digits of the
 * version. Bytes are compared: for a substring of a text PostgreSQL scans each of its characters.
 */
function differs(sql: Session): Fragment {
  const shift = sql`length((i.expected + 1)::text) - length(i.expected::text)`;
  const [current, next] = [sql`convert_to(r.content, 'UTF8')`, sql`convert_to(i.content, 'UTF8')`];
  return sql`case
        when octet_length(r.content) is distinct from i.suspect then true
        else coalesce(substr(${current}, 1, i.before) <> substr(${next}, 1, i.before)
                        or substr(${current}, i.up_to + 1 - (${shift})) <> substr(${next}, i.up_to + 1), false)
      end`;
}

/** The part `changes` of the definition that is built beside. */
function changesOf(sql: Session, { sql: own, version, rows }: IndexPart, shard = shardOfRows(own, sql`l`)): Fragment {
  return own`changes as (
      select l.rid, ${shard} as shard, l.new_shard, l.ty, l.new_deleted as gone, ${indexValues(sql, version)}
      from locked l join unnest(${indexArguments(sql, rows)}) with ordinality as i (${named(sql, columns.sent)}, n) on i.n = l.n
      where l.stored
    )`;
}

/** The other rows of a resource whose shard changes. */
function moved(sql: Session): ReturnType<Session> {
  const which = sql`l.stored and l.new_shard <> l.shard and`;
  return sql`, ${movedRows(sql, { part: sql`locked`, row: sql`l`, which })}`;
}
