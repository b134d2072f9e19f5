/** The table of requests in the database of a server, written and read. */
import type { Session, Sql } from '@dhp/postgres';
import type { LoggedIssue, LoggedRequest } from './logged-request.ts';
import type { LogBucket, LogPage, RequestLogStore } from './page.ts';
import type { LogQuestion } from './question.ts';

export interface StoreOptions {
  readonly writes: Sql;
  readonly reads: Session;
  /** The schema of the server, which has `request_log`, `request_log_day` and `prepare_request_log`. */
  readonly schema: 'fhir' | 'sso';
}

/** Issues of one request, and characters of a text, that are stored. */
const mostIssues = 5;
const longestText = 500;
const longestAddress = 1_000;
/** Rows that one trimming removes. */
const trimmed = 20_000;

export function openRequestLogStore({ writes, reads, schema }: StoreOptions): RequestLogStore {
  const names = namesIn(writes, schema);
  return {
    async prepare() {
      await writes`select ${names.prepare}()`.raw();
    },
    store: (requests, dropped) => insert(writes, names, requests, dropped),
    trim: (most) => trim(writes, names, most),
    read: (question) => read(reads, names, question),
  };
}

const namesIn = (sql: Session, schema: string) => ({
  log: sql(`${schema}.request_log`),
  days: sql(`${schema}.request_log_day`),
  prepare: sql(`${schema}.prepare_request_log`),
});

type Names = ReturnType<typeof namesIn>;

/** The commit does not wait for the disk: no request should wait to protect these rows from a crash. */
async function insert(
  sql: Sql,
  { log, days }: Names,
  requests: readonly LoggedRequest[],
  dropped: ReadonlyMap<string, number>,
): Promise<void> {
  const now = Date.now();
  const kept = requests.map(rowOf);
  const lost = [...dropped].map(([client, count]) => ({ recorded: requests[0]?.time ?? now, client, count }));
  await sql`
    with fleeting as materialized (
      select set_config('synchronous_commit', 'off', true)
    ), given as (
      select to_timestamp(g.recorded / 1e3::float8) as recorded, g.tie, g.client, g.method, g.path, g.query, g.status,
             g.microseconds, g.request_id, g.entry, g.issues
      from fleeting, jsonb_to_recordset(${sql.json(kept)}) as g (
        recorded float8, tie bigint, client text, method text, path text, query text, status smallint,
        microseconds int, request_id text, entry int, issues jsonb)
    ), stored as (
      insert into ${log} (recorded, tie, client, method, path, query, status, microseconds, request_id, entry, issues)
      select * from given returning recorded, client
    ), lost as (
      select to_timestamp(l.recorded / 1e3::float8) as recorded, l.client, l.count
      from jsonb_to_recordset(${sql.json(lost)}) as l (recorded float8, client text, count int)
    ), counted as (
      select (recorded at time zone 'UTC')::date as day, client, 1 as kept, 0 as dropped from stored
      union all
      select (recorded at time zone 'UTC')::date, client, 0, count from lost
    )
    insert into ${days} as d (day, client, kept, dropped)
    select day, client, sum(kept), sum(dropped) from counted group by day, client order by day, client
    on conflict (day, client) do update set kept = d.kept + excluded.kept, dropped = d.dropped + excluded.dropped`.raw();
}

function rowOf({ time, milliseconds, issues, requestId, ...rest }: LoggedRequest): object {
  return {
    ...{ recorded: Math.round(time), tie: Math.floor(Math.random() * 1e15), client: clean(rest.client, 200) },
    ...{ method: clean(rest.method, 20), path: clean(rest.path, longestAddress) },
    query: rest.query === undefined ? null : clean(rest.query, longestAddress),
    status: rest.status ?? null,
    microseconds: milliseconds === undefined ? null : Math.min(Math.round(milliseconds * 1000), 2 ** 31 - 1),
    request_id: requestId === undefined ? null : clean(requestId, 128),
    entry: rest.entry ?? null,
    issues: issues.length === 0 ? null : issues.slice(0, mostIssues).map(issueOf),
  };
}

function issueOf({ severity, code, error, text, expression }: LoggedIssue): object {
  return {
    ...{ severity: clean(severity, 20), code: clean(code, 60), text: clean(text, longestText) },
    ...(error !== undefined && { error: clean(error, 60) }),
    ...(expression !== undefined && { expression: clean(expression, longestText) }),
  };
}

/** The database accepts every text except one with U+0000 or a lone surrogate. */
const clean = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll('\0', '\ufffd').toWellFormed();

