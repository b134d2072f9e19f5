/** Access of an attacker with a copy of the database: all of its content, and a search for a secret in any encoding. */
import assert from 'node:assert/strict';
import type { Sql } from '@dhp/postgres';

/** Every row of every table of ours, as text; bytes as hexadecimal. */
export async function everything(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`;
  assert.ok(tables.length > 15);
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
    texts.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return texts.join('\n');
}

/** The encodings in which it may be in a table: as it is, and in the encodings of bytes. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
  const raw = Buffer.from(secret, 'base64url');
  if (/^[\w-]{22,}$/.test(secret)) forms.push(raw.toString('hex'), raw.toString('base64').replace(/=+$/, ''));
  return forms;
}

/** Returns the secrets found, each with the beginning of a row that contains it. */
export function foundIn(dump: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([what, secret]) => {
    const form = formsOf(secret).find((each) => dump.includes(each));
    if (form === undefined) return [];
    const line = dump.split('\n').find((each) => each.includes(form)) ?? '';
    return [`${what}: ${line.slice(0, 80)}`];
  });
}
