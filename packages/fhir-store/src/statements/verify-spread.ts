/**
 * Statements of a verification if the rows are on several nodes: each shard runs the statement of one PostgreSQL, and the directory is compared here.
 * The nodes have no common snapshot, so findings are checked again (`verifyStore`).
 */
import { numberOf, numbers, textOf, type Column } from '@dhp/search-index/sql';
import type { ShardMap } from '../placement/shard-map.ts';
import { within } from '../placement/held.ts';
import { askShards } from '../placement/on-shards.ts';
import type { Session } from './session.ts';
import { differences, type Expected, type IndexDifference } from './verify-index.ts';
import { pages, stray, type MadeTable, type StrayRows } from './verify-strays.ts';
import { before, current, type VersionToVerify } from './verify-versions.ts';
import { unpackOrTell } from './packed.ts';

type Statement = ReturnType<Session>;

async function inShards(sql: Session, statement: Statement, names?: readonly number[]): Promise<Column[][][]> {
  const { text, values } = statement.written();
  return askShards(sql, { text, parameters: values as (string | number | boolean | null)[] }, {}, names);
}

const isTrue = (column: Column | undefined): boolean => textOf(column) === 't';

/** As `selectCurrent`. */
export async function selectCurrentSpread(
  sql: Session,
  behind: readonly [rid: number, shard: number],
): Promise<VersionToVerify[]> {
  const versions = firstOf(await inShards(sql, current(sql, behind)), ({ rid, shard }) => [rid, shard]);
  const known = await sql<{ n: number }[]>`
    select i.n::int as n
    from unnest(${numbers(versions.map(({ ty }) => ty))}::smallint[], string_to_array(${versions.map(({ id }) => id).join(',')}, ','),
      ${numbers(versions.map(({ rid }) => rid))}::bigint[], ${numbers(versions.map(({ shard }) => shard))}::int[]) with ordinality as i (ty, id, rid, shard, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id and d.rid = i.rid and d.shard = i.shard`;
  const places = new Set(known.map(({ n }) => n - 1));
  return versions.map((version, n) => ({ ...version, isKnown: places.has(n) }));
}

/** As `selectBefore`. */
export async function selectBeforeSpread(
  sql: Session,
  behind: readonly [rid: number, ver: number, shard: number],
): Promise<VersionToVerify[]> {
  const versions = firstOf(await inShards(sql, before(sql, behind)), ({ rid, ver, shard }) => [rid, ver, shard]);
  return unpackOrTell(sql, versions);
}

/** The rows of all shards in the order of a key, up to the point that each shard has returned: it may have more after its last one. */
function firstOf(
  answers: readonly Column[][][],
  keyOf: (version: VersionToVerify) => readonly number[],
): VersionToVerify[] {
  const compare = (one: VersionToVerify, other: VersionToVerify): number => {
    const [a, b] = [keyOf(one), keyOf(other)];
    const at = a.findIndex((each, n) => each !== b[n]);
    return at < 0 ? 0 : a[at]! - b[at]!;
  };
  const lists = answers.map((rows) => rows.map(versionOf)).filter((rows) => rows.length > 0);
  const lasts = lists.map((rows) => rows.at(-1)!).sort(compare);
  return lists
    .flat()
    .filter((each) => compare(each, lasts[0]!) <= 0)
    .sort(compare);
}

/** In the order of the columns of `current` and `before`. */
function versionOf(row: Column[]): VersionToVerify {
  const [rid, shard, ty, ofTy, id, ver, deleted, upd, content, isKnown, hasBefore, isInOrder] = row;
  return {
    ...{ rid: numberOf(rid), shard: numberOf(shard), ty: numberOf(ty), ofTy: numberOf(ofTy) },
    ...{ id: id === null ? undefined : textOf(id), ver: numberOf(ver), deleted: isTrue(deleted) },
    ...{ upd: Date.parse(`${textOf(upd).replace(' ', 'T')}:00`), content: content?.toString() ?? '' },
    ...{ isKnown: isTrue(isKnown), hasBefore: isTrue(hasBefore), isInOrder: isTrue(isInOrder) },
  };
}

/** As `selectDirectory`. */
export async function selectDirectorySpread(
  sql: Session,
  behind: readonly [ty: number, id: string],
): Promise<{ ty: number; id: string; isLost: boolean }[]> {
  const entries = await sql<{ ty: number; id: string; rid: string; shard: number }[]>`
    select ty, id, rid, shard from fhir.identity
    where (ty, id) > (${behind[0]}::smallint, ${behind[1]}::text collate "C") order by ty, id limit 2000`;
  if (entries.length === 0) return [];
  const shards = entries.map(({ shard }) => shard);
  const rows = await sql<{ n: number }[]>`
    select i.n from unnest(${numbers(entries.map((_, n) => n))}::int[], ${numbers(entries.map(({ rid }) => Number(rid)))}::bigint[],
        ${numbers(shards)}::int[], ${numbers(entries.map(({ ty }) => ty))}::smallint[],
        string_to_array(${entries.map(({ id }) => id).join(',')}, ',')) as i (n, rid, shard, ty, id)
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard and r.ty = i.ty and r.id = i.id and ${within(sql, sql`r`, { shards })}`;
  const found = new Set(rows.map(({ n }) => n));
  return entries.map(({ ty, id }, n) => ({ ty, id, isLost: !found.has(n) }));
}

/** As `differencesOf`: each shard compares its own rows. */
export async function differencesSpread(
  sql: Session,
  map: ShardMap,
  rows: readonly Expected[],
  version: number,
): Promise<IndexDifference[]> {
  const found: IndexDifference[] = [];
  for (const [name, own] of Map.groupBy(rows, ({ shard }) => map.nameOf(shard))) {
    const [differing = []] = await inShards(sql, differences(sql, own, version), [name]);
    for (const [rid, shard, isThere, columns, postings] of differing)
      found.push({
        ...{ rid: numberOf(rid), shard: numberOf(shard), isThere: isTrue(isThere) },
        ...{ columns: listOf(columns), postings: listOf(postings) },
      });
  }
  return found;
}

/** An array of names. */
function listOf(column: Column | undefined): string[] {
  const text = textOf(column).slice(1, -1);
  return text === '' ? [] : text.split(',');
}

/** As `pagesOf`: of the largest shard. */
export async function pagesSpread(sql: Session, table: MadeTable): Promise<number> {
  const answers = await inShards(sql, pages(sql, table));
  return Math.max(...answers.map(([row]) => numberOf(row?.[0])));
}

/** As `straysIn`: of these pages in each shard. */
export async function straysSpread(
  sql: Session,
  table: MadeTable,
  range: { readonly from: number; readonly to: number },
): Promise<StrayRows[]> {
  const answers = await inShards(sql, stray(sql, table, range));
  return answers
    .flat()
    .map(([rid, shard, rows]) => ({ rid: numberOf(rid), shard: numberOf(shard), rows: numberOf(rows) }));
}
