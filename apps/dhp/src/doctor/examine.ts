/** All checks of `dhp doctor`, one after the other. It changes nothing, and continues if a part cannot be reached. */
import type { SpreadFacts } from '@dhp/fhir-store/placement';
import { connect, schemaState, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { publicUrls, type Urls } from '../addresses.ts';
import { inspectRole, isRoleWell, roleInWords } from './role-state.ts';
import { connectionBudget } from '../connection-budget.ts';
import { openCommandDatabases, schemaOf, type Context } from '../context.ts';
import type { DatabaseName, Databases } from '../databases.ts';
import { secretKeyOf } from '../secret-key.ts';
import { servedEnvironments } from '../trail-heads.ts';
import { checkBackups } from './backup-checks.ts';
import { judgeArchive, judgeDatabase, judgeServer } from './database-checks.ts';
import { databaseFacts, serverFacts, type DatabaseFacts, type ServerFacts } from './database-facts.ts';
import { checkFiles } from './file-checks.ts';
import { finding, orWell, well, type Check, type Finding } from './finding.ts';
import { checkSecret, judgeKeys, keyAges } from './key-checks.ts';
import { certificatesOf, judgeCertificates, judgeReached, reachAll, type Reached } from './network-checks.ts';
import { checkReplicas } from './replica-checks.ts';
import { judgeShards } from './shard-checks.ts';
import { checkAddresses, checkData, checkProxy, checkSettings, freeOf, judgeDisk, told } from './node-checks.ts';

export interface Examination {
  readonly findings: readonly Finding[];
  readonly servers: readonly Reached[];
  readonly database?: ServerFacts;
  readonly databases: readonly { readonly name: DatabaseName; readonly facts: DatabaseFacts }[];
  /** Of databases that are distributed over nodes. */
  readonly spread: readonly { readonly name: DatabaseName; readonly facts: SpreadFacts }[];
  /** Free bytes of the disk of the data directory. */
  readonly free: number;
}

/** @param warnings that reading the settings made */
export async function examine(context: Context, warnings: readonly string[]): Promise<Examination> {
  const { settings, data } = context;
  const urls = publicUrls(settings, data.ports());
  const free = await freeOf(data.path);
  const [servers, certificates] = await Promise.all([reachAll(askedOf(context, urls)), certificatesOf(urls)]);
  const stored = await examineDatabases(context);
  return {
    findings: [
      ...checkSettings(settings, warnings),
      ...orWell('addresses', '', [...checkAddresses(settings, data.ports()), ...judgeReached(servers)]),
      ...checkProxy(settings),
      ...judgeCertificates(certificates, Date.now()),
      ...checkData(context),
      ...judgeDisk(data.path, free),
      ...stored.findings,
      ...(await checkBackups(context)),
      ...(await checkFiles(context)),
    ],
    servers,
    ...(stored.server && { database: stored.server }),
    databases: stored.databases,
    spread: stored.spread,
    free: free.bytes,
  };
}

/** The servers of this node, and those of other nodes with a configured address. */
function askedOf({ settings }: Context, urls: Urls): Readonly<Record<string, string>> {
  const roles = settings.DHP_ROLE ?? ['sso', 'fhir', 'portal'];
  const named = {
    ...{ sso: settings.DHP_SSO_URL, portal: settings.DHP_PORTAL_URL },
    ...{ playground: settings.DHP_PLAYGROUND_URL, production: settings.DHP_PRODUCTION_URL },
  };
  const roleOf = { sso: 'sso', portal: 'portal', playground: 'fhir', production: 'fhir' } as const;
  return Object.fromEntries(
    (Object.entries(urls) as [keyof typeof named, string][]).filter(
      ([name]) => named[name] !== undefined || roles.includes(roleOf[name]),
    ),
  );
}

interface Stored {
  readonly findings: Finding[];
  server?: ServerFacts;
  readonly databases: { readonly name: DatabaseName; readonly facts: DatabaseFacts }[];
  readonly spread: { readonly name: DatabaseName; readonly facts: SpreadFacts }[];
}

async function examineDatabases(context: Context): Promise<Stored> {
  const stored: Stored = { findings: [], databases: [], spread: [] };
  const { settings } = context;
  const about = settings.DATABASE_URL === undefined ? context.data.database : hostOf(settings.DATABASE_URL);
  let databases: Databases;
  try {
    databases = await openCommandDatabases(context);
  } catch (error) {
    stored.findings.push(away(about, error));
    return stored;
  }
  try {
    for (const name of ['sso', ...servedEnvironments(settings)] as const)
      await examineDatabase(name, { context, databases, about, stored }).catch((error: unknown) => {
        stored.findings.push(away(name, error));
      });
  } finally {
    await databases.close();
  }
  return stored;
}

interface Means {
  readonly context: Context;
  readonly databases: Databases;
  /** The database server. */
  readonly about: string;
  readonly stored: Stored;
}

async function examineDatabase(name: DatabaseName, { context, databases, about, stored }: Means): Promise<void> {
  const url = await databases.open(name);
  const sql = connect(url, {
    max: 1,
    applicationName: 'dhp doctor',
    direct: true,
    readOnly: true,
    statementTimeout: 10_000,
  });
  try {
    if (stored.server === undefined) {
      stored.server = await serverFacts(sql);
      stored.findings.push(
        ...judgeServer(about, stored.server),
        ...judgeArchive(about, stored.server, databases.embedded ? (context.settings.DHP_BACKUPS ?? '') : undefined),
        ...(await checkConnections(context, name, url)),
      );
    }
    const facts = await databaseFacts(sql);
    stored.databases.push({ name, facts });
    stored.findings.push(well('database', name), ...judgeDatabase(name, facts, stored.server.seesAll));
    stored.findings.push(...(await checkSchema(sql, name)));
    stored.findings.push(...(await unlessFails('roles', name, () => checkRole(databases, name, context))));
    if (name === 'sso') stored.findings.push(...(await unlessFails('keys', name, () => checkKeys(sql, context))));
    else {
      stored.findings.push(...(await unlessFails('shards', name, () => checkShards(sql, name, stored))));
      const addresses = context.settings.DHP_DATABASE_REPLICAS ?? [];
      stored.findings.push(
        ...(await unlessFails('replication', name, () => checkReplicas(name, { sql, url, addresses }))),
      );
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** @returns nothing for a database of one server */
async function checkShards(sql: Sql, name: DatabaseName, stored: Stored): Promise<readonly Finding[]> {
  const { spreadFacts } = await import('@dhp/fhir-store/placement');
  const facts = await spreadFacts(sql);
  if (facts === undefined) return [];
  stored.spread.push({ name, facts });
  return judgeShards(name, facts);
}

async function checkKeys(sql: Sql, context: Context): Promise<readonly Finding[]> {
  const secret = await checkSecret(sql, secretKeyOf(context));
  return [...secret, ...judgeKeys(await keyAges(sql), context.settings, Date.now())];
}

async function checkSchema(sql: Sql, name: DatabaseName): Promise<readonly Finding[]> {
  const state = await schemaState(sql, schemaOf(name));
  if (state.kind === 'current') return [well('schema', name)];
  const { behind, unfit } = told().schema;
  return [finding(['schema', 'fault', name], state.kind === 'behind' ? behind : unfit, { sentence: state.sentence })];
}

async function checkRole(databases: Databases, name: DatabaseName, context: Context): Promise<readonly Finding[]> {
  const policy = context.settings.DHP_DATABASE_ROLES ?? 'preferred';
  if (policy === 'off') return [finding(['roles', 'warning', name], told().roles.off, {})];
  const row = await inspectRole(databases, name, context);
  if (isRoleWell(row)) return [well('roles', name)];
  const level = policy === 'required' ? 'fault' : 'warning';
  return [finding(['roles', level, name], told().roles.differs, { role: row.role.name, state: roleInWords(row) })];
}

async function checkConnections(context: Context, name: DatabaseName, url: string): Promise<readonly Finding[]> {
  const { settings } = context;
  const found: Finding[] = [];
  const add = (level: 'warning' | 'fault', sentence: string): void => {
    found.push(finding(['connections', level, ''], told().connections, { sentence }));
  };
  const budget = connectionBudget({
    names: ['sso', ...servedEnvironments(settings)],
    workers: settings.DHP_WORKERS ?? 1,
    hasJobProcess: settings.DHP_JOBS === 'process',
    // The servers of this node are among the current users of connections.
    usesCount: false,
    warn: (sentence) => add('warning', sentence),
  });
  await budget.check(name, url).catch((error: unknown) => add('fault', (error as Error).message));
  return orWell('connections', '', found);
}

async function unlessFails(
  check: Check,
  about: string,
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [finding([check, 'unknown', about], told().failed, { reason: (error as Error).message })];
  }
}

function away(about: string, error: unknown): Finding {
  return finding(['database', 'fault', about], told().database, { reason: (error as Error).message });
}

function hostOf(url: string): string {
  return parseDatabaseUrl(url)
    .hosts.map(({ host, port }) => `${host}:${String(port)}`)
    .join(',');
}
