/** Stored versions, for labelling in steps. */
import type { Session } from './session.ts';
import { contentOf, lengthOf, unpackRows } from './packed.ts';

/** A version with its content; undefined for a deletion. */
export interface UnlabelledVersion {
  readonly rid: number;
  readonly ver: number;
  readonly ty: number;
  readonly id: string;
  readonly content: Buffer | undefined;
}

interface Raw {
  readonly rid: string;
  readonly ver: number;
  readonly ty: number;
  readonly id: string;
  readonly content: Buffer;
  readonly deleted: boolean;
}

/** Most versions, and bytes of them but for one, of a step. */
const most = 200;
const mostBytes = 8_000_000;

function read({ rid, ver, ty, id, content, deleted }: Raw): UnlabelledVersion {
  return { rid: Number(rid), ver, ty, id, content: deleted ? undefined : content };
}

/**
 * The next current versions behind a number of a resource. They are locked, in the order of all writers, so that a writer of one waits, and writes its
 * members after this transaction.
 */
export async function selectCurrentVersions(sql: Session, behind: number): Promise<UnlabelledVersion[]> {
  const rows = await sql<Raw[]>`
    with next as materialized (
      select rid from (
        select rid, row_number() over (order by rid) as n, sum(octet_length(content)) over (order by rid) as bytes
        from (select rid, content from fhir.resource where rid > ${behind} order by rid limit ${most}) c) s
      where n = 1 or bytes < ${mostBytes}
    )
    select r.rid, r.ver, r.ty, r.id, r.content, r.deleted
    from fhir.resource r where r.rid in (select rid from next) order by r.rid for share of r`;
  return rows.map(read);
}

/** The next versions that are no longer current, in the order of resources. */
export async function selectVersionsBefore(
  sql: Session,
  { rid, ver }: { readonly rid: number; readonly ver: number },
): Promise<UnlabelledVersion[]> {
  const rows = await sql<Raw[]>`
    with next as materialized (
      select rid, ver from (
        select rid, ver, row_number() over (order by rid, ver) as n, sum(size) over (order by rid, ver) as bytes
        from (select rid, ver, ${lengthOf(sql, 'h')} as size from fhir.history h where (rid, ver) > (${rid}, ${ver}) order by rid, ver limit ${most}) c) s
      where n = 1 or bytes < ${mostBytes}
    )
    select h.rid, h.ver, h.ty, i.id, ${contentOf(sql, 'h')} as content, h.deleted
    from next join fhir.history h using (rid, ver)
    join fhir.resource i on i.rid = h.rid and i.shard = h.shard
    order by h.rid, h.ver`;
  return (await unpackRows(sql, rows)).map(read);
}

/** Removes rows of an earlier definition, of versions that have no label by this one. */
export async function deleteLabels(
  sql: Session,
  versions: readonly { readonly own: string; readonly ver: number }[],
  definition: number,
): Promise<void> {
  if (versions.length === 0) return;
  const owns = `{${versions.map(({ own }) => own).join(',')}}`;
  const vers = `{${versions.map(({ ver }) => ver).join(',')}}`;
  await sql`
    delete from fhir.label l using unnest(${owns}::text::bigint[], ${vers}::text::int[]) as u (own, ver)
    where l.own = u.own and l.ver = u.ver and l.definition < ${definition}`;
}
