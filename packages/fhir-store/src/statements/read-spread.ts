/**
 * Pages of versions of many resources on several nodes. Each statement asks one table, so that every node reads no more of its index than the page may
 * have; the pages of all nodes are merged here, and the versions of the resulting page are read from their shards.
 * docs/decisions/0131-order-on-several-nodes.md
 */
import { wasSeen } from '../commit-order/transactions.ts';
import type { Sql } from '@dhp/postgres';
import { within, withoutMoves } from '../placement/held.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import { ids, numberOf, numbers, textOf, type Column } from './columns.ts';
import { isNew, madeInTime, stillCurrent } from './history-filter.ts';
import type { AskedChanges, ChangeRow } from './read-changes.ts';
import { versionRow, type VersionRow } from './read-current.ts';
import { readHorizon } from './read-horizon.ts';
import type { HistoryQuery, HistoryRow } from './read-history.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';
import { isWriteConflict } from './write-conflict.ts';
import { contentOf, lengthOf, unpackRaw } from './packed.ts';

/** A version of a page: its place, and its sort key. */
interface Placed {
  readonly rid: number;
  readonly shard: number;
  readonly ver: number;
  /** A number of a transaction, or milliseconds since 1970. */
  readonly order: bigint;
  /** Bytes of its content. */
  readonly size: number;
}

type Read = VersionRow & { readonly ty: number; readonly id: string };

/** Attempts to read a page whose resources were on no node when they were read. */
const attempts = 20;
/** Transactions in a range of the feed, whose rows of all types are sorted; and the longest range, if there are few rows. */
const stretch = 1_024n;
const longest = 65_536n;
const tables = ['resource', 'history'] as const;

/** As `readChanges`. @throws StoreUnavailable if a version does not appear */
export async function readChangesSpread(pool: Sql, page: AskedChanges): Promise<ChangeRow[]> {
  const { since, limit, types, currentOnly, server, most } = page;
  const horizon = await readHorizon(pool);
  if (server !== undefined && horizon.server !== server) return [];
  return whole(pool, async (sql) => {
    const found: Placed[] = [];
    const asked = currentOnly ? tables.slice(0, 1) : tables;
    let behind = { ...since, txid: BigInt(since.txid) };
    for (let length = stretch; behind.txid < horizon.ended && found.length < limit; length = longer(length)) {
      const end = behind.txid + length < horizon.ended ? behind.txid + length : horizon.ended;
      const { txid, rid, ver } = behind;
      const pages: unknown[] = [];
      for (const table of asked)
        pages.push(
          await sql`
          select rid, shard, ver, txid, ${table === 'history' ? lengthOf(sql, 'h') : sql`octet_length(content)`} from ${sql.unsafe(`fhir.${table} h`)}
          where ty = any(${numbers(types)}::smallint[]) and (txid, rid, ver) > (${String(txid)}::xid8, ${rid}::bigint, ${ver}::int)
            and txid < ${String(end)}::xid8
          order by txid, rid, ver limit ${limit - found.length}`.raw(),
        );
      const rows = inOrder(pages.flatMap(placed), 1).slice(0, limit - found.length);
      found.push(...rows);
      const next = rows.length > 0 || end === horizon.ended ? end : await firstFrom(sql, end, { types, tables: asked });
      behind = { txid: next ?? horizon.ended, rid: -1, ver: 0 };
    }
    const cut = most === undefined ? found.length : lengthWithin(found, most);
    // One more row shows that the page was cut.
    return found.slice(0, cut + 1).map((row, n) => ({ row, isCut: n === cut }));
  }).then((rows) =>
    rows.map(({ row: { rid, order }, isCut, version }) => ({
      ...version,
      position: { txid: String(order), rid, ver: version.ver },
      isCut,
    })),
  );
}

