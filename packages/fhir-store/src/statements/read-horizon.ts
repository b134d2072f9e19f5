import { oldestOpen, wholeSnapshot } from '../commit-order/transactions.ts';
import { numbers } from './columns.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Every transaction below `ended` has ended, and none at or above `begun` has been seen by anybody, on this server. */
export interface Horizon {
  readonly server: string;
  /** The number of the database, which a copy of it has not. */
  readonly database: string;
  readonly ended: bigint;
  /** The same for this database alone, where what is open in others counts for nothing. */
  readonly settled: bigint;
  readonly begun: bigint;
  /** The snapshot of which they are, a text. */
  readonly snapshot: string;
}

/** The transactions as they are now, of the whole cluster. */
export async function readHorizon(sql: Session): Promise<Horizon> {
  const [row] = await sql<
    { server: string; database: string; settled: string; xmin: string; xmax: string; snapshot: string }[]
  >`
    select ${serverName(sql)} as server, (select oid::text from pg_database where datname = current_database()) as database,
      ${oldestOpen(sql)}::text as settled, ${wholeSnapshot(sql)}`;
  const { server, database, settled, xmin, xmax, snapshot } = row!;
  return { server, database, ended: BigInt(xmin), settled: BigInt(settled), begun: BigInt(xmax), snapshot };
}

/**
 * Whether a version seems to come from a transaction that has not begun: the rows were made in another cluster. What was stored is compared with
 * transactions as they are later, so that it does not matter whether the rows lie where the transactions are numbered.
 */
export async function hasForeignTransactions(sql: Session, types: readonly number[]): Promise<boolean> {
  const { begun } = await readHorizon(sql);
  const [newest] = await sql<{ txid: string }[]>`
    select txid from fhir.resource where ty = any(${numbers(types)}::smallint[]) and txid >= ${begun.toString()}::xid8
    order by txid desc limit 1`;
  return newest !== undefined && BigInt(newest.txid) >= (await readHorizon(sql)).begun;
}
