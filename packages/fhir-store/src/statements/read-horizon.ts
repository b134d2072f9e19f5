import { oldestOpen, wholeSnapshot } from '../commit-order/transactions.ts';
import { numbers } from './columns.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Every transaction below `ended` has ended, and none at or above `begun` was visible to anybody, on this server. */
export interface Horizon {
  readonly server: string;
  /** The number of the database, which a copy of it has not. */
  readonly database: string;
  readonly ended: bigint;
  /** The same for this database alone, regardless of open transactions in others. */
  readonly settled: bigint;
  readonly begun: bigint;
  /** The snapshot from which they are taken, as text. */
  readonly snapshot: string;
}

/** The current state of transactions of the whole cluster. */
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
 * Whether a version seems to come from a transaction that has not begun: the rows were made in another cluster. Stored numbers are compared with
 * a later state of transactions, so it does not matter whether the rows are on the node that numbers the transactions.
 */
export async function hasForeignTransactions(sql: Session, types: readonly number[]): Promise<boolean> {
  const { begun } = await readHorizon(sql);
  const [newest] = await sql<{ txid: string }[]>`
    select txid from fhir.resource where ty = any(${numbers(types)}::smallint[]) and txid >= ${begun.toString()}::xid8
    order by txid desc limit 1`;
  return newest !== undefined && BigInt(newest.txid) >= (await readHorizon(sql)).begun;
}