/** As `readHistory`; all pages show the state of all nodes at the first one. @throws as `readChangesSpread` */
export async function readHistorySpread(
  pool: Sql,
  query: HistoryQuery,
): Promise<{ rows: HistoryRow[]; more: boolean }> {
  const { count, after, towards } = query;
  const snapshot = after?.snapshot ?? (await readHorizon(pool)).snapshot;
  const found = await whole(pool, async (sql) => {
    const [isBehind, way] = towards === 'older' ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
    const behind =
      after === undefined
        ? sql``
        : sql`and (upd, h.rid, ver) ${isBehind} (to_timestamp(${after.upd}::bigint / 1e3::float8), ${after.rid}::bigint, ${after.ver}::int)`;
    const seen = wasSeen(sql, sql`txid`, snapshot);
    const pages: unknown[] = [];
    for (const rows of await rowsOf(sql, query))
      for (const table of tables) {
        const still =
          table === 'history' ? stillCurrent(sql, query, sql`and ${wasSeen(sql, sql`n.txid`, snapshot)}`) : sql``;
        pages.push(
          await sql`
          select h.rid, h.shard, ver, (date_part('epoch', upd) * 1000)::bigint, 0 from ${sql.unsafe(`fhir.${table} h`)} ${rows.joined}
          where ${rows.which} and ${seen} ${behind} ${madeInTime(sql, query)} ${still}
          order by upd ${way}, h.rid ${way}, ver ${way} limit ${count + 1}`.raw(),
        );
      }
    return inOrder(pages.flatMap(placed), towards === 'older' ? -1 : 1)
      .slice(0, count + 1)
      .map((row) => ({ row }));
  });
  return {
    more: found.length > count,
    rows: found.slice(0, count).map(({ row: { rid }, version }) => ({
      ...version,
      position: { towards, snapshot, upd: version.upd, rid, ver: version.ver },
    })),
  };
}

function longer(length: bigint): bigint {
  return length * 4n < longest ? length * 4n : longest;
}

/** The first transaction from one on that has stored anything of the types, so that transactions of others are skipped at once. */
async function firstFrom(
  sql: Session,
  from: bigint,
  { types, tables: asked }: { readonly types: readonly number[]; readonly tables: readonly string[] },
): Promise<bigint | undefined> {
  const there = await typesThere(sql, types);
  const firsts = await Promise.all(
    there.flatMap((ty) =>
      asked.map(
        (table) => sql<{ txid: string }[]>`
        select txid from ${sql.unsafe(`fhir.${table}`)} where ty = ${ty}::smallint and txid >= ${String(from)}::xid8
        order by txid limit 1`,
      ),
    ),
  );
  return firsts
    .flatMap(([row]) => (row === undefined ? [] : BigInt(row.txid)))
    .reduce<bigint | undefined>((least, each) => (least === undefined || each < least ? each : least), undefined);
}

/** The types with resources, by the directory. */
async function typesThere(sql: Session, types: readonly number[]): Promise<number[]> {
  const rows = await sql`
    select t.ty from unnest(${numbers(types)}::smallint[]) as t (ty)
    where exists (select 1 from fhir.identity d where d.ty = t.ty)`.raw();
  return (rows as unknown as Column[][]).map(([ty]) => numberOf(ty));
}

/** The requested rows `h` of a table: of the resources of a list, or of each type with resources. */
async function rowsOf(sql: Session, { types, only }: HistoryQuery): Promise<{ joined: Fragment; which: Fragment }[]> {
  if (only === undefined) {
    const there = await typesThere(sql, types);
    return there.map((ty) => ({ joined: sql``, which: sql`ty = ${ty}::smallint` }));
  }
  const listed = (await sql`
    select d.rid, d.shard, i.ver
    from unnest(${numbers(only.map(({ ty }) => ty))}::smallint[], string_to_array(${ids(only.map(({ id }) => id))}, ','),
                ${numbers(only.map(({ ver }) => ver))}::int[]) as i (ty, id, ver)
    join fhir.identity d on d.ty = i.ty and d.id = i.id`.raw()) as unknown as Column[][];
  const shards = listed.map(([, shard]) => numberOf(shard));
  const vers = listed.map(([, , ver]) => (ver === null ? undefined : numberOf(ver)));
  return [
    {
      joined: sql`join unnest(${numbers(listed.map(([rid]) => numberOf(rid)))}::bigint[], ${numbers(shards)}::int[], ${numbers(vers)}::int[])
        as t (rid, shard, of_ver) on h.rid = t.rid and h.shard = t.shard and (t.of_ver is null or h.ver = t.of_ver)`,
      which: within(sql, sql`h`, { shards }),
    },
  ];
}

