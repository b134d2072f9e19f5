/**
 * How many connections the servers of this node may open to the database server, computed from the tables that the pools take their sizes
 * from, and compared with what the database server allows. Where it allows fewer, requests would fail under load with "too many
 * connections"; an operator should know at the start.
 */
import { servingConnections, temporaryConnections } from '@dhp/fhir-store/connections';
import { connect, parseDatabaseUrl } from '@dhp/postgres';
import { DatabaseError } from './database-error.ts';
import type { DatabaseName } from './databases.ts';

/** Connections of one process of the SSO, by the name of their pool in `pg_stat_activity`. Reads go on while commits wait. */
export const ssoConnections = { 'dhp sso': 4, 'dhp sso reads': 1 } as const;
/** Connections that hold the lock of a process that fills the playground. */
export const seedConnections = 1;
/** Connections of `dhp start` itself while it migrates. */
const startConnections = 2;

export interface Need {
  /** Connections that serving takes under load. */
  readonly serving: number;
  /** Those, and the ones of indexing, seeding and packages. */
  readonly most: number;
}

const sum = (table: Readonly<Record<string, number>>): number => Object.values(table).reduce((a, b) => a + b, 0);

/** What one process of a server needs. */
export function needOfProcess(name: DatabaseName): Need {
  if (name === 'sso') return { serving: sum(ssoConnections), most: sum(ssoConnections) };
  const serving = sum(servingConnections);
  return { serving, most: serving + sum(temporaryConnections) + (name === 'playground' ? seedConnections : 0) };
}

/** What all processes of these servers need on one node. */
export function needOf(names: readonly DatabaseName[], workers: number): Need {
  const needs = names.map(needOfProcess);
  return {
    serving: workers * needs.reduce((total, need) => total + need.serving, 0),
    most: workers * needs.reduce((total, need) => total + need.most, 0),
  };
}

/** `max_connections` of an embedded server for these servers: twenty more are for commands, and PostgreSQL reserves three. */
export function embeddedConnections(names: readonly DatabaseName[], workers: number): number {
  return Math.max(200, needOf(names, workers).most + startConnections + 23);
}

export interface BudgetOptions {
  /** The servers of this node that have a database. */
  readonly names: readonly DatabaseName[];
  readonly workers: number;
  readonly warn: (sentence: string) => void;
}

export interface ConnectionBudget {
  /**
   * Compares the need with the limits of the database server, at the first call, and with those of the server's role and database.
   * Warns where indexing beside full load, or what others use now, may go beyond them.
   * @param url with which the server of this part works
   * @throws DatabaseError where serving alone needs more than a limit allows
   */
  check(name: DatabaseName, url: string): Promise<void>;
}

interface Limits {
  readonly usable: number;
  readonly used: number;
  readonly role: number;
  readonly database: number;
}

export function connectionBudget({ names, workers, warn }: BudgetOptions): ConnectionBudget {
  const advice = workers > 1 ? 'Raise the limit or lower DHP_WORKERS' : 'Raise the limit';
  const judge = (what: string, limit: number, { serving, most }: Need): void => {
    const needs = `the servers of this node may open ${String(most)} connections, ${String(serving)} of them to serve`;
    if (serving > limit)
      throw new DatabaseError(`${what}, but ${needs}. ${advice} (docs/configuration.md, "How many connections").`);
    if (most > limit)
      warn(`${what}, but ${needs}. ${advice} (docs/configuration.md, "How many connections"), or requests may fail.`);
  };
  /** Servers without a role of their own share the login of DATABASE_URL and its limit. */
  const byRole = new Map<string, DatabaseName[]>();
  let isFirst = true;
  return {
    async check(name, url) {
      const { usable, used, role, database } = await limitsOf(url);
      if (isFirst) {
        const { serving, most } = needOf(names, workers);
        const all = { serving, most: most + startConnections };
        judge(
          `The database server has ${String(usable)} connections for ordinary roles (max_connections)`,
          usable,
          all,
        );
        if (all.most <= usable && all.most > usable - used)
          warn(
            `The database server has ${String(usable)} connections for ordinary roles (max_connections), and others use ${String(used)} of them now, but the servers of this node may open ${String(all.most)}. ${advice} (docs/configuration.md, "How many connections"), or requests may fail.`,
          );
      }
      isFirst = false;
      const user = parseDatabaseUrl(url).user ?? '';
      const sharing = [...(byRole.get(user) ?? []), name];
      byRole.set(user, sharing);
      if (role >= 0) judge(`The role ${user} may have ${String(role)} connections`, role, needOf(sharing, workers));
      if (database >= 0)
        judge(
          `The database of the ${name} may have ${String(database)} connections`,
          database,
          needOf([name], workers),
        );
    },
  };
}

/** -1 stands for no limit, as in PostgreSQL. */
async function limitsOf(url: string): Promise<Limits> {
  const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
  try {
    const [row] = await sql<Limits[]>`
      select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true)::int, 0) as usable,
        (select coalesce(sum(numbackends), 1) - 1 from pg_stat_database)::int as used,
        (select case when rolsuper then -1 else rolconnlimit end from pg_roles where rolname = current_user) as role,
        (select datconnlimit from pg_database where datname = current_database()) as database`;
    return row!;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
