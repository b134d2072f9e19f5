import { numbers } from '../statements/columns.ts';
import { serverName } from '../statements/server.ts';
import type { Session } from '../statements/session.ts';
import { firstUnseen } from './transactions.ts';

/** Every transaction below `ended` has ended, and none at or above `begun` has been seen by anybody, on this server. */
export interface Horizon {
  readonly server: string;
  readonly ended: bigint;
  readonly begun: bigint;
}

/** The transactions as they are now, of the whole cluster. */
export async function readHorizon(sql: Session): Promise<Horizon> {
  const [row] = await sql<{ server: string; xmin: string; xmax: string }[]>`
    select ${serverName(sql)} as server, pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax from pg_current_snapshot() s`;
  return { server: row!.server, ended: BigInt(row!.xmin), begun: BigInt(row!.xmax) };
}

/** Whether a version seems to come from a transaction that has not begun: the rows were made in another cluster. */
export async function hasForeignTransactions(sql: Session, types: readonly number[]): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`
    select exists (
      select from unnest(${numbers(types)}::smallint[]) as t (ty)
      cross join lateral (select txid from fhir.resource where ty = t.ty order by txid desc limit 1) newest
      where newest.txid >= ${firstUnseen(sql)}
    ) as found`;
  return row!.found;
}