/**
 * The versions of a page, while no resource moves to another shard. If one is missing nevertheless, or a shard has moved to another node meanwhile, the
 * page is placed again.
 */
async function whole<Row extends { readonly row: Placed }>(
  sql: Sql,
  place: (session: Session) => Promise<Row[]>,
): Promise<(Row & { readonly version: Read })[]> {
  for (let n = 0; n < attempts; n += 1) {
    const read = await sql
      .begin('read only', async (session) => {
        await withoutMoves(session);
        const rows = await place(session);
        const at = rows.map(({ row }) => row);
        return { rows, versions: await readAt(session, at) };
      })
      .catch((error: unknown) => {
        if (!isWriteConflict(error)) throw error;
      });
    if (read === undefined) continue;
    const { rows, versions } = read;
    const there = rows.flatMap((row, at) => {
      const version = versions[at];
      return version === undefined ? [] : [{ ...row, version }];
    });
    if (there.length === rows.length) return there;
  }
  throw new StoreUnavailable('timeout', undefined);
}

async function readAt(sql: Session, rows: readonly Placed[]): Promise<(Read | undefined)[]> {
  const found = new Array<Read | undefined>(rows.length);
  if (rows.length === 0) return found;
  const shards = rows.map(({ shard }) => shard);
  const read = await sql`
    select i.n, v.ty, r.id, v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content, v.method, ${isNew(sql, sql`r`)}
    from unnest(${numbers(rows.map((_, n) => n))}::int[], ${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(shards)}::int[],
                ${numbers(rows.map(({ ver }) => ver))}::int[]) as i (n, rid, shard, ver)
    join (
      select rid, shard, ver, ty, upd, deleted, content, method from fhir.resource
      union all
      select rid, shard, ver, ty, upd, deleted, ${contentOf(sql, 'h')}, method from fhir.history h
    ) v on v.rid = i.rid and v.shard = i.shard and v.ver = i.ver and ${within(sql, sql`v`, { shards })}
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard and ${within(sql, sql`r`, { shards })}`.raw();
  for (const [n, ty, id, ...version] of await unpackRaw(sql, read, 6))
    found[numberOf(n)] = { ...versionRow(version), ty: numberOf(ty), id: textOf(id) };
  return found;
}

function placed(rows: unknown): Placed[] {
  return (rows as Column[][]).map(([rid, shard, ver, order, size]) => ({
    ...{ rid: numberOf(rid), shard: numberOf(shard), ver: numberOf(ver) },
    ...{ order: BigInt(textOf(order)), size: numberOf(size) },
  }));
}

/**
 * A version that was current when one table was read, and is in the other by then, is in both, and taken once: the current ones are read first, so none
 * is missed.
 * @param way 1: ascending
 */
function inOrder(rows: Placed[], way: 1 | -1): Placed[] {
  const compare = (a: Placed, b: Placed): number =>
    a.order === b.order ? a.rid - b.rid || a.ver - b.ver : a.order < b.order ? -1 : 1;
  const once = new Map(rows.map((row) => [`${String(row.rid)} ${String(row.ver)}`, row]));
  return [...once.values()].sort((a, b) => way * compare(a, b));
}

/** The number of rows whose contents have at most this many bytes in total, not counting the last of them. */
function lengthWithin(rows: readonly Placed[], most: number): number {
  let bytes = 0;
  for (const [n, { size }] of rows.entries()) {
    if (n > 0 && bytes >= most) return n;
    bytes += size;
  }
  return rows.length;
}
