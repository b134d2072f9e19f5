import { quotedName } from '../database.ts';
import type { Session } from '../driver/sql.ts';

/** Schema of the partitions, separate from the declared tables. */
const partsSchema = 'parts';

/**
 * The number of partitions of each table of a test that can be distributed over nodes: `DHP_TEST_PARTITIONS`, 2 to 64.
 * @returns 0 if it is not set: tables are not partitioned
 * @throws TypeError for any other value
 */
export function partitionsOfTests(given = process.env['DHP_TEST_PARTITIONS']): number {
  if (given === undefined || given === '') return 0;
  const parts = Number(given);
  if (!Number.isInteger(parts) || parts < 2 || parts > 64)
    throw new TypeError(`DHP_TEST_PARTITIONS is ${given}: it is a whole number from 2 to 64`);
  return parts;
}

/**
 * Replaces each of these tables, which are empty, by a table of the same definition, partitioned by hash of a column into this many parts.
 * @param keys the column by table; it is in each unique key of the table
 * @throws Error if a table has rows, or a unique key without the column
 */
export async function partition(
  sql: Session,
  { schema, keys, parts }: { schema: string; keys: Readonly<Record<string, string>>; parts: number },
): Promise<void> {
  await sql.unsafe(`create schema if not exists ${partsSchema}`);
  for (const [name, column] of Object.entries(keys)) {
    const [table, whole] = [schema, partsSchema].map((of) => `${of}.${quotedName(name)}`) as [string, string];
    if ((await sql.unsafe(`select from ${table} limit 1`)).length > 0) throw new Error(`${table} has rows`);
    const [found] = await sql<{ options: string[] | null }[]>`
      select reloptions as options from pg_class where oid = ${`${schema}.${name}`}::regclass`;
    // Settings of storage are a matter of each part, and are not copied with a definition.
    const settings = found?.options ?? [];
    const ofParts = Array.from({ length: parts }, (_, n) => {
      const part = `${partsSchema}.${quotedName(`${name}_${String(n)}`)}`;
      return [
        `create table ${part} partition of ${table} for values with (modulus ${String(parts)}, remainder ${String(n)})`,
        ...(settings.length === 0 ? [] : [`alter table ${part} set (${settings.join(', ')})`]),
      ];
    }).flat();
    const steps = [
      `alter table ${table} set schema ${partsSchema}`,
      `create table ${table} (like ${whole} including all) partition by hash (${quotedName(column)})`,
      `drop table ${whole}`,
      ...ofParts,
    ];
    for (const step of steps) await sql.unsafe(step);
  }
}
