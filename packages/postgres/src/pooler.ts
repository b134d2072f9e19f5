/**
 * Tests whether a pooler provides what the platform needs: PgBouncer 1.21 or later in transaction mode that keeps prepared statements. Few
 * may read its settings, so its behaviour is tested.
 */
import { parseDatabaseUrl, type DatabaseAddress } from './address.ts';
import { ConnectionError, PostgresError } from './driver/errors.ts';
import type { Login } from './driver/handshake.ts';
import type { Link } from './driver/link.ts';
import { Lead } from './driver/lead.ts';
import { openLink, placesOf, poolersOf, type Places } from './driver/places.ts';
import { Query, type Row } from './driver/query.ts';

export interface PoolerReport {
  /** `host:port` */
  readonly pooler: string;
  /** Reason why it cannot be used; the sentence begins with the pooler. */
  readonly fault?: string;
  /** Limits from the console of the pooler, if the login is one of its `stats_users`. */
  readonly limits?: PoolerLimits;
}

export interface PoolerLimits {
  /** `max_client_conn`: connections of all clients together. */
  readonly clients: number;
  /** The most sessions of the server that it opens for the login in the database, including reserved ones. */
  readonly sessions: number;
}

const timeout = 5_000;
/** The text by which a statement is found again. */
const sample = "select 'a statement of dhp that is kept prepared' as sample";

/** @param url with `pooler=`; the server itself must be reached. @returns a report for each of its poolers */
export async function inspectPoolers(url: string): Promise<PoolerReport[]> {
  const address = parseDatabaseUrl(url);
  const poolers = poolersOf(address);
  if (poolers === undefined) return [];
  const expected = await withLink(placesOf(address), loginOf(address), whoAnswers);
  const reports: PoolerReport[] = [];
  for (const place of poolers.all) {
    const one: Places = { ...poolers, all: [place], lead: new Lead() };
    const pooler = `${place.host}:${String(place.port)}`;
    const fault = await withLink(one, loginOf(address), (link) => faultOf(link, expected)).catch(refusal);
    const limits = fault === undefined ? await limitsOf(one, address) : undefined;
    reports.push({
      pooler,
      ...(fault !== undefined && { fault: `The pooler ${pooler} ${fault}` }),
      ...(limits !== undefined && { limits }),
    });
  }
  return reports;
}

function loginOf({ user, password, database }: DatabaseAddress): Login {
  return { user, password, database, settings: { application_name: 'dhp setup' } };
}

async function withLink<T>(places: Places, login: Login, work: (link: Link) => Promise<T>): Promise<T> {
  const nothing = (): void => undefined;
  const callbacks = { onIdle: nothing, onProgress: nothing, onClose: nothing, onAbandoned: nothing };
  const link = await openLink(places, login, { timeout, callbacks });
  const timer = setTimeout(() => {
    link.destroy('STATEMENT_DEADLINE', `No answer within ${String(timeout)} ms`);
  }, timeout);
  try {
    return await work(link);
  } finally {
    clearTimeout(timer);
    link.end();
  }
}

function run(link: Link, text: string, how: 'simple' | 'prepared' = 'simple'): PromiseLike<Row[]> {
  const send = (query: Query): void => link.send(query, { mayCommit: false, isLocal: false });
  return new Query<Row[]>(send, [text], [], { isSimple: how === 'simple' });
}

/** Server, database and login, as one text. */
async function whoAnswers(link: Link): Promise<string> {
  const [row] = await run(
    link,
    `select concat_ws(' ', extract(epoch from pg_postmaster_start_time()), oid, current_user) as name
     from pg_database where datname = current_database()`,
  );
  return row!['name'] as string;
}

/** @returns the fault, as the rest of a sentence */
async function faultOf(link: Link, expected: string): Promise<string | undefined> {
  await run(link, 'begin');
  if ((await whoAnswers(link)) !== expected)
    return 'leads to another server or database than DATABASE_URL, or logs in as another role.';
  const statement = (await run(link, sample, 'prepared').then(
    () => run(link, preparedNames),
    (error: unknown) => {
      // The name is taken by the statement of another client.
      if (error instanceof PostgresError && error.code === '42P05') return [];
      throw error;
    },
  )) as { name: string; process: number }[];
  const isItself = statement[0]?.process === link.backend;
  const isRenamed = statement.some(({ name }) => !/^s\d+$/.test(name));
  if (!isItself && !isRenamed) {
    if (statement.length > 0) await run(link, 'deallocate s1');
    return 'keeps no prepared statements; it has to be PgBouncer 1.21 or later with max_prepared_statements above 0 (docs/pooler.md).';
  }
  await run(link, 'rollback');
  return undefined;
}

const preparedNames = `
  select name, pg_backend_pid() as process from pg_prepared_statements where statement = '${sample.replaceAll("'", "''")}'`;

function refusal(error: unknown): string {
  if (error instanceof PostgresError || error instanceof ConnectionError) return `cannot be used: ${error.message}.`;
  throw error;
}

/** From PgBouncer's console; undefined if the login may not use it. */
async function limitsOf(places: Places, address: DatabaseAddress): Promise<PoolerLimits | undefined> {
  const login = { ...loginOf(address), database: 'pgbouncer' };
  try {
    return await withLink(places, login, async (link) => {
      const settings = new Map((await run(link, 'show config')).map(({ key, value }) => [String(key), Number(value)]));
      const databases = await run(link, 'show databases');
      const own = databases.find(({ name }) => name === address.database);
      const size = Number(own?.['pool_size'] ?? settings.get('default_pool_size'));
      const reserve = Number(own?.['reserve_pool_size'] ?? settings.get('reserve_pool_size') ?? 0);
      return { clients: settings.get('max_client_conn') ?? 0, sessions: size + reserve };
    });
  } catch (error) {
    if (error instanceof PostgresError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}
