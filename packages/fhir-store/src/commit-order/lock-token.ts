import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { StoreUnavailable } from '../store-unavailable.ts';

/**
 * Runs `work` in a transaction of several statements. Two things are never taken for granted: that a statement still
 * runs in the transaction and not in a new session (`work` has the lock token, and what it stores checks it), and that a
 * commit which was answered has stored something: the server answers one without a transaction, or after a failure,
 * without an error.
 * @throws StoreUnavailable when it did not commit, or when nobody knows
 */
export async function inTransaction<R>(
  sql: Sql,
  work: (session: Session, lockToken: string) => Promise<R>,
): Promise<R> {
  const lockToken = randomUUID();
  let xid: string | null = null;
  const result = await sql.begin(async (transaction) => {
    await transaction`select set_config('fhir.claim', ${lockToken}, true)`.raw();
    const value = await work(transaction, lockToken);
    // The number is read after the work: one that waits for locks would hold back the readers of the commit order.
    const [row] = await transaction<{ xid: string | null }[]>`
      select pg_current_xact_id_if_assigned()::text as xid where current_setting('fhir.claim', true) = ${lockToken}`;
    if (row === undefined) throw new StoreUnavailable('connection', new Error('the transaction was lost'));
    ({ xid } = row);
    return { value };
  });
  await assertCommitted(sql, xid);
  return (result as { value: R }).value;
}

/** @param xid null when nothing was written */
async function assertCommitted(sql: Sql, xid: string | null): Promise<void> {
  if (xid === null) return;
  const [row] = await sql<{ status: string | null }[]>`select pg_xact_status(${xid}::xid8) as status`;
  if (row?.status === 'committed') return;
  throw new StoreUnavailable('unknown', new Error(`the transaction ended ${row?.status ?? 'unseen'}`));
}
