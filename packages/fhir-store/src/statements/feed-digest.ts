import { createHash } from 'node:crypto';
import { oldestOfAll } from '../commit-order/transactions.ts';
import { feedLine } from './retention.ts';
import type { Session } from './session.ts';

/** A hash over every version that was stored before a point of the order of commits, whatever was stored since. */
export interface FeedDigest {
  /** The number of a transaction: versions of smaller numbers are in it. */
  readonly below: string;
  readonly versions: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Row numbers of one statement. */
const stretch = 20_000;

/** The point up to which nothing can appear any more. */
export async function feedEnd(sql: Session): Promise<string> {
  const [row] = await sql<{ below: string }[]>`select (${oldestOfAll(sql)})::text as below`;
  return row!.below;
}

/**
 * Reads every version once, in stretches of rows. A version that became an earlier one meanwhile counts as before: its row moves from one
 * table to the other, in one transaction. So does one that was purged, of which the line is kept.
 * @param below from `feedEnd`
 */
export async function feedDigest(sql: Session, below: string): Promise<FeedDigest> {
  const [row] = await sql<{ most: number | null }[]>`select max(rid)::float8 as most from fhir.resource`;
  const isPurged = await hasPurged(sql);
  const whole = createHash('sha256');
  let versions = 0;
  for (let from = 0; from <= (row!.most ?? -1); from += stretch) {
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

/** False also for a database of before purges. */
async function hasPurged(sql: Session): Promise<boolean> {
  const [table] = await sql<{ there: boolean }[]>`select to_regclass('fhir.purged_version') is not null as there`;
  if (table?.there !== true) return false;
  const [row] = await sql<{ some: boolean }[]>`select exists (select from fhir.purged_version) as some`;
  return row!.some;
}

function purgedLines(sql: Session, from: number, below: string): ReturnType<Session> {
  return sql`union all
        select rid, ver, line from fhir.purged_version
        where rid >= ${from} and rid < ${from + stretch} and txid < ${below}::xid8`;
}
