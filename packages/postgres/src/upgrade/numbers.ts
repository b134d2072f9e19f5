/**
 * Numbers of transactions. Versions of resources carry those of the transactions that stored them, and a cluster that is new begins with small ones: what
 * it stored would come before all that was copied, in the change feed and behind every position that somebody has.
 */
import type { Session } from '../driver/sql.ts';

/** The number that the next transaction takes at the earliest: nothing that is stored has it, or a greater one. */
export async function nextNumber(sql: Session): Promise<bigint> {
  const [row] = await sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  return BigInt(row!.next);
}

/** Numbers that one transaction uses up. Measured with 1,000 to 100,000: from here on it gets no faster. */
const inOne = 20_000n;

/**
 * Uses numbers up until the next one is not below `until`. Only a subtransaction that writes takes a number, and the cheapest write there is is a message in
 * the log that nobody reads. PostgreSQL has no call for it; `pg_resetwal` is not part of the embedded one.
 */
export async function useUpNumbers(
  sql: Session,
  until: bigint,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const first = await nextNumber(sql);
  for (let next = first; next < until; next = await nextNumber(sql)) {
    const count = until - next < inOne ? until - next : inOne;
    await sql.unsafe(`do $$ declare place pg_lsn; begin
      for i in 1..${String(count)} loop
        begin place := pg_logical_emit_message(true, '', ''); exception when division_by_zero then null; end;
      end loop; end $$`);
    onProgress(Number(next - first), Number(until - first));
  }
}
