import { createHash } from 'node:crypto';
import type { Session } from './session.ts';

/** Takes locks that the names stand for until the transaction ends, in one order for everybody. */
export async function lockNames(sql: Session, names: readonly string[]): Promise<void> {
  const keys = [...new Set(names.map(keyOf))].sort((a, b) => (a < b ? -1 : 1));
  await sql`select pg_advisory_xact_lock(key) from unnest(${`{${keys.join(',')}}`}::bigint[]) as n (key)`.raw();
}

function keyOf(name: string): bigint {
  return createHash('sha256').update(`fhir ${name}`).digest().readBigInt64BE();
}
