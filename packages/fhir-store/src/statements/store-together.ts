import type { TrailRow } from '@dhp/trail';
import { comesBehind, endedBefore, thisTransaction } from '../commit-order/transactions.ts';
import { lockMoves, rowsOfMoved, within, type Held } from '../placement/held.ts';
import { movedRows } from '../placement/moved-rows.ts';
import { moves, shardAfter } from '../placement/placement.ts';
import type { Session } from './session.ts';
import { alsoCare, noneAsked, type CareOfVersion } from './care.ts';
import { alsoConsents, type ConsentRow } from './consents.ts';
import { alsoLabels, type LabelRow } from './labels.ts';
import { bodies, booleans, contents, numbers, separator, type Content } from './columns.ts';
import { allAgain, alsoIn, leftIn, shardOfLeft, type LeftIn } from './index-again.ts';
import { allChanges, indexInStep, shardOfRows } from './index-changes.ts';
import type { IndexValues } from './index-definition.ts';
import { alsoFresh, indexFresh } from './index-fresh.ts';
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
import { careOf, consentOf, firstVersions, indexOf, labelsOf, recordsOf, type FirstVersion } from './insert.ts';
import { alsoRecords } from './audit-records.ts';
import type { Current } from './look.ts';
import { methodLetters, type Method } from './method.ts';
import { patientColumns, patientOfNext, patientValues } from './patient-of-resource.ts';
import { held, type ReferenceGuard } from './references.ts';
import type { Basis } from './server.ts';

/** The expected current version of a resource, and the version that follows it. */
export interface Successor {
  readonly current: Current;
  /** Undefined: the current version stays, and must not change before the commit. */
  readonly next: NextContent | undefined;
}

