import { createHash } from 'node:crypto';
import { oldestOfAll } from '../commit-order/transactions.ts';
import { contentOf, unpackRows } from './packed.ts';
import { feedLine } from './retention.ts';
import type { Session } from './session.ts';

/** A hash over every version that was stored before a point in the order of commits, whatever was stored since. */
export interface FeedDigest {
  /** The number of a transaction: versions of smaller numbers are in it. */
  readonly below: string;
  readonly versions: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Row numbers of one statement. */
const stretch = 20_000;

/** The point up to which no transaction is open any more. */
export async function feedEnd(sql: Session): Promise<string> {
  const [row] = await sql<{ below: string }[]>`select (${oldestOfAll(sql)})::text as below`;
  return row!.below;
}

/**
 * Reads every version once, in stretches of rows. A version that was replaced meanwhile counts as before: its row moves from one table to
 * the other, in one transaction. So does a purged version, whose line is kept.
 * @param below from `feedEnd`
 */
export async function feedDigest(sql: Session, below: string): Promise<FeedDigest> {
  const [row] = await sql<{ most: number | null }[]>`select max(rid)::float8 as most from fhir.resource`;
  const isPurged = await hasPurged(sql);
  const hasPacked = await canPack(sql);
  const whole = createHash('sha256');
  let versions = 0;
  for (let from = 0; from <= (row!.most ?? -1); from += stretch) {
    if (hasPacked && (await isPackedIn(sql, from, below))) {
      const part = await packedPart(sql, { from, below, isPurged });
      versions += part.count;
      whole.update(String(from)).update(part.hash);
      continue;
    }
    const [part] = await sql<{ count: number; hash: Buffer | null }[]>`
      select count(*)::int as count, sha256(string_agg(v.line, ''::bytea order by v.rid, v.ver)) as hash
      from (
        select rid, ver, ${feedLine(sql)} as line
        from fhir.resource where rid >= ${from} and rid < ${from + stretch} and txid < ${below}::xid8
        union all
        select h.rid, h.ver, sha256(convert_to(
          format('%s %s %s %s %s %s %s', h.txid, h.rid, h.ver, h.ty, r.id, h.deleted, h.content), 'UTF8'))
        from fhir.history h join fhir.resource r on r.rid = h.rid and r.shard = h.shard
        where h.rid >= ${from} and h.rid < ${from + stretch} and h.txid < ${below}::xid8
        ${isPurged ? purgedLines(sql, from, below) : sql``}
      ) v`;
    versions += part!.count;
    if (part!.hash !== null) whole.update(String(from)).update(part!.hash);
  }
  return { below, versions, hash: whole.digest('hex') };
}

/** False for a database from before packed versions. */
async function canPack(sql: Session): Promise<boolean> {
  const [row] = await sql<{ can: boolean }[]>`
    select exists (
      select from pg_attribute where attrelid = 'fhir.history'::regclass and attname = 'packed' and not attisdropped) as can`;
  return row!.can;
}

async function isPackedIn(sql: Session, from: number, below: string): Promise<boolean> {
  const [row] = await sql<{ some: boolean }[]>`
    select exists (
      select from fhir.history
      where rid >= ${from} and rid < ${from + stretch} and txid < ${below}::xid8 and packed is not null) as some`;
  return row!.some;
}

/** A line of a version, or its beginning and its packed content. */
interface Line {
  readonly rid: string;
  readonly ver: number;
  readonly shard: number;
  readonly line: Buffer | null;
  readonly head: string;
  readonly content: string;
}

/** Lines of one page of a stretch with packed versions. */
const linesAtATime = 500;

/** The same for a stretch with packed versions, whose lines are made here. */
async function packedPart(
  sql: Session,
  { from, below, isPurged }: { readonly from: number; readonly below: string; readonly isPurged: boolean },
): Promise<{ count: number; hash: Buffer }> {
  const hash = createHash('sha256');
  let count = 0;
  for (let behind = { rid: String(from - 1), ver: 0, shard: 0 }; ;) {
    const rows = await sql<Line[]>`
      select v.rid::text, v.ver, v.shard, v.line, v.head, v.content
      from (
        select rid, ver, shard, ${feedLine(sql)} as line, '' as head, '' as content
        from fhir.resource where rid >= ${from} and rid < ${from + stretch} and txid < ${below}::xid8
        union all
        select h.rid, h.ver, h.shard, case when h.packed is null then sha256(convert_to(
            format('%s %s %s %s %s %s %s', h.txid, h.rid, h.ver, h.ty, r.id, h.deleted, h.content), 'UTF8')) end,
          format('%s %s %s %s %s %s ', h.txid, h.rid, h.ver, h.ty, r.id, h.deleted),
          case when h.packed is null then '' else ${contentOf(sql, 'h')} end
        from fhir.history h join fhir.resource r on r.rid = h.rid and r.shard = h.shard
        where h.rid >= ${from} and h.rid < ${from + stretch} and h.txid < ${below}::xid8
        ${isPurged ? purgedLines(sql, from, below, [sql`0,`, sql`, '', ''`]) : sql``}
      ) v
      where (v.rid, v.ver, v.shard) > (${behind.rid}::bigint, ${behind.ver}::int, ${behind.shard}::int)
      order by v.rid, v.ver, v.shard limit ${linesAtATime}`;
    for (const { line, head, content } of await unpackRows(sql, rows))
      hash.update(line ?? createHash('sha256').update(head).update(content).digest());
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < linesAtATime) return { count, hash: hash.digest() };
    behind = last;
  }
}

/** False also for a database from before purges. */
async function hasPurged(sql: Session): Promise<boolean> {
  const [table] = await sql<{ there: boolean }[]>`select to_regclass('fhir.purged_version') is not null as there`;
  if (table?.there !== true) return false;
  const [row] = await sql<{ some: boolean }[]>`select exists (select from fhir.purged_version) as some`;
  return row!.some;
}

function purgedLines(
  sql: Session,
  from: number,
  below: string,
  [before, behind] = [sql``, sql``],
): ReturnType<Session> {
  return sql`union all
        select rid, ver, ${before} line ${behind} from fhir.purged_version
        where rid >= ${from} and rid < ${from + stretch} and txid < ${below}::xid8`;
}
