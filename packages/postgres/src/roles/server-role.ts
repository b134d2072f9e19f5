/**
 * The database role of one server: created or updated by the owner of the schema, who only migrates. docs/decisions/0023-database-roles.md
 */
import { setTimeout as delay } from 'node:timers/promises';
import { longestName, quotedName } from '../database.ts';
import { withAdvisoryLock } from '../advisory-lock.ts';
import type { Session, Sql } from '../driver/sql.ts';
import { isDenied, isLoggedIn, tryLogin, urlOfLogin } from './login.ts';
import { closeLargeObjects } from './maintenance-databases.ts';
import { bringToDeclaration, isNewer, statementsFor, type ServerSchema } from './apply-grants.ts';
import { applySettings, serverSettings, settingStatements, type RoleSettings } from './role-settings.ts';
import { scramVerifier } from './scram.ts';

export interface ServerRole {
  /** A plain lower-case identifier. */
  readonly name: string;
  /** Printable ASCII. */
  readonly password: string;
  /** Settings with which each session of the role begins in this database; default `serverSettings`. */
  readonly settings?: RoleSettings;
}

export interface ServerRoleOptions {
  /** A pool of the owner, in the database of the server. */
  readonly sql: Sql;
  /** The URL of the same database with the owner's login. */
  readonly url: string;
  readonly role: ServerRole;
  readonly schema: ServerSchema;
  /** Whether the role may be created, or its password reset, if needed: by a server that starts, not by a command. */
  readonly maySetUp: boolean;
  /**
   * Called before the role is created or its password set: rejects if the password was derived from a key that is not the installation's.
   */
  readonly confirm?: () => Promise<void>;
}

export type ServerLogin =
  | {
      readonly separate: true;
      /** The URL of the database with the login of the role. */
      readonly url: string;
      /** One sentence for each difference from the declared privileges that the owner could not repair; the server starts nevertheless. */
      readonly findings: readonly string[];
    }
  /** The role cannot be used; `reason` completes "…, because". */
  | { readonly separate: false; readonly reason: string };

/** The role has another password, and others use it. */
export class OtherPasswordError extends Error {
  override readonly name = 'OtherPasswordError';
}

/**
 * Creates the role if it is absent, grants the declared privileges, revokes all others, and logs in. It costs two statements and a
 * connection if nothing is to be done. Safe if several nodes do it at once.
 *
 * @throws OtherPasswordError if the role has another password and sessions are open: another node has another password; the error of
 * `confirm`
 */
export async function openServerRole(options: ServerRoleOptions): Promise<ServerLogin> {
  const { sql, url, role, schema, maySetUp, confirm } = options;
  if (Buffer.byteLength(role.name) > longestName) return notSeparate(`"${role.name}" is too long for a role's name`);
  const roleUrl = urlOfLogin(url, role.name, role.password);
  if (!(await isThere(sql, role.name))) {
    if (!maySetUp) return notSeparate(`the role ${role.name} is made by the next start of the platform`);
    await confirm?.();
    try {
      await withAdvisoryLock(sql, lockName, (connection) => createRole(connection, role));
    } catch (error) {
      if (!isDenied(error)) throw error;
      return notSeparate(`the user of DATABASE_URL may not create the role ${role.name}`);
    }
  }
  if (maySetUp) await withAdvisoryLock(sql, lockName, closeLargeObjects);
  const { usable, findings } = await bringToDeclaration(sql, role.name, schema);
  if (!usable) return notSeparate(`the user of DATABASE_URL may not grant ${role.name} what it needs`);
  findings.push(...(await applySettings(sql, role.name, role.settings ?? serverSettings)));
  findings.push(...(await surplusOf(sql, role.name)).map(({ words }) => words));

  const refusal = await tryLogin(roleUrl);
  if (refusal === undefined) return { separate: true, url: roleUrl, findings };
  if (!refusal.isPassword) return notSeparate(`the database refuses the login of ${role.name}: ${refusal.message}`);
  const misfit = `the password of the role ${role.name} is another one`;
  if (!maySetUp) return notSeparate(misfit);
  await confirm?.();
  try {
    await withAdvisoryLock(sql, lockName, (connection) => resetPassword(connection, role, roleUrl));
  } catch (error) {
    if (!isDenied(error)) throw error;
    return notSeparate(`${misfit} and the user of DATABASE_URL may not set it`);
  }
  const again = await tryLogin(roleUrl);
  if (again !== undefined) return notSeparate(`the database refuses the login of ${role.name}: ${again.message}`);
  return { separate: true, url: roleUrl, findings };
}

/** State of the role of a server; nothing is changed. */
export interface ServerRoleState {
  readonly isThere: boolean;
  /** Whether it logs in with the password; undefined if the role does not exist. */
  readonly logsIn: boolean | undefined;
  /** Statements that the owner must still run in the server's database. */
  readonly statements: readonly string[];
  readonly beyond: readonly RoleSurplus[];
}

