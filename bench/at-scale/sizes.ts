/** Reads the sizes of the bodies, and the size and use of each table and index of the search index. */
import type { Sql } from '@dhp/postgres';

export interface Relation {
  readonly name: string;
  readonly table: string;
  /** With the texts that do not fit into a row. */
  readonly bytes: number;
  /** Scans of an index since the statistics were reset; undefined for a table. */
  readonly scans: number | undefined;
}

export interface Sizes {
  readonly resources: number;
  /** Bytes of the JSON that clients get. */
  readonly bodies: number;
  /** Tables that exist for searches, and their indexes, the largest first. */
  readonly relations: readonly Relation[];
}

/** Tables outside the search index: bodies, versions, the directory of ids. */
const others = '{resource,history,identity}';

export async function readSizes(sql: Sql): Promise<Sizes> {
  const [all] = await sql<{ resources: string; bodies: string }[]>`
    select count(*) as resources, sum(octet_length(content)) as bodies from fhir.resource where not deleted`;
  const relations = await sql<{ name: string; table: string; bytes: string; scans: string | null }[]>`
    select c.relname as name, t.relname as "table",
      pg_relation_size(c.oid) + case when c.relkind = 'r' then coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) else 0 end as bytes,
      s.idx_scan as scans
    from pg_class c
    left join pg_index i on i.indexrelid = c.oid
    join pg_class t on t.oid = coalesce(i.indrelid, c.oid)
    left join pg_stat_user_indexes s on s.indexrelid = c.oid
    where c.relnamespace = 'fhir'::regnamespace and c.relkind in ('r', 'i') and not t.relname = any(${others}::text[])
    order by 3 desc`;
  return {
    resources: Number(all!.resources),
    bodies: Number(all!.bodies),
    relations: relations
      .map(({ bytes, scans, ...each }) => ({
        ...each,
        bytes: Number(bytes),
        scans: scans === null ? undefined : Number(scans),
      }))
      .filter(({ bytes }) => bytes > 1_000_000),
  };
}
