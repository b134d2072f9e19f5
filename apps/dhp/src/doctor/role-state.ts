/** The state of a server's database role: whether it exists, logs in, and has exactly the declared rights. */
import { connect, schemaState } from '@dhp/postgres';
import { inspectServerRole, type ServerRole, type ServerRoleState } from '@dhp/postgres/roles';
import { schemaIn, schemaOf, type Context } from '../context.ts';
import { DatabaseError } from '../database-error.ts';
import type { DatabaseName, Databases } from '../databases.ts';
import { spokenLanguage } from '../locale.ts';
import { confirmSecretKey, secretKeyOf } from '../secret-key.ts';
import { serverRole } from '../server-login.ts';
import { ConfigurationError } from '../settings/setting.ts';
import { operationMessages } from '../texts/operation.ts';

export interface RoleRow {
  readonly database: string;
  readonly role: ServerRole;
  readonly state: ServerRoleState;
  /** False if the user of DATABASE_URL may not read the SSO's keys, as before it owns the SSO's tables. */
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

/** @returns `denied` if the user lacks a privilege for the work */
async function unlessDenied<T>(work: () => Promise<T>): Promise<T | typeof denied> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return denied;
    throw error;
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