/** An attribute or a membership that the role has beyond its login. */
export interface RoleSurplus {
  readonly words: string;
  /** Removes it. */
  readonly statement: string;
}

export async function inspectServerRole({
  sql,
  url,
  role,
  schema,
}: Omit<ServerRoleOptions, 'maySetUp' | 'confirm'>): Promise<ServerRoleState> {
  const there = await isThere(sql, role.name);
  const refusal = there ? await tryLogin(urlOfLogin(url, role.name, role.password)) : undefined;
  // If the migrations may not be read, the schema belongs to another user: it is given to the owner first.
  const isOfNewer = await isNewer(sql, schema).catch((error: unknown) => {
    if (isDenied(error)) return false;
    throw error;
  });
  return {
    isThere: there,
    logsIn: there ? refusal === undefined : undefined,
    statements: [
      ...(isOfNewer ? [] : await statementsFor(sql, role.name, schema)),
      ...(await settingStatements(sql, role.name, role.settings ?? serverSettings)),
    ],
    beyond: there ? await surplusOf(sql, role.name) : [],
  };
}

const lockName = 'dhp server role';

function notSeparate(reason: string): ServerLogin {
  return { separate: false, reason };
}

async function isThere(sql: Session, role: string): Promise<boolean> {
  return (await sql`select 1 from pg_roles where rolname = ${role}`).length > 0;
}

/** `create role` and `comment` take no parameters: the name is checked, the verifier has no quotes. */
async function createRole(sql: Session, { name, password }: ServerRole): Promise<void> {
  if (await isThere(sql, name)) return; // another node was faster
  await sql.unsafe(`create role ${quotedName(name)} login noinherit password '${scramVerifier(password)}'`);
  await noteChange(sql, name);
}

/** Seconds for which a password that was just set is left alone: the node that set it may not have logged in yet. */
const freshFor = 60;
/** Milliseconds to wait for sessions of a process that has just ended. */
const patience = 5_000;

/**
 * For a changed key. A node that runs with the old key would be locked out at its next connection, and would set its own password again at
 * its next start, so a role that is in use keeps its password.
 */
async function resetPassword(sql: Session, role: ServerRole, roleUrl: string): Promise<void> {
  if ((await tryLogin(roleUrl)) === undefined) return; // another node was faster
  const inUse = async (): Promise<boolean> => (await isLoggedIn(sql, role.name)) || isFresh(sql, role.name);
  const deadline = Date.now() + patience;
  while (await inUse()) {
    if (Date.now() >= deadline) {
      throw new OtherPasswordError(
        `The database role ${role.name} has another password than this node, and is in use: another node, or a pooler, is logged in with it. ` +
          'All nodes have the same DHP_SECRET_KEY, or the same password for the role. To change it, stop all nodes first',
      );
    }
    await delay(250);
  }
  await sql.unsafe(`alter role ${quotedName(role.name)} password '${scramVerifier(role.password)}'`);
  await noteChange(sql, role.name);
}

const noted = /password of (\S+)$/;

async function noteChange(sql: Session, role: string): Promise<void> {
  const [row] = await sql<
    { now: string }[]
  >`select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as now`;
  await sql.unsafe(`comment on role ${quotedName(role)} is 'A server of the platform, password of ${row!.now}'`);
}

async function isFresh(sql: Session, role: string): Promise<boolean> {
  const [row] = await sql<{ note: string | null; now: Date }[]>`
    select shobj_description(oid, 'pg_authid') as note, now() as now from pg_roles where rolname = ${role}`;
  const changed = noted.exec(row?.note ?? '')?.[1];
  return changed !== undefined && row !== undefined && row.now.getTime() - Date.parse(changed) < freshFor * 1000;
}

/** A role that was created by hand may have additional rights. */
async function surplusOf(sql: Session, role: string): Promise<RoleSurplus[]> {
  const [row] = await sql<{ name: string; attributes: string[] }[]>`
    select quote_ident(rolname) as name, array_remove(array[
      case when rolsuper then 'nosuperuser' end, case when rolcreaterole then 'nocreaterole' end,
      case when rolcreatedb then 'nocreatedb' end, case when rolreplication then 'noreplication' end,
      case when rolbypassrls then 'nobypassrls' end], null) as attributes
    from pg_roles where rolname = ${role}`;
  if (row === undefined) return [];
  const { name, attributes } = row;
  const memberships = await sql<{ group: string; statement: string }[]>`
    select g.rolname::text as "group", format('revoke %I from %I granted by %I', g.rolname, ${role}::text, a.rolname) as statement
    from pg_auth_members m
    join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid join pg_roles a on a.oid = m.grantor
    where r.rolname = ${role}
    order by 1, 2`;
  return [
    ...(attributes.length > 0
      ? [{ words: `${role} has attributes beyond LOGIN`, statement: `alter role ${name} ${attributes.join(' ')}` }]
      : []),
    ...memberships.map(({ group, statement }) => ({ words: `${role} is a member of ${group}`, statement })),
  ];
}
