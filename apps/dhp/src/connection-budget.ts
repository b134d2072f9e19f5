/**
 * Computes the number of connections that the servers of this node may open, from the tables of pool sizes, and compares it with the limit
 * of the database server. With a lower limit, requests would fail under load with "too many connections"; an operator should know at the
 * start.
 */
import { servingConnections, servingConnectionsOf, temporaryConnections } from '@dhp/fhir-store/connections';
import { connect } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { inspectPoolers, type PoolerLimits } from '@dhp/postgres/pooler';
import { DatabaseError } from './database-error.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { DatabaseName } from './databases.ts';

/**
 * Connections of the only process of an SSO on its node, by the name of their pool in `pg_stat_activity`. Reads continue while commits
 * wait.
 */
const ssoConnections = { 'dhp sso': 4, 'dhp sso reads': 3 } as const;

/** The same for one of several processes, which together have as many writers; a second reader keeps a long list from delaying others. */
export function ssoConnectionsOf(processes: number): Readonly<Record<keyof typeof ssoConnections, number>> {
  return processes === 1 ? ssoConnections : { 'dhp sso': 2, 'dhp sso reads': 2 };
}

/** Connections that hold the lock of a process that fills the playground. */
export const seedConnections = 1;
/** A connection of each process that writes, while commits are blocked: a commit is tried until one is confirmed. */
const triedCommits = 1;
/** Connections of `dhp start` itself: while it migrates, and later to listen for the log level and to read it. */
const startConnections = 2;

export interface Need {
  /** Connections that serving needs under load. */
  readonly serving: number;
  /** These plus the ones of indexing, seeding and packages. */
  readonly most: number;
}

const sum = (table: Readonly<Record<string, number>>): number => Object.values(table).reduce((a, b) => a + b, 0);

/** @returns the connections of one process of a server. @param workers processes that the server has on this node */
export function needOfProcess(name: DatabaseName, workers: number): Need {
  if (name === 'sso') {
    const serving = sum(ssoConnectionsOf(workers));
    return { serving, most: serving + triedCommits };
  }
  const serving = sum(servingConnectionsOf(workers));
  return {
    serving,
    most: serving + triedCommits + sum(temporaryConnections) + (name === 'playground' ? seedConnections : 0),
  };
}

/**
 * The connections that a node opens directly to PostgreSQL although a pooler is set: for the locks of seeding and of packages, for
 * notifications of jobs, and one for each process to check a silent server, and one to try a commit while they are blocked.
 */
export function directNeedOf(names: readonly DatabaseName[], workers: number, hasJobProcess = false): number {
  const need = (name: DatabaseName): number => {
    if (name === 'sso') return 1 + triedCommits;
    const { packages } = temporaryConnections;
    return 1 + triedCommits + servingConnections.hints + packages + (name === 'playground' ? seedConnections : 0);
  };
  return names.reduce((total, name) => total + countOf(name, workers, hasJobProcess) * need(name), 0);
}

/** Processes of a server on a node. @param hasJobProcess each FHIR environment has one more, which runs jobs */
function countOf(name: DatabaseName, workers: number, hasJobProcess: boolean): number {
  return workers + (hasJobProcess && name !== 'sso' ? 1 : 0);
}

/** @returns the connections of all processes of these servers on one node */
export function needOf(names: readonly DatabaseName[], workers: number, hasJobProcess = false): Need {
  const needs = names.map((name) => ({
    ...needOfProcess(name, workers),
    count: countOf(name, workers, hasJobProcess),
  }));
  return {
    serving: needs.reduce((total, { serving, count }) => total + count * serving, 0),
    most: needs.reduce((total, { most, count }) => total + count * most, 0),
  };
}

/** `max_connections` of an embedded server for these servers: twenty more are for commands, and PostgreSQL reserves three. */
export function embeddedConnections(names: readonly DatabaseName[], workers: number, hasJobProcess = false): number {
  return Math.max(200, needOf(names, workers, hasJobProcess).most + startConnections + 23);
}

export interface BudgetOptions {
  /** The servers of this node that have a database. */
  readonly names: readonly DatabaseName[];
  readonly workers: number;
  /** Whether each FHIR environment has one more process, for jobs. */
  readonly hasJobProcess?: boolean;
  readonly warn: (sentence: string) => void;
  /** Whether connections in use belong to others (default), as is the case before the servers of this node start. */
  readonly usesCount?: boolean;
}

export interface ConnectionBudget {
  /**
   * Tests the poolers that the URL names, and compares the need with their limits, as far as the login may read them.
   *
   * Compares the need with the limits of the database server, at the first call, and with those of the server's role and database. Warns if
   * indexing during full load, or current use by others, may exceed them.
   * @param url with which the server of this part works
   * @throws DatabaseError if serving alone needs more than a limit allows, or a pooler cannot be used
   */
  check(name: DatabaseName, url: string): Promise<void>;
}

interface Limits {
  readonly usable: number;
  /** Connections of `max_connections` that PostgreSQL reserves for superusers and reserved roles. */
  readonly reserved: number;
  readonly used: number;
  readonly role: number;
  readonly database: number;
}

/** A setting of the database server or of a pooler, and the value that it needs. */
interface Cure {
  readonly setting: string;
  readonly value: number;
}

