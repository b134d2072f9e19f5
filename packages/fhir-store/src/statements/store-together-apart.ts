/** Transactions of writes where rows are on several nodes: each shard stores its own, by the statement of one PostgreSQL. docs/decisions/0185-writes-by-shards.md */
import { endedBefore } from '../commit-order/transactions.ts';
import { moves } from '../placement/placement.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import { beginsSpread, spreadOf, storeInShard, type Spread } from '../placement/store-on-shards.ts';
import { alsoRecords } from './audit-records.ts';
import { noneAsked } from './care.ts';
import type { Column } from './columns.ts';
import { alsoFresh, indexFresh } from './index-fresh.ts';
import { followsDefinition, indexParts, type Fragment } from './index-input.ts';
import { firstVersions, indexOf, recordsOf, type FirstVersion } from './insert.ts';
import { inShards, namesOf, storeBeside, storedFresh } from './insert-apart.ts';
import { held } from './references.ts';
import { onServer } from './server.ts';
import type { Session } from './session.ts';
import { besideOf, isChange, locked, replaced, type Successor, type Together } from './store-together.ts';

/**
 * Whether the writes can be stored this way: none moves to another shard, no other definition is being built whose rows may have been left in one, and
 * no text has many megabytes.
 */
export function isOfShards(
  sql: Session,
  { first, successors, basis }: Pick<Together, 'first' | 'successors' | 'basis'>,
): boolean {
  const changed = successors.filter(isChange);
  const isSmall = [...first, ...changed.map(({ next }) => next)].every(({ content }) => typeof content === 'string');
  if (!isSmall || changed.some(({ current, next }) => moves(current, next))) return false;
  return (
    changed.length === 0 ||
    indexParts(
      sql,
      changed.map(({ next }) => next.index),
      basis,
    ).next === undefined
  );
}

/**
 * As `storeTogether`, in a transaction that has locked the rows of all successors in an earlier statement. New names are taken first, then rows in
 * their shards, in the order of shards; then the locks of references.
 */
export async function storeTogetherApart(sql: Session, together: Together, map: ShardMap): Promise<void> {
  const { first, successors, guard, basis } = together;
  const spread = await takeNames(sql, together);
  const changed = successors.filter(isChange);
  await storeBeside(sql, besideOf(first, changed));
  const rows = [...first.map((row) => ({ row })), ...successors.map((successor) => ({ successor }))];
  const keyOf = (each: (typeof rows)[number]): number =>
    'row' in each ? each.row.shard : each.successor.current.shard;
  for (const [shard, group] of inShards(map, rows, keyOf)) {
    const own = {
      first: group.flatMap((each) => ('row' in each ? [each.row] : [])),
      successors: group.flatMap((each) => ('successor' in each ? [each.successor] : [])),
    };
    const rids = own.successors.map(({ current: { rid } }) => rid);
    const statement = shardPart(sql, own, { basis, spread });
    await storeInShard(sql, spread, { shard, statement, ...(rids.length > 0 && { locked: rids }) });
  }
  if (guard !== undefined) await sql`select ${held(sql, guard, basis)}`.raw();
}

/** Takes the names, and stores the records of all writes. */
async function takeNames(sql: Session, { first, successors, lockToken, basis }: Together): Promise<Spread> {
  const named =
    first.length === 0
      ? sql`named as (select 1)`
      : sql`named as (
      insert into fhir.identity (ty, id, rid, shard)
      select i.ty, i.id, i.rid, i.shard from ${namesOf(sql, first)} order by i.ty, i.id collate "C"
      on conflict (ty, id) do nothing
      returning 1
    )`;
  const records = [
    ...first.map(recordsOf),
    ...successors.filter(isChange).map(({ current: { rid }, next }) => recordsOf({ rid, records: next.records })),
  ];
  const isClaimed = lockToken === undefined ? sql`true` : sql`current_setting('fhir.claim', true) = ${lockToken}`;
  const [begun] = (await sql`
    with ${named}${alsoRecords(sql, records)}
    select ${beginsSpread(sql)}
    where case when (select count(*) from named) = ${Math.max(first.length, 1)}::int and ${isClaimed} then ${onServer(sql, basis)} else fhir.overtaken() end`.raw()) as Column[][];
  return spreadOf(begun!);
}

/**
 * The statement of one shard; it stores nothing, and raises an error that `isWriteConflict` recognises, if a version is no longer the one that
 * was read.
 */
function shardPart(
  sql: Session,
  { first, successors }: { readonly first: readonly FirstVersion[]; readonly successors: readonly Successor[] },
  { basis, spread }: { readonly basis: Together['basis']; readonly spread: Spread },
): Fragment {
  const changed = successors.filter(isChange);
  const indexes = [...first.map(indexOf), ...changed.map(({ next }) => next.index)];
  const care = besideOf(first, changed).care;
  const follows = followsDefinition(sql, indexes, basis, noneAsked(sql, [...care.first, ...care.next]));
  const all =
    successors.length === 0
      ? sql`true`
      : sql`(select count(*) from locked where ${endedBefore(sql, sql`txid`, spread.txid)}) = ${successors.length}::int`;
  const parts: Fragment[] = [];
  if (successors.length > 0) parts.push(locked(sql, successors, undefined));
  if (first.length > 0) {
    const own = indexParts(sql, first.map(indexOf), basis);
    parts.push(sql`fresh as materialized (${firstVersions(sql, first, own)} where ${all}), ${storedFresh(sql, spread)},
      ${indexFresh(own.active)}${alsoFresh(sql, own, first)}`);
  }
  if (changed.length > 0) {
    const own = indexParts(
      sql,
      changed.map(({ next }) => next.index),
      basis,
    );
    parts.push(replaced(sql, changed, { all, parts: own, before: undefined, number: sql`${spread.txid}::text::xid8` }));
  }
  return sql`with ${parts.reduce((left, right): Fragment => sql`${left}, ${right}`)}
    select w::text from (select case when ${all} then ${follows ?? sql`true`} else fhir.overtaken() end) w`;
}
