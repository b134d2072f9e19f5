/**
 * Statements if the rows are on several nodes: each shard runs the same statement as one PostgreSQL does, on its parts of the tables, and
 * the answers are merged. docs/decisions/0169-searches-shard-by-shard.md
 */
import type { Sql as Pool } from '@dhp/postgres';
import { numbers, textOf, type Among, type Column } from '@dhp/search-index/sql';
import { currentSnapshotText } from '../commit-order/several-nodes.ts';
import { distribution } from './distribution.ts';
import { notedShards, shardsAmong } from './patient-shards.ts';
import type { ShardMap } from './shard-map.ts';

/** As the driver takes it. */
interface Statement {
  readonly text: string;
  readonly parameters: readonly (string | number | boolean | null)[];
}

/** Tables that are complete on each node, or of which each shard has its part. */
export const tablesOfShards: ReadonlySet<string> = new Set([
  ...distribution.byShard,
  ...distribution.everywhere,
  ...distribution.unplaced,
]);

/** Parts of a statement that differ between sessions: tables, bound values, and values that only the node that clients use knows. */
const parts = new RegExp(
  String.raw`%|\$(\d+)|\bfhir\.(\w+)\b(?!\()|(\bfhir\.server_name\(\))|(\b${currentSnapshotText.replaceAll(/[()]/g, String.raw`\$&`)})`,
  'g',
);

/** The patients that are asked for, and the map of shards. */
export interface Known {
  readonly map: ShardMap;
  readonly among: Among;
}

/**
 * Runs the statement on every shard, or on those that may have rows. The returned snapshot is that of the first shard's statement: versions
 * stored meanwhile may be seen, as by a statement that begins later.
 * @param settings of the sessions, which sessions on other nodes lack
 * @param known the patients that decide the shards, or the names of shards; undefined: any shard may have rows
 * @returns the rows of each shard that was asked
 */
export async function askShards(
  sql: Pick<Pool, 'unsafe'>,
  { text, parameters }: Statement,
  settings: Readonly<Record<string, string | number>>,
  known: Known | readonly number[] | undefined,
): Promise<Column[][][]> {
  const { format, tables, bound: values, asksHere } = onAnyShard(text, parameters);
  const { bound, shards } = await askedHere(sql, asksHere, known);
  const given = [...Object.entries(settings).flat().map(String), ...ofNodes];
  const asked = [tables, `select w::text from (${format}) w`, [...values, ...bound], given];
  const rows = await sql
    .unsafe(
      `select h.shard, fhir.on_shard(h.names, $1::text[], $2::text, $3::text[], $4::text[]) from fhir.shard_here h
       ${shards === undefined ? '' : 'where h.shard = any($5::int[])'}`,
      shards === undefined ? asked : [...asked, shards],
      { prepare: true },
    )
    .raw();
  const byShard = new Map<string, Column[][]>();
  for (const [shard, row] of rows as Column[][]) {
    const name = shard!.toString('latin1');
    let found = byShard.get(name);
    if (found === undefined) byShard.set(name, (found = []));
    if (row !== null && row !== undefined) found.push(columnsOf(row));
  }
  return [...byShard.values()];
}

/**
 * One statement for the values that only the node that clients use knows: the snapshot and the server, as further values, and the shards
 * noted for patients.
 * @param asksHere whether the statement asks for the snapshot or the server
 */
async function askedHere(
  sql: Pick<Pool, 'unsafe'>,
  asksHere: boolean,
  given: Known | readonly number[] | undefined,
): Promise<{ bound: string[]; shards?: string }> {
  const known = given !== undefined && 'among' in given ? given : undefined;
  const named = known === undefined && given !== undefined ? { shards: numbers(given as readonly number[]) } : {};
  if (!asksHere && known === undefined) return { bound: [], ...named };
  const noted = known && notedShards(known.among, 1);
  const columns = [`${currentSnapshotText}::text`, 'fhir.server_name()', ...(noted === undefined ? [] : [noted.text])];
  const [row] = (await sql
    .unsafe(`select ${columns.join(', ')}`, noted?.parameters ?? [], { prepare: true })
    .raw()) as Column[][];
  const bound = asksHere ? [textOf(row![0]), textOf(row![1])] : [];
  return known === undefined ? { bound, ...named } : { bound, shards: shardsAmong(known.map, known.among, row![2]!) };
}

/** The statement with placeholders for the names of tables and for bound values, as `fhir.on_shard` takes it. */
function onAnyShard(
  text: string,
  parameters: Statement['parameters'],
): { format: string; tables: string[]; bound: (string | null)[]; asksHere: boolean } {
  const bound = parameters.map((value) => (value === null ? null : String(value)));
  const tables: string[] = [];
  const nameAt = (name: string): number => {
    const at = tables.indexOf(name);
    return at >= 0 ? at : tables.push(name) - 1;
  };
  const pieces: (string | { table: number } | { value: number; type?: string })[] = [];
  let [end, asksHere] = [0, false];
  for (const found of text.matchAll(parts)) {
    const [all, value, table, server, snapshot] = found;
    if (table !== undefined && table !== 'identity' && !tablesOfShards.has(table)) continue;
    pieces.push(text.slice(end, found.index));
    end = found.index + all.length;
    if (all === '%') pieces.push('%%');
    else if (value !== undefined) pieces.push({ value: Number(value) - 1 });
    else if (table === 'identity') pieces.push('(select ty, id, rid, shard from ', { table: nameAt('resource') }, ')');
    else if (table !== undefined) pieces.push({ table: nameAt(table) });
    else {
      asksHere = true;
      if (snapshot !== undefined) pieces.push({ value: parameters.length, type: 'pg_snapshot' });
      if (server !== undefined) pieces.push({ value: parameters.length + 1, type: 'text' });
    }
  }
  pieces.push(text.slice(end));
  const place = (n: number): string => `%${n + 1}$s`;
  const format = pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    if ('table' in piece) return place(piece.table);
    return `${place(tables.length + piece.value)}${piece.type === undefined ? '' : `::${piece.type}`}`;
  });
  return { format: format.join(''), tables, bound, asksHere };
}

/**
 * Settings of sessions on other nodes, names and values in turn: the format of times, and that functions may read tables that every node
 * has in full, such as those of labels, while the node runs a part of another statement.
 */
const ofNodes = ['TimeZone', 'UTC', 'DateStyle', 'ISO', 'citus.allow_nested_distributed_execution', 'on'];

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];

/** The columns of a row that PostgreSQL has written as one text. https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX */
export function columnsOf(row: Buffer): Column[] {
  const columns: Column[] = [];
  const last = row.length - 1; // the closing bracket
  for (let at = 1; at <= last; at += 1) {
    if (row[at] !== quote) {
      let end = row.indexOf(comma, at);
      if (end < 0) end = last;
      columns.push(end === at ? null : row.subarray(at, end));
      at = end;
      continue;
    }
    const column = Buffer.allocUnsafe(row.length - at);
    let length = 0;
    for (at += 1; ; at += 1) {
      const byte = row[at]!;
      if (byte === quote && row[at + 1] !== quote) break;
      if (byte === quote || byte === backslash) at += 1;
      column[length] = row[at]!;
      length += 1;
    }
    columns.push(column.subarray(0, length));
    at += 1;
  }
  return columns;
}
