import type { Rings } from '@dhp/search-index/rows';
import { numbers } from './columns.ts';
import type { IndexTables } from '@dhp/search-index/sql';
import { sessionOn } from './index-tables.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

/** Stores the polygons of boundaries that may exist already, each under the key of its GeoJSON, and marks them as used. */
export async function storeBoundaries(
  sql: Session,
  tables: IndexTables,
  boundaries: readonly { readonly key: bigint; readonly boundary: readonly Rings[] }[],
  basis: Basis,
): Promise<void> {
  const rows = boundaries.flatMap(({ key, boundary }) =>
    boundary.flatMap((rings, part) => rings.map((ring, n) => ({ key, part, ring: n + 1, area: polygon(ring) }))),
  );
  await sessionOn(sql, tables)`
    insert into fhir.boundary as held (key, part, ring, area)
    select i.key, i.part, i.ring, i.area::polygon
    from unnest(${`{${rows.map(({ key }) => key).join(',')}}`}::bigint[], ${numbers(rows.map(({ part }) => part))}::int[],
                ${numbers(rows.map(({ ring }) => ring))}::int[],
                string_to_array(${rows.map(({ area }) => area).join(';')}, ';')) as i (key, part, ring, area)
    where ${onServer(sql, basis)}
    order by i.key, i.part, i.ring
    on conflict (key, part, ring) do update set at = now() where held.at < now() - interval '5 minutes'`.raw();
}

/** As PostgreSQL writes it. */
function polygon(ring: Rings[number]): string {
  return `(${ring.map(([longitude, latitude]) => `(${longitude},${latitude})`).join(',')})`;
}