export function connectionBudget({
  names,
  workers,
  hasJobProcess,
  warn,
  usesCount = true,
}: BudgetOptions): ConnectionBudget {
  const said = operationMessages[spokenLanguage()].connections;
  /**
   * @param part of the servers to which the limit applies
   * @param beside connections that the limit must allow in addition to those of the servers
   * @returns advice with values of settings that fit
   */
  const cure = ({ setting, value }: Cure, part: readonly DatabaseName[], limit: number, beside = 0): string => {
    const fitting = Array.from({ length: workers - 1 }, (_, n) => workers - 1 - n).find(
      (fewer) => needOf(part, fewer, hasJobProcess).serving + beside <= limit,
    );
    return said.set({ setting, value, workers: fitting });
  };
  const judge = (what: string, limit: number, { serving, most }: Need, advice: string): void => {
    const values = { limit: what, need: said.need({ most, serving }), advice };
    if (serving > limit) throw new DatabaseError(said.fewToServe(values));
    if (most > limit) warn(said.few(values));
  };
  /** Servers without a separate role share the login of DATABASE_URL and its limit. */
  const byRole = new Map<string, DatabaseName[]>();
  let isFirst = true;
  /** Sessions of the server that poolers may open, for the databases that were checked. */
  let pooledSessions = 0;
  const checkPoolers = async (url: string, limits: Limits): Promise<void> => {
    const pools = await poolersOf(url);
    const serving = needOf(names, workers, hasJobProcess);
    for (const { pooler, clients } of pools)
      judge(
        said.pooler({ pooler, clients }),
        clients,
        serving,
        cure({ setting: 'max_client_conn', value: serving.most }, names, clients),
      );
    const sessions = pools.reduce((sum, pool) => sum + pool.sessions, 0);
    pooledSessions += sessions;
    const needed = pooledSessions + directNeedOf(names, workers, hasJobProcess) + startConnections;
    const { usable, role, database } = limits;
    const advice = said.poolerAdvice;
    if (needed > usable) {
      const direct = needed - pooledSessions;
      warn(said.poolersAndServer({ usable, sessions: pooledSessions, direct, advice }));
    }
    const user = parseDatabaseUrl(url).user ?? '';
    if (role >= 0 && sessions > role) warn(said.poolersAndRole({ user, limit: role, sessions, advice }));
    if (database >= 0 && sessions > database)
      warn(said.poolersAndDatabase({ user, limit: database, sessions, advice }));
  };
  return {
    async check(name, url) {
      const limits = await limitsOf(url);
      if (parseDatabaseUrl(url).pooler !== undefined) return checkPoolers(url, limits);
      const { usable, reserved, role, database } = limits;
      const used = usesCount ? limits.used : 0;
      if (isFirst) {
        const { serving, most } = needOf(names, workers, hasJobProcess);
        const all = { serving, most: most + startConnections };
        const others = all.most > usable ? 0 : used;
        const raise = { setting: 'max_connections', value: all.most + reserved + others };
        const advice = cure(raise, names, usable - others, startConnections);
        judge(said.server({ usable }), usable, all, advice);
        if (all.most <= usable && all.most > usable - used) warn(said.others({ usable, used, most: all.most, advice }));
      }
      isFirst = false;
      const user = parseDatabaseUrl(url).user ?? '';
      const sharing = [...(byRole.get(user) ?? []), name];
      byRole.set(user, sharing);
      const limitTo = (kind: 'role' | 'database', of: string, limit: number, part: readonly DatabaseName[]): void => {
        const need = needOf(part, workers, hasJobProcess);
        const setting = said.limitOf({ kind, name: of });
        const title = kind === 'role' ? said.role({ role: of, limit }) : said.database({ name, limit });
        judge(title, limit, need, cure({ setting, value: need.most }, part, limit));
      };
      if (role >= 0) limitTo('role', user, role, sharing);
      if (database >= 0) limitTo('database', parseDatabaseUrl(url).database ?? '', database, [name]);
    },
  };
}

/** -1 means no limit, as in PostgreSQL. */
async function limitsOf(url: string): Promise<Limits> {
  const sql = connect(url, { max: 1, applicationName: 'dhp setup', direct: true });
  try {
    const [row] = await sql<Limits[]>`
      with reserved (count) as (
        select current_setting('superuser_reserved_connections')::int
          + coalesce(current_setting('reserved_connections', true)::int, 0)
      )
      select current_setting('max_connections')::int - reserved.count as usable, reserved.count as reserved,
        (select coalesce(sum(numbackends), 1) - 1 from pg_stat_database)::int as used,
        (select case when rolsuper then -1 else rolconnlimit end from pg_roles where rolname = current_user) as role,
        (select datconnlimit from pg_database where datname = current_database()) as database
      from reserved`;
    return row!;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The limits of the poolers of a URL, as far as they report them. @throws DatabaseError for one that cannot be used */
async function poolersOf(url: string): Promise<({ pooler: string } & PoolerLimits)[]> {
  const reports = await inspectPoolers(url);
  return reports.flatMap(({ pooler, fault, limits }) => {
    if (fault !== undefined) throw new DatabaseError(fault);
    return limits === undefined ? [] : [{ pooler, ...limits }];
  });
}
