/**
 * Numbers of transactions. Versions of resources contain those of the transactions that stored them, and a new cluster begins with small
 * ones: its new versions would come before all copied ones in the change feed, and behind every known position.
 */
import type { Session } from '../driver/sql.ts';

/** The lowest number that the next transaction can get: nothing stored has it, or a greater one. */
export async function nextNumber(sql: Session): Promise<bigint> {
  const [row] = await sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  return BigInt(row!.next);
}

/** Numbers that one transaction uses up. Measured with 1,000 to 100,000: from here on it gets no faster. */
const inOne = 20_000n;

/**
 * Uses up numbers until the next one is not below `until`. Only a subtransaction that writes gets a number, and the cheapest write is a
 * message in the log that nobody reads. PostgreSQL has no function for it; `pg_resetwal` is not part of the embedded one.
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
