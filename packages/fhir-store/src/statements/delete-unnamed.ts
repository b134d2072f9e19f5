import { textFor, type IndexTables } from '@dhp/search-index/sql';
import { sessionOn } from './index-tables.ts';
import type { Session } from './session.ts';

/** Tables whose rows are under a key that search rows have among theirs; a contained Location has its boundary so. */
export const namedByKey = ['contained', 'boundary'] as const;

/**
 * Deletes, among the next `limit` keys behind one, rows whose key is in no row of a resource or contained resource and that were not stored
 * lately. A writer has ten minutes from storing such a row to its commit, far more than any statement or transaction may take.
 * @returns the last key; undefined if there are no more
 */
export async function deleteUnnamed(
  sql: Session,
  { table, tables }: { readonly table: (typeof namedByKey)[number]; readonly tables: IndexTables },
  after: bigint,
  limit: number,
): Promise<bigint | undefined> {
  const name = sql(textFor(`fhir.${table}`, tables));
  const rows = await sessionOn(sql, tables)<{ last: string | null; n: string }[]>`
    with page as materialized (
      select distinct key from ${name} where key > ${after.toString()}::bigint order by key limit ${limit}
    ), gone as (
      delete from ${name} c using page p
      where c.key = p.key and c.at < now() - interval '15 minutes'
        and not exists (select 1 from fhir.search s where s.keys @> array[p.key])
        and not exists (select 1 from fhir.contained h where h.keys @> array[p.key])
    )
    select max(key) as last, count(*) as n from page`;
  const { last, n } = rows[0]!;
  return last === null || Number(n) < limit ? undefined : BigInt(last);
}
