import type { Session } from './session.ts';

/** Resources that are not deleted, by type number. Reads an index, no bodies. */
export async function countResources(sql: Session): Promise<{ ty: number; count: number }[]> {
  const rows = await sql<{ ty: number; count: string }[]>`
    select ty, count(*) as count from fhir.resource where not deleted group by ty`;
  return rows.map(({ ty, count }) => ({ ty, count: Number(count) }));
}
