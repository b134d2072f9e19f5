/**
 * Versions on several nodes, each read from its part of the table on its own node by a prepared statement: sent through the node that clients
 * use, the node would parse and plan it each time. docs/decisions/0187-costs-on-several-nodes.md
 */
import type { NearNodes } from '../placement/near-nodes.ts';
import type { Place } from '../placement/nodes.ts';
import { contentText } from '@dhp/search-index/packed';
import { booleanOf, ids, numberOf, numbers, textOf, type Column } from './columns.ts';
import { readSpread, versionRow, type ResourceKey, type VersionRow } from './read-current.ts';
import { readVersionSpread, type VersionKey } from './read-version.ts';
import type { Session } from './session.ts';
import { unpackRaw } from './packed.ts';

/** A row that the directory knows. */
interface Near {
  /** Index of the key. */
  readonly n: number;
  readonly rid: number;
}

/** The rows of one part; without a host if its node is unknown. */
interface Part extends Place {
  /** Number that Citus has given it. */
  readonly number: string;
  readonly rows: Near[];
}

/**
 * As `readSpread`. The directory tells the node that has the part at that moment; a part that goes to another node afterwards keeps its rows as they
 * were, so that the answer was true while the read lasted.
 */
export async function readNear(
  sql: Session,
  near: NearNodes,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const parts = await partsOf(sql, keys);
  const found = new Array<VersionRow | undefined>(keys.length);
  const left: number[] = [];
  await Promise.all(
    parts.map(async (part) => {
      const rows = part.host === '' ? undefined : await near.ask(part, (node) => readPart(node, part, limit));
      for (const { n, rid } of part.rows) {
        const row = rows?.get(rid);
        if (row === undefined) left.push(n);
        else found[n] = row;
      }
    }),
  );
  if (left.length === 0) return found;
  const others = await readSpread(
    sql,
    left.map((n) => keys[n]!),
    limit,
  );
  for (const [at, n] of left.entries()) found[n] = others[at];
  return found;
}

/** The part on each node, and the address of the node, which is read here as it is now; an unknown one is empty. */
const place = `
  cross join lateral (select get_shard_id_for_distribution_column('fhir.resource', d.shard) as part offset 0) s
  cross join lateral (select (select w.nodename || ' ' || w.nodeport from pg_dist_placement p
    join pg_dist_node w on w.groupid = p.groupid and w.noderole = 'primary' where p.shardid = s.part limit 1) as node offset 0) a`;
const placeOfOne = `select 1, d.rid, s.part, a.node from fhir.identity d ${place} where d.ty = $1::smallint and d.id = $2`;
const placesOfMany = `
  select i.n, d.rid, s.part, a.node from unnest($1::smallint[], string_to_array($2, ',')) with ordinality as i (ty, id, n)
  join fhir.identity d on d.ty = i.ty and d.id = i.id ${place}`;

const placeOfVersion = `
  select d.rid, s.part, a.node, get_shard_id_for_distribution_column('fhir.history', d.shard) from fhir.identity d ${place}
  where d.ty = $1::smallint and d.id = $2`;

/** As `readVersionSpread`, with the version from its node unless it has more than `limit` bytes. */
export async function readVersionNear(
  { reads, pages }: { readonly reads: Session; readonly pages: Session },
  near: NearNodes,
  { ver, ...key }: VersionKey,
  limit: number,
): Promise<VersionRow | undefined> {
  const [place] = (await reads
    .unsafe(placeOfVersion, [key.ty, key.id], { prepare: true })
    .raw()) as unknown as Column[][];
  if (place === undefined) return undefined;
  const [rid, part, node, history] = place;
  if (node === null || node === undefined) return readVersionSpread(pages, key, ver);
  const text = `
    select ver, (date_part('epoch', upd) * 1000)::bigint, deleted, case when size <= $1::int then content end from (
      select ver, upd, deleted, content, octet_length(content) as size from fhir.resource_${textOf(part)} where rid = $2::bigint and ver = $3::int
      union all
      select ver, upd, deleted, ${contentText('h')}, coalesce(h.size, octet_length(h.content)) from fhir.history_${textOf(history)} h
      where rid = $2::bigint and ver = $3::int
    ) v`;
  const found = await near.ask(addressOf(node), (session) =>
    session.unsafe(text, [limit, numberOf(rid), ver], { prepare: true }).raw(),
  );
  const [row] = await unpackRaw(pages, found ?? [], 3);
  const isWhole = row !== undefined && (row[3] !== null || booleanOf(row[2]));
  return isWhole ? versionRow(row) : readVersionSpread(pages, key, ver);
}

function addressOf(node: Column | undefined): Place {
  const [host = '', port = ''] = node === null || node === undefined ? [] : textOf(node).split(' ');
  return { host, port: Number(port) };
}

async function partsOf(sql: Session, keys: readonly ResourceKey[]): Promise<Part[]> {
  const [only] = keys;
  const rows =
    only !== undefined && keys.length === 1
      ? await sql.unsafe(placeOfOne, [only.ty, only.id], { prepare: true }).raw()
      : await sql
          .unsafe(placesOfMany, [numbers(keys.map(({ ty }) => ty)), ids(keys.map(({ id }) => id))], { prepare: true })
          .raw();
  const parts = new Map<string, Part>();
  for (const [n, rid, number, node] of rows as unknown as Column[][]) {
    const name = textOf(number);
    let part = parts.get(name);
    if (part === undefined) parts.set(name, (part = { ...addressOf(node), number: name, rows: [] }));
    part.rows.push({ n: numberOf(n) - 1, rid: numberOf(rid) });
  }
  return [...parts.values()];
}

/** By the numbers of the rows; a row that is not there has moved, or is not committed there yet. */
async function readPart(
  node: Session,
  { number, rows }: Part,
  limit: number,
): Promise<ReadonlyMap<number, VersionRow>> {
  const [which, asked] =
    rows.length === 1
      ? ['r.rid = $2::bigint', rows[0]!.rid]
      : ['r.rid = any($2::bigint[])', numbers(rows.map(({ rid }) => rid))];
  const found = await node
    .unsafe(
      `select r.rid, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
         case when octet_length(r.content) <= $1::int then r.content end
       from fhir.resource_${number} r where ${which}`,
      [limit, asked],
      { prepare: true },
    )
    .raw();
  return new Map((found as unknown as Column[][]).map(([rid, ...row]) => [numberOf(rid), versionRow(row)]));
}