async function trim(sql: Sql, { log, days }: Names, most: number): Promise<number> {
  const [row] = await sql<{ removed: number }[]>`
    with excess as materialized (
      select day, client, kept - ${most}::int as count from ${days} where kept > ${most}::int order by day, client limit 100
    ), oldest as materialized (
      select e.day, o.* from excess e, lateral (
        select l.client, l.recorded, l.tie from ${log} l
        where l.client = e.client and l.recorded >= e.day::timestamp at time zone 'UTC'
          and l.recorded < (e.day + 1)::timestamp at time zone 'UTC'
        order by l.recorded, l.tie limit least(e.count, ${trimmed}::int)
      ) o
    ), gone as (
      delete from ${log} l using oldest o
      where l.client = o.client and l.recorded = o.recorded and l.tie = o.tie
      returning o.day, l.client
    ), counted as (
      update ${days} d set kept = d.kept - g.count, dropped = d.dropped + g.count
      from (select day, client, count(*)::int as count from gone group by day, client) g
      where d.day = g.day and d.client = g.client
    )
    select count(*)::int as removed from gone`;
  return row!.removed;
}

interface StoredRow {
  recorded: Date;
  tie: string;
  client: string;
  method: string;
  path: string;
  query: string | null;
  status: number | null;
  microseconds: number | null;
  request_id: string | null;
  entry: number | null;
  issues: LoggedIssue[] | null;
}

/** Rows that match the question, on all pages. */
function matching(sql: Session, { client, from, to, classes, path, requestId }: LogQuestion): ReturnType<Session> {
  return sql`l.client = ${client} and l.recorded >= ${new Date(from)} and l.recorded < ${new Date(to)}
    and (${classes.length === 0} or coalesce(l.status / 100, 0) = any(${`{${classes.join(',')}}`}::int[]))
    and (${path === ''} or position(lower(${path}) in lower(l.path)) > 0)
    and (${requestId === ''} or l.request_id = ${requestId})`;
}

async function read(sql: Session, names: Names, question: LogQuestion): Promise<LogPage> {
  const [rows, buckets, dropped] = await Promise.all([
    selectRows(sql, names, question),
    selectBuckets(sql, names, question),
    selectDropped(sql, names, question),
  ]);
  const shown = rows.slice(0, question.limit);
  const last = shown.at(-1);
  const next = rows.length > shown.length && last !== undefined ? `${String(+last.recorded)}-${last.tie}` : null;
  return { requests: shown.map(requestOf), next, buckets, stretch: question.stretch, dropped };
}

function selectRows(sql: Session, { log }: Names, question: LogQuestion): Promise<StoredRow[]> {
  const { before, limit } = question;
  const behind =
    before === undefined ? sql`` : sql`and (l.recorded, l.tie) < (${new Date(before.time)}, ${before.tie}::bigint)`;
  return sql<StoredRow[]>`
    select l.recorded, l.tie::text as tie, l.client, l.method, l.path, l.query, l.status, l.microseconds, l.request_id, l.entry,
           l.issues
    from ${log} l where ${matching(sql, question)} ${behind}
    order by l.recorded desc, l.tie desc limit ${limit + 1}`;
}

async function selectBuckets(sql: Session, { log }: Names, question: LogQuestion): Promise<LogBucket[]> {
  const rows = await sql<(Omit<LogBucket, 'from'> & { from: Date })[]>`
    select date_bin(make_interval(secs => ${question.stretch / 1000}), l.recorded, '2000-01-01T00:00:00Z'::timestamptz) as "from",
           count(*) filter (where l.status < 400)::int as fine,
           count(*) filter (where l.status between 400 and 499)::int as refused,
           count(*) filter (where l.status >= 500 or l.status is null)::int as failed,
           percentile_disc(0.5) within group (order by l.microseconds) / 1e3::float8 as half,
           percentile_disc(0.95) within group (order by l.microseconds) / 1e3::float8 as most
    from ${log} l where ${matching(sql, question)} group by 1 order by 1`;
  return rows.map((row) => ({ ...row, from: +row.from }));
}

async function selectDropped(sql: Session, { days }: Names, { client, from, to }: LogQuestion): Promise<number> {
  const [row] = await sql<{ dropped: number }[]>`
    select coalesce(sum(dropped), 0)::int as dropped from ${days}
    where client = ${client} and day between (${new Date(from)} at time zone 'UTC')::date and (${new Date(to)} at time zone 'UTC')::date`;
  return row!.dropped;
}

function requestOf(row: StoredRow): LoggedRequest {
  return {
    ...{ time: +row.recorded, client: row.client, method: row.method, path: row.path, query: row.query ?? undefined },
    status: row.status ?? undefined,
    milliseconds: row.microseconds === null ? undefined : row.microseconds / 1000,
    ...{ requestId: row.request_id ?? undefined, entry: row.entry ?? undefined, issues: row.issues ?? [] },
  };
}
