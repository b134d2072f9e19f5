/** `dhp database roles`: how the database role of each server stands, and what an administrator of the database runs to make it so. */
import { quotedName, connect, schemaState } from '@dhp/postgres';
import { inspectServerRole, scramVerifier, type ServerRole, type ServerRoleState } from '@dhp/postgres/roles';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext, schemaIn, schemaOf, type Context } from '../context.ts';
import type { DatabaseName, Databases } from '../databases.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import { progressOn, silent } from '../progress.ts';
import { DatabaseError } from '../database-error.ts';
import { confirmSecretKey, secretKeyOf } from '../secret-key.ts';
import { serverRole } from '../server-login.ts';
import { ConfigurationError } from '../settings/setting.ts';
import { json, print, table } from './shared.ts';

export interface RoleRow {
  readonly database: string;
  readonly role: ServerRole;
  readonly state: ServerRoleState;
  /** False where the user of DATABASE_URL may not read the SSO's keys, as before the SSO's tables are its own. */
  readonly isKeyConfirmed: boolean;
}

export async function inspectRole(databases: Databases, name: DatabaseName, context: Context): Promise<RoleRow> {
  const url = await databases.open(name);
  const role = serverRole({ name, url }, context);
  if (role === undefined) throw new ConfigurationError(operationMessages[spokenLanguage()].database.needsKey);
  const key = secretKeyOf(context);
  const compare = (): Promise<void> => (key === undefined ? Promise.resolve() : confirmSecretKey(name, url, key));
  const isKeyConfirmed = (await unlessDenied(compare)) !== denied;
  const sql = connect(url, { max: 1, applicationName: 'dhp' });
  try {
    const schema = await unlessDenied(() => schemaState(sql, schemaOf(name)));
    if (schema !== denied && schema.kind === 'behind') throw new DatabaseError(`${schema.sentence}.`);
    const declared = await unlessDenied(() => schemaIn(sql, name));
    const [row] = await sql<{ database: string }[]>`select current_database() as database`;
    return {
      database: row!.database,
      role,
      state: await inspectServerRole({ sql, url, role, schema: declared === denied ? schemaOf(name) : declared }),
      isKeyConfirmed,
    };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const denied = Symbol('denied');

/** @returns `denied` where the user may not read what the work needs */
async function unlessDenied<T>(work: () => Promise<T>): Promise<T | typeof denied> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return denied;
    throw error;
  }
}

async function inspectAll(context: Context): Promise<RoleRow[]> {
  const names: DatabaseName[] = [
    'sso',
    'playground',
    ...(context.settings.DHP_PRODUCTION ? (['production'] as const) : []),
  ];
  const databases = await openCommandDatabases(context);
  try {
    const rows: RoleRow[] = [];
    for (const name of names) rows.push(await inspectRole(databases, name, context));
    return rows;
  } finally {
    await databases.close();
  }
}

export function isRoleWell({ state }: RoleRow): boolean {
  return state.logsIn === true && state.statements.length === 0 && state.beyond.length === 0;
}

export function roleInWords({ state }: RoleRow): string {
  if (!state.isThere) return 'no such role';
  const left = state.statements.length;
  const words = [
    ...(state.logsIn === false ? ['does not log in'] : []),
    ...(left > 0 ? [`${left} ${left === 1 ? 'statement' : 'statements'} to run`] : []),
    ...state.beyond.map(({ words: surplus }) => surplus),
  ];
  return words.length > 0 ? words.join('; ') : 'as declared';
}

/**
 * A script for psql. Passwords are in it as SCRAM verifiers, from which nobody can log in. The password of a role that is there is set only
 * where the key was compared with what the SSO has sealed: another one would shut out the servers that run.
 */
function script(rows: readonly RoleRow[]): string {
  const parts = rows.filter((row) => !isRoleWell(row)).map(scriptOf);
  return parts.length > 0 ? parts.join('\n') : '-- Nothing to do.\n';
}

function scriptOf({ database, role, state, isKeyConfirmed }: RoleRow): string {
  const login = `password '${scramVerifier(role.password)}'`;
  const otherPassword = isKeyConfirmed
    ? [`alter role ${quotedName(role.name)} login ${login};`]
    : [`-- ${role.name} does not log in: run dhp database roles --print-sql again after this script`];
  return [
    `-- The server of ${database}`,
    ...(state.isThere ? [] : [`create role ${quotedName(role.name)} login noinherit ${login};`]),
    ...(state.logsIn === false ? otherPassword : []),
    ...state.beyond.map(({ statement }) => `${statement};`),
    ...(state.statements.length > 0 || !state.isThere ? [`\\connect ${quotedName(database)}`] : []),
    ...state.statements.map((statement) => `${statement};`),
    '',
  ].join('\n');
}

export const databaseRolesCommand: Command = {
  name: 'database roles',
  summary: 'Show whether each server has a database role of its own, with the rights it needs and no others',
  options: {
    'print-sql': { type: 'boolean', help: 'print what a superuser of the database runs with psql to make it so' },
    json,
  },
  examples: ['dhp database roles', 'dhp database roles --print-sql | psql postgres'],
  run: async (values) => {
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const rows = await inspectAll(context);
    const shown = rows.map((row) => ({ database: row.database, role: row.role.name, state: roleInWords(row) }));
    if (values['print-sql'] === true) process.stdout.write(script(rows));
    else if (values['json'] === true) {
      const statements = rows.map(({ state }) => state.statements);
      print({ roles: shown.map((one, i) => ({ ...one, well: isRoleWell(rows[i]!), statements: statements[i] })) });
    } else {
      const cells = shown.map(({ database, role, state }) => [database, role, state]);
      process.stdout.write(table(['DATABASE', 'ROLE', 'STATE'], cells));
    }
    return rows.every(isRoleWell) ? 0 : 1;
  },
};