export interface NextContent {
  /** Milliseconds since 1970. */
  readonly upd: number;
  /** Undefined: unchanged. */
  readonly shard: number | undefined;
  readonly deleted: boolean;
  readonly content: Content;
  readonly method: Method;
  /** As `writerText` makes it. */
  readonly writer: string;
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

export interface Together {
  readonly first: readonly FirstVersion[];
  readonly successors: readonly Successor[];
  /** The transaction in which this must run (`commit-order/lock-token.ts`); undefined: a separate one. */
  readonly lockToken: string | undefined;
  /** The number of that transaction, if it has locked the rows of all successors in an earlier statement; undefined: this one locks them. */
  readonly txid: string | undefined;
  /** Conditions on references; undefined: no conditions. */
  readonly guard: ReferenceGuard | undefined;
  /** State of the database on which the decisions were based. */
  readonly basis: Basis;
}

/**
 * Stores everything, or raises an error that `isWriteConflict` recognises: if a current version is no longer the one given, if the id of a
 * first version exists, if a resource was reindexed at this moment, or if the session is not in the claimed transaction; or one that
 * `isStaleDefinition` recognises. One statement whatever the number of rows. The keys must differ.
 *
 * Locks are taken in the order of all writers: rows by rid, then new names by type and id, then those of references (`guard`), then the
 * names of moves. Each step begins when the previous one has succeeded. For a resource that moves to another shard the whole history is
 * visible here, because `current` was read by an earlier statement.
 */
export async function storeTogether(
  sql: Session,
  { first, successors, lockToken, txid, guard, basis }: Together,
): Promise<void> {
  const changed = successors.filter(isChange);
  const indexes = changed.map(({ next }) => next.index);
  const changedParts = indexParts(sql, indexes, basis);
  const firstIndexes = first.map(indexOf);
  const before = txid === undefined ? undefined : { txid, shards: successors.map(({ current }) => current.shard) };
  const moving = changed.filter(isMoving);
  if (before !== undefined && moving.length > 0)
    await lockMoves(
      sql,
      moving.map(({ current }) => current.rid),
    );
  const conditions: Fragment[] = [];
  const given = (condition: Fragment): unknown => conditions.push(condition);
  if (successors.length > 0) {
    const follows = before === undefined ? comesBehind(sql, sql`txid`) : endedBefore(sql, sql`txid`, before.txid);
    given(sql`(select count(*) from locked where ${follows}) = ${successors.length}`);
  }
  if (first.length > 0) given(sql`(select count(*) from named) = ${first.length}`);
  if (lockToken !== undefined) given(sql`current_setting('fhir.claim', true) = ${lockToken}`);
  const every = conditions.reduce((left, right): Fragment => sql`${left} and ${right}`);
  // Evaluated once, in this session.
  const all = before === undefined ? every : sql`(select ok from given)`;

  const left: LeftIn =
    before !== undefined && changedParts.next !== undefined
      ? await leftIn(
          changedParts.next,
          changed.map(({ current }) => current),
        )
      : new Map<number, number>();
  const parts: Fragment[] = [];
  if (successors.length > 0) parts.push(locked(sql, successors, before));
  if (first.length > 0) parts.push(inserted(sql, first, successors.length, indexParts(sql, firstIndexes, basis)));
  if (before !== undefined) parts.push(sql`given as materialized (select ${every} as ok)`);
  if (changed.length > 0) parts.push(replaced(sql, changed, { all, parts: changedParts, before, left }));
  const steps = parts.reduce((left, right): Fragment => sql`${left}, ${right}`);
  const isSeen = changed.length === 0 || before !== undefined;
  const inStep = isSeen ? all : sql`${all} and ${indexInStep(sql, changedParts)}`;
  const done = guard === undefined ? sql`true` : held(sql, guard, basis); // last: its locks come behind all others
  const records = [
    ...first.map(recordsOf),
    ...changed.map(({ current: { rid }, next }) => recordsOf({ rid, records: next.records })),
  ];
  const { consents, care, labels } = besideOf(first, changed);
  // Once for all rows: it takes a lock and asks a sequence. Rows made at different times are not all up to date.
  const isCurrent = upToDate(sql, [...firstIndexes, ...indexes], basis, noneAsked(sql, [...care.first, ...care.next]));
  await sql`with ${steps}${alsoRecords(sql, records)}${alsoConsents(sql, consents)}${alsoCare(sql, care)}${alsoLabels(sql, labels, { when: all })} select case when ${inStep} then ${isCurrent} and ${done} else fhir.overtaken() end`.raw();
}

type Changed = Successor & { readonly next: NextContent };

/** Rows that are stored with versions in tables without a shard; the numbers are of resources. */
export function besideOf(first: readonly FirstVersion[], changed: readonly Changed[]) {
  const next = <R>(of: (next: NextContent) => R | undefined) =>
    changed.map(({ current: { rid, ver }, next: content }) => {
      const row = of(content);
      return row && { of: rid, ver: ver + 1, row };
    });
  return {
    consents: [...first.map(consentOf), ...next(({ consent }) => consent)],
    care: {
      first: first.map(careOf),
      next: changed.map(({ current: { rid, ver }, next: { care } }) => care && { of: rid, ver: ver + 1, rows: care }),
    },
    labels: [...first.map(labelsOf), ...next(({ labels }) => labels)],
  };
}

/**
 * A row that another transaction is changing is compared in its state after that. Rows that were locked before cannot change, and are read
 * once.
 */
export function locked(sql: Session, successors: readonly Successor[], before: Held | undefined): Fragment {
  return sql`locked as materialized (
      select r.rid, r.txid${before === undefined ? sql`` : sql`, r.shard, r.ty, r.id, r.ver, r.deleted, r.upd, r.content, r.method, r.writer`}
      from unnest(${numbers(successors.map(({ current }) => current.rid))}::bigint[],
                  ${numbers(successors.map(({ current }) => current.shard))}::int[],
                  ${numbers(successors.map(({ current }) => current.ver))}::int[]) as i (rid, shard, ver)
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard
      where r.ver = i.ver
      ${before === undefined ? sql`order by r.rid for update of r` : sql`and ${within(sql, sql`r`, before)}`}
    )`;
}

function inserted(sql: Session, rows: readonly FirstVersion[], locks: number, parts: IndexParts): Fragment {
  return sql`fresh as materialized (${firstVersions(sql, rows, parts)}), named as (
      insert into fhir.identity (ty, id, rid, shard)
      select ty, id, rid, shard from fresh
      ${locks === 0 ? sql`` : sql`where (select count(*) from locked) = ${locks}`}
      order by ty, id collate "C"
      on conflict (ty, id) do nothing
      returning 1
    ), inserted as (
      insert into fhir.resource (rid, shard, ty, ver, upd, id, content, method, writer, ${sql.unsafe(patientColumns)})
      select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content, method, writer, ${patientValues(sql, sql`pat`, sql`1`)} from fresh
      where (select count(*) from named) = ${rows.length}
    ), ${indexFresh(parts.active)}${alsoFresh(sql, parts, rows)}`;
}

interface Replacing {
  /** Whether anything is stored. */
  readonly all: Fragment;
  readonly parts: IndexParts;
  /** Undefined: this statement has locked the rows. */
  readonly before: Held | undefined;
  /** Set if they were locked before. */
  readonly left?: LeftIn;
  /** The number of the transaction, if the statement runs elsewhere than where the number was given (default: that of the statement). */
  readonly number?: Fragment;
}

/** Rows that are locked and have the version that was seen are as the snapshot shows them, so they can be read again. */
export function replaced(
  sql: Session,
  changed: readonly Changed[],
  { all, parts, before, left = new Map(), number = thisTransaction(sql) }: Replacing,
): Fragment {
  const current = before === undefined ? sql`fhir.resource` : sql`locked`;
  const [rids, shards, newShards] = placesOf(changed);
  const deletions = booleans(changed.map(({ next }) => next.deleted));
  const changesOf = ({ sql: own, version, rows }: IndexPart, shard = sql`i.shard`): Fragment => own`changes as (
      select i.rid, ${shard}, i.new_shard, r.ty, i.deleted as gone, ${indexValues(sql, version)}
      from unnest(${rids}::bigint[], ${shards}::int[], ${newShards}::int[], ${deletions}::boolean[],
                  ${indexArguments(sql, rows)})
             as i (rid, shard, new_shard, deleted, ${named(sql, columns.sent)})
      join ${current} r on r.rid = i.rid and r.shard = i.shard
      where ${all}
    )`;
  const beside = (part: IndexPart): Fragment =>
    changesOf(
      part,
      sql`${before === undefined ? shardOfRows(part.sql, sql`i`) : shardOfLeft(sql, sql`i`, left)} as shard`,
    );
  const moving = changed.filter(isMoving);
  const staying = before === undefined || moving.length === 0 ? changed : changed.filter((each) => !isMoving(each));
  return sql`kept as (
      insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content, method, writer)
      select r.rid, r.ver, i.new_shard, r.ty, r.deleted, r.upd, r.txid, r.content, r.method, r.writer
      from unnest(${rids}::bigint[], ${shards}::int[], ${newShards}::int[]) as i (rid, shard, new_shard)
      join ${current} r on r.rid = i.rid and r.shard = i.shard
      where ${all}
    )${staying.length === 0 ? sql`` : nextVersions(sql, staying, { all, before, number })}, ${changesOf(parts.active)}, ${
      before === undefined ? allChanges(sql, parts, beside) : allAgain(sql, parts, alsoIn(before, left), beside)
    }${moving.length === 0 ? sql`` : moved(sql, moving, { all, before })}`;
}

/** The part `replaced`; on several nodes of resources that stay in their shards. */
function nextVersions(
  sql: Session,
  changed: readonly Changed[],
  { all, before, number }: Omit<Replacing, 'parts'> & { readonly number: Fragment },
): Fragment {
  if (before !== undefined)
    return sql`, replaced as (
      update fhir.resource r
      set ver = r.ver + 1, upd = to_timestamp(i.upd / 1e3::float8), deleted = i.deleted,
          content = coalesce(i.content, ''), txid = ${before.txid}::xid8, method = i.method, writer = i.writer,
          ${patientOfNext(sql, sql`i.pat`)}
      from ${nextRows(sql, changed)}
      where r.rid = i.rid and r.shard = i.shard and ${all} and ${within(sql, sql`r`, before)}
    )`;
  return sql`, replaced as (
      update fhir.resource r
      set ver = r.ver + 1, upd = to_timestamp(i.upd / 1e3::float8), deleted = i.deleted,
          content = coalesce(i.content, ''), shard = i.new_shard, txid = ${number}, method = i.method,
          writer = i.writer, ${patientOfNext(sql, sql`i.pat`)}
      from ${nextRows(sql, changed)}
      where r.rid = i.rid and r.shard = i.shard and ${all}
    )`;
}

/** The other rows of resources whose shard changes; on several nodes, the current versions too. */
function moved(sql: Session, moving: readonly Changed[], { all, before }: Omit<Replacing, 'parts'>): Fragment {
  if (before !== undefined) {
    const next = sql`to_timestamp(l.upd / 1e3::float8), l.deleted, ${before.txid}::xid8, coalesce(l.content, ''), l.method, l.writer`;
    return sql`, moving as materialized (
      select r.ty, r.id, r.ver, i.* from ${nextRows(sql, moving)} join locked r on r.rid = i.rid and r.shard = i.shard where ${all}
    ), ${rowsOfMoved(sql, sql`moving`, { which: sql``, next, held: before })}`;
  }
  const [rids, shards, newShards] = placesOf(moving);
  return sql`, moving as materialized (
      select i.rid, i.shard, i.new_shard, r.ty, r.id
      from unnest(${rids}::bigint[], ${shards}::int[], ${newShards}::int[]) as i (rid, shard, new_shard)
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard
      where ${all}
    ), ${movedRows(sql, { part: sql`moving`, row: sql`m`, which: sql`` })}`;
}

/** Rows `i` of the next versions. */
function nextRows(sql: Session, changed: readonly Changed[]): Fragment {
  const [rids, shards, newShards] = placesOf(changed);
  return sql`unnest(${rids}::bigint[], ${shards}::int[], ${newShards}::int[], ${numbers(changed.map(({ next }) => next.upd))}::bigint[],
                  ${booleans(changed.map(({ next }) => next.deleted))}::boolean[],
                  string_to_array(${contents(changed.map(({ next }) => next.content))}, ${separator}),
                  ${methodLetters(changed.map(({ next }) => next.method))}::"char"[],
                  string_to_array(${bodies(changed.map(({ next }) => next.writer))}, ${separator}),
                  ${numbers(changed.map(({ next }) => next.index?.active.patientHash))}::bigint[])
             as i (rid, shard, new_shard, upd, deleted, content, method, writer, pat)`;
}

/** Arguments of `unnest`: rids, shards, and those after it. */
function placesOf(changed: readonly Changed[]): [rids: string, shards: string, newShards: string] {
  return [
    numbers(changed.map(({ current }) => current.rid)),
    numbers(changed.map(({ current }) => current.shard)),
    numbers(changed.map(newShard)),
  ];
}

/** Whether something is stored of it. */
export function isChange(successor: Successor): successor is Changed {
  return successor.next !== undefined;
}

function isMoving({ current, next }: Changed): boolean {
  return moves(current, next);
}

function newShard({ current, next }: Changed): number {
  return shardAfter(current, next);
}
