/**
 * The login with which a server works in its database: a separate role, whose password the operator sets or all nodes derive from
 * DHP_SECRET_KEY. The user of DATABASE_URL owns the schema, migrates it and grants privileges; it does nothing else.
 */
import { hkdfSync } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { openServerRole, OtherPasswordError, type ServerRole, type ServerSchema } from '@dhp/postgres/roles';
import type { Context } from './context.ts';
import type { DatabaseName } from './databases.ts';
import { DatabaseError } from './database-error.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import { confirmSecretKey, secretKeyOf } from './secret-key.ts';

/** A part's database, opened by its owner. */
export interface OwnedDatabase {
  readonly name: DatabaseName;
  readonly sql: Sql;
  readonly url: string;
  readonly schema: ServerSchema;
}

/**
 * The URL with which the server of a part works: that of its role, which a start creates if absent. If the role cannot be used, it is the
 * owner's, and a start warns of it.
 *
 * @throws DatabaseError if DHP_DATABASE_ROLES=required and the role cannot be used, or if other nodes have another password;
 * SecretKeyError, before anything is changed, if the key does not belong to the installation
 */
export async function serverUrl(database: OwnedDatabase, context: Context): Promise<string> {
  const { settings, create, warn } = context;
  const policy = settings.DHP_DATABASE_ROLES ?? 'preferred';
  const role = policy === 'off' ? undefined : serverRole(database, context);
  if (role === undefined) return database.url;
  const key = secretKeyOf(context);
  const confirm = async (): Promise<void> => {
    if (key !== undefined) await confirmSecretKey(database.name, database.url, key);
  };
  const login = await openServerRole({ ...database, role, maySetUp: create, confirm }).catch((error: unknown) => {
    throw error instanceof OtherPasswordError ? new DatabaseError(`${error.message}.`, { cause: error }) : error;
  });
  const said = operationMessages[spokenLanguage()].database;
  if (login.separate) {
    if (create && login.findings.length > 0) warn(said.rolesNotAll);
    return login.url;
  }
  if (policy === 'required') {
    const { rolesAdvice: advice } = said;
    throw new DatabaseError(said.noLogin({ name: database.name, reason: login.reason, advice }));
  }
  // A command of a person without a key still works, with that person's login.
  if (create) warn(said.oneLogin);
  return database.url;
}

/** The role of a part, named after its database; undefined for a command without a key from which to derive the password. */
export function serverRole(
  { name, url }: Pick<OwnedDatabase, 'name' | 'url'>,
  context: Context,
): ServerRole | undefined {
  const role = `${parseDatabaseUrl(url).database ?? ''}_server`;
  const password = passwordOf(name, role, context);
  return password === undefined ? undefined : { name: role, password };
}

function passwordOf(name: DatabaseName, role: string, context: Context): string | undefined {
  const { settings } = context;
  const given = {
    sso: settings.DHP_SSO_DATABASE_PASSWORD,
    playground: settings.DHP_PLAYGROUND_DATABASE_PASSWORD,
    production: settings.DHP_PRODUCTION_DATABASE_PASSWORD,
  }[name];
  if (given !== undefined) return given;
  const key = secretKeyOf(context);
  return key && Buffer.from(hkdfSync('sha256', key, '', `dhp database login of ${role}`, 32)).toString('base64url');
}
