import { oldestOpen } from '../commit-order/transactions.ts';
import { numberOf, numbers, textOf, type Column } from './columns.ts';
import { readHorizon } from './read-horizon.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** The types that were written, and up to which transaction that is known. */
export interface ChangedTypes {
  readonly server: string;
  /** The oldest open transaction: everything that ends later belongs to it or to a later one. */
  readonly ended: bigint;
  readonly types: ReadonlySet<number>;
}

/** Returns the types with a current version of an ended transaction whose number is `since` or later. -1 denotes reported events. */
export async function readChangedTypes(sql: Session, types: readonly number[], since: bigint): Promise<ChangedTypes> {
  const rows = await sql`
    select s.server, s.next::text, c.ty
    from (select ${oldestOpen(sql)} as next, ${serverName(sql)} as server) s
    left join lateral (
      select t.ty from unnest(${numbers(types)}::smallint[]) as t (ty)
      where exists (
        select from fhir.resource where ty = t.ty and txid >= ${String(since)}::xid8 and txid < s.next)
      union all
      select -1 where exists (
        select from fhir.reported_event where txid >= ${String(since)}::xid8 and txid < s.next)
    ) c on true`.raw();
  const columns = rows as unknown as Column[][];
  const [first] = columns;
  return {
    server: textOf(first?.[0]),
    ended: BigInt(textOf(first?.[1])),
    types: new Set(columns.flatMap(([, , ty]) => (ty === null || ty === undefined ? [] : numberOf(ty)))),
  };
}

/** The same on several nodes, where the oldest open transaction is read first. */
export async function readChangedTypesSpread(
  sql: Session,
  types: readonly number[],
  since: bigint,
): Promise<ChangedTypes> {
  const { server, ended } = await readHorizon(sql);
  const rows = await sql`
    select distinct ty from fhir.resource
    where ty = any(${numbers(types)}::smallint[]) and txid >= ${String(since)}::xid8 and txid < ${String(ended)}::xid8`.raw();
  return { server, ended, types: new Set((rows as unknown as Column[][]).map(([ty]) => numberOf(ty))) };
}
