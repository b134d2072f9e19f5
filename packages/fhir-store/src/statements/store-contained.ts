import { typeNumber } from '@dhp/fhir-model';
import type { ContainedRow } from '@dhp/fhir-search';
import { numbers } from './columns.ts';
import { indexColumns } from './index-columns.ts';
import { indexArguments, indexValues } from './index-input.ts';
import type { Session } from './session.ts';

/**
 * Stores the rows of contained resources that may be there already, each under the key of its content. One that is there is made
 * anew where the environment has other search parameters by now. One that was stored a while ago is said to be wanted, so that
 * nobody clears it before its new container is stored (`clearContained`).
 */
export async function storeContained(
  sql: Session,
  contained: readonly { readonly key: bigint; readonly contained: ContainedRow }[],
): Promise<void> {
  const known = contained.filter(({ contained: { type } }) => typeNumber(type) !== undefined);
  if (known.length === 0) return;
  const keys = `{${known.map(({ key }) => key).join(',')}}`;
  const types = numbers(known.map(({ contained: { type } }) => typeNumber(type)));
  const containers = numbers(known.map(({ contained: { within } }) => typeNumber(within)));
  const generations = numbers(known.map(({ contained: { generation } }) => generation));
  const columns = known.map(({ contained: { row, type, id } }) => indexColumns(row, type, id, 0));
  await sql`
    insert into fhir.contained as held
      (key, ty, within, generation, own, pat, dt, hi, keys, nk, nlo, nhi, dk, dlo, dhi, sk, sv)
    select c.key, c.ty, c.within, c.generation, c.own, c.pat, c.dt, c.hi, c.keys, c.nk, c.nlo, c.nhi, c.dk, c.dlo, c.dhi, c.sk, c.sv
    from (
      select i.key, i.ty, i.within, i.generation, ${indexValues(sql)}
      from unnest(${keys}::bigint[], ${types}::smallint[], ${containers}::smallint[], ${generations}::int[],
                  ${indexArguments(sql, columns)})
        as i (key, ty, within, generation, own, pat, dt, hi, long, keys, tk, tsys, nk, nlo, nhi, dk, dlo, dhi, sk, sv, sp)
    ) c
    order by c.key
    on conflict (key) do update
    set at = now(), generation = excluded.generation, pat = excluded.pat, dt = excluded.dt, hi = excluded.hi, keys = excluded.keys,
        nk = excluded.nk, nlo = excluded.nlo, nhi = excluded.nhi, dk = excluded.dk, dlo = excluded.dlo, dhi = excluded.dhi,
        sk = excluded.sk, sv = excluded.sv
    where held.generation < excluded.generation
       or (held.generation = excluded.generation and held.at < now() - interval '5 minutes')`.raw();
}

/**
 * Of the next `limit` rows behind a key: deletes those that no stored resource contains and nobody has stored lately. Who stores a
 * container has ten minutes from `storeContained` to its commit, which is far more than any statement or transaction may take.
 * @returns the last key; undefined where there are no more rows
 */
export async function deleteUncontained(sql: Session, after: bigint, limit: number): Promise<bigint | undefined> {
  const rows = await sql<{ last: string | null; n: string }[]>`
    with page as materialized (
      select key from fhir.contained where key > ${after.toString()}::bigint order by key limit ${limit}
    ), gone as (
      delete from fhir.contained c using page p
      where c.key = p.key and c.at < now() - interval '15 minutes'
        and not exists (select from fhir.search s where s.keys @> array[p.key])
    )
    select max(key) as last, count(*) as n from page`;
  const { last, n } = rows[0]!;
  return last === null || Number(n) < limit ? undefined : BigInt(last);
}
