/** The columns of the search index in the declaration, and in the database after all migrations. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { testDatabase } from '@dhp/postgres/testing';
import { type Column, searchRow } from '@dhp/search-index';
import { migrations } from '../src/index.ts';

const database = await testDatabase({ name: 'search_columns', migrations: [migrations] });
const { sql } = database;
after(() => database.drop());

interface Described {
  column: string;
  type: string;
  notNull: boolean;
  default: string | null;
}

async function columnsOf(table: string): Promise<Described[]> {
  return sql<Described[]>`
    select a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
           pg_get_expr(d.adbin, d.adrelid) as default
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${`fhir.${table}`}::text::regclass and a.attnum > 0 and not a.attisdropped
    order by a.attname`;
}

async function described(columns: readonly Column[]): Promise<Described[]> {
  const all = columns.map(async ({ column, type, notNull = false, default: absent = null }) => {
    const [row] = await sql<{ type: string }[]>`select format_type(${type}::text::regtype, null) as type`;
    return { column, type: row!.type, notNull, default: absent };
  });
  return (await Promise.all(all)).sort((a, b) => (a.column < b.column ? -1 : 1));
}

/** Columns of the table; values that only postings have are sent and not stored. */
const stored = Object.values<Column>(searchRow).filter((column) => !(column.from === 'resource' && column.unstored));

it('fhir.search has the columns that are declared, with their types and defaults', async () => {
  assert.deepEqual([...(await columnsOf('search'))], await described(stored));
});

it('fhir.contained has those that are declared so, of the same types', async () => {
  const own = ['key', 'ty', 'within', 'generation', 'at'];
  const actual = (await columnsOf('contained')).filter(({ column }) => !own.includes(column));
  const declared = await described(stored.filter(({ ofContained }) => ofContained !== undefined));
  const typed = (columns: readonly Described[]): string[] => columns.map(({ column, type }) => `${column} ${type}`);
  assert.deepEqual(typed(actual), typed(declared));
});
