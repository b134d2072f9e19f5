import { typeNumber } from '@dhp/fhir-model';
import { searchRowValues } from '@dhp/search-index';
import type { ContainedRow } from '@dhp/search-index/rows';
import type { IndexTables } from '@dhp/search-index/sql';
import { sessionOn } from './index-tables.ts';
import { numbers } from './columns.ts';
import { columns, indexArguments, indexValues, named } from './index-input.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

/**
 * Stores the rows of contained resources that may exist already, each under the key of its content. An existing one is made again if the
 * environment has other search parameters by now. One that was stored a while ago is marked as used, so that it is not cleared before its
 * new container is stored (`clearUnnamed`).
 */
export async function storeContained(
  sql: Session,
  tables: IndexTables,
  contained: readonly { readonly key: bigint; readonly contained: ContainedRow }[],
  basis: Basis,
): Promise<void> {
  const known = contained.filter(({ contained: { type } }) => typeNumber(type) !== undefined);
  if (known.length === 0) return;
  const keys = `{${known.map(({ key }) => key).join(',')}}`;
  const types = numbers(known.map(({ contained: { type } }) => typeNumber(type)));
  const containers = numbers(known.map(({ contained: { within } }) => typeNumber(within)));
  const generations = numbers(known.map(({ contained: { generation } }) => generation));
  const rows = known.map(({ contained: { row, type, id } }) => searchRowValues(row, type, id, 0));
  await sessionOn(sql, tables)`
    insert into fhir.contained as held
      (key, ty, within, generation, ${named(sql, columns.ofContained)})
    select c.key, c.ty, c.within, c.generation, ${named(sql, columns.ofContainedOf('c'))}
    from (
      select i.key, i.ty, i.within, i.generation, ${indexValues(sql, 0)}
      from unnest(${keys}::bigint[], ${types}::smallint[], ${containers}::smallint[], ${generations}::int[],
                  ${indexArguments(sql, rows)})
        as i (key, ty, within, generation, ${named(sql, columns.sent)})
      where ${onServer(sql, basis)}
    ) c
    order by c.key
    on conflict (key) do update
    set at = now(), generation = excluded.generation, ${named(sql, columns.assignedOfContained('excluded'))}
    where held.generation < excluded.generation
       or (held.generation = excluded.generation and held.at < now() - interval '5 minutes')`.raw();
}
