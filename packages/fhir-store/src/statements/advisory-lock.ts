import { createHash } from 'node:crypto';
import type { Session } from './session.ts';

/** Sets the locks of classes of names apart from all others. */
const space = 1_145_585_747;
/** Names are in so many classes, by their hash. */
const classes = 2048n;
/**
 * A transaction that holds more names holds their classes instead. The server has one table for the locks of all sessions, of 6,400 or
 * more by default: 40,000 names filled it, and then every statement of the cluster that needed a lock failed.
 */
export const mostNames = 256;

/**
 * Takes the locks of names until the transaction ends, in the same order in all transactions: the classes of the names, shared, then the
 * names; or, for many names, only their classes, exclusively, which then locks out all other names of these classes.
 */
export async function lockNames(sql: Session, names: readonly string[]): Promise<void> {
  const keys = [...new Set(names.map(keyOf))].sort((a, b) => (a < b ? -1 : 1));
  const ofClasses = [...new Set(keys.map(classOf))].sort((a, b) => a - b);
  const isMany = keys.length > mostNames;
  const own = isMany ? [] : keys;
  await sql`
    select case when n.class is null then pg_advisory_xact_lock(n.key)
                when ${isMany} then pg_advisory_xact_lock(${space}, n.class)
                else pg_advisory_xact_lock_shared(${space}, n.class) end
    from unnest(${`{${[...ofClasses, ...own.map(() => 'null')].join(',')}}`}::int[],
                ${`{${[...ofClasses.map(() => 'null'), ...own].join(',')}}`}::bigint[]) as n (class, key)`.raw();
}

function keyOf(name: string): bigint {
  return createHash('sha256').update(`fhir ${name}`).digest().readBigInt64BE();
}

function classOf(key: bigint): number {
  return Number(BigInt.asUintN(64, key) % classes);
}
