/**
 * A process that runs one SQL query over tables that are sent to it, in memory. It has no environment, no files and no token; SQLite lets
 * the query read these tables and call listed functions. docs/decisions/0137-sql-over-views.md
 */
import { constants, DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { ResultValue } from '../../contract/sql.ts';
import type { EngineAnswer, EngineOrder } from './engine-words.ts';

/** All functions that depend only on their arguments, and the aggregates and window functions. All others are denied. */
const functions: ReadonlySet<string> = new Set(
  `-> ->> abs avg ceil ceiling char coalesce concat concat_ws count cume_dist current_date current_time current_timestamp date datetime dense_rank exp
  first_value floor format glob group_concat hex ifnull iif if instr json json_array json_array_length json_extract json_group_array json_object json_type
  julianday lag last_value lead length like ln log log10 log2 lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pi pow power printf
  quote rank replace round row_number rtrim sign sqrt strftime string_agg substr substring sum time timediff total trim trunc typeof unicode unixepoch upper`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

const read: ReadonlySet<number> = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ, constants.SQLITE_RECURSIVE]);

const database = new DatabaseSync(':memory:');
let mayMakeViews = false;

/**
 * A running query cannot be interrupted from its own thread: another thread ends the process, also if its server is gone. SQLite itself has
 * no memory limit, as Node builds it without statistics.
 */
function begin({ milliseconds, memory }: Extract<EngineOrder, { do: 'begin' }>): void {
  const end = "process.kill(process.pid, 'SIGKILL')";
  const isOver = `process.memoryUsage.rss() > ${String(memory)} || process.ppid !== ${String(process.ppid)}`;
  const watch = `setInterval(() => { if (${isOver}) ${end}; }, 10)`;
  new Worker(`${watch}; setTimeout(() => ${end}, ${String(milliseconds)})`, { eval: true });
  database.exec('pragma temp_store = memory');
}

/** From here on, only operations permitted to a query. */
function guard(): void {
  database.setAuthorizer((action, first, second) => {
    if (read.has(action)) return constants.SQLITE_OK;
    if (action === constants.SQLITE_FUNCTION)
      return functions.has((second ?? '').toLowerCase()) ? constants.SQLITE_OK : constants.SQLITE_DENY;
    if (!mayMakeViews) return constants.SQLITE_DENY;
    const isOfView = action === constants.SQLITE_CREATE_VIEW || action === constants.SQLITE_CREATE_TEMP_VIEW;
    const isRegister =
      [constants.SQLITE_INSERT, constants.SQLITE_UPDATE].includes(action) &&
      /^sqlite_(?:temp_)?(?:master|schema)$/.test(first ?? '');
    return isOfView || isRegister ? constants.SQLITE_OK : constants.SQLITE_DENY;
  });
}

let insert: ((row: readonly SQLInputValue[]) => void) | undefined;

function table({ name, columns }: Extract<EngineOrder, { do: 'table' }>): void {
  database.exec(`create table "${name}" (${columns.map((column) => `"${column.name}" ${column.type}`).join(', ')})`);
  const statement = database.prepare(`insert into "${name}" values (${columns.map(() => '?').join()})`);
  insert = (row) => void statement.run(...row);
}

function rows({ rows: given }: Extract<EngineOrder, { do: 'rows' }>): void {
  database.exec('begin');
  for (const row of given) insert!(row.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
  database.exec('commit');
}

/** SQLite compiles the first statement of a text, and passes over the others. */
function prepared(sql: string): ReturnType<DatabaseSync['prepare']> {
  const statement = database.prepare(sql);
  const rest = sql.slice(statement.sourceSQL.length).replace(/--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|[\s;]/g, '');
  if (rest !== '') throw new Error('there is more than one statement; a query is one SELECT');
  return statement;
}

function view({ name, sql }: Extract<EngineOrder, { do: 'view' }>): void {
  mayMakeViews = true;
  try {
    prepared(`create view "${name}" as ${sql}`).run();
  } finally {
    mayMakeViews = false;
  }
}

/** Rows that are sent at a time. */
const together = 500;

async function query({ sql, values, mostRows, mostBytes }: Extract<EngineOrder, { do: 'query' }>): Promise<void> {
  const statement = prepared(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  statement.setAllowUnknownNamedParameters(true);
  const columns = statement.columns();
  if (columns.length === 0) throw new Error('it has no columns; a query is one SELECT');
  await tell({ kind: 'columns', columns: columns.map(({ name, type }) => ({ name, type: type ?? '' })) });
  let part: ResultValue[][] = [];
  let [count, bytes] = [0, 0];
  for (const row of statement.iterate(values as Record<string, SQLInputValue>) as Iterable<unknown>) {
    const cells = (row as unknown[]).map(plain);
    count += 1;
    for (const cell of cells) bytes += typeof cell === 'string' ? cell.length : 8;
    if (count > mostRows || bytes > mostBytes) return tell({ kind: 'too-much', count });
    part.push(cells);
    if (part.length < together) continue;
    await tell({ kind: 'rows', rows: part });
    part = [];
  }
  await tell({ kind: 'rows', rows: part });
  await tell({ kind: 'end' });
}

function plain(value: unknown): ResultValue {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value as ResultValue;
}

function tell(answer: EngineAnswer): Promise<void> {
  return new Promise((told) => {
    process.send!(answer, undefined, undefined, () => {
      told();
    });
  });
}

async function obey(order: EngineOrder): Promise<void> {
  try {
    if (order.do === 'query') {
      await query(order);
      return;
    }
    if (order.do === 'begin') begin(order);
    else if (order.do === 'table') table(order);
    else if (order.do === 'rows') rows(order);
    else if (order.do === 'guard') guard();
    else view(order);
    await tell({ kind: 'done' });
  } catch (error) {
    await tell({ kind: 'fault', text: (error as Error).message });
  }
}

process.on('message', (order) => void obey(order as EngineOrder));
process.on('disconnect', () => process.exit(0));
