/** The DHP_SECRET_KEY of this process, and whether it belongs to the installation. */
import { checkSecretKey } from '@dhp/signing-keys/server-keys';
import { connect, databaseUrl } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import type { Context } from './context.ts';
import { ConfigurationError } from './settings/setting.ts';

/** The key; undefined for a command of a user without one. A start creates it if it does not exist. */
export function secretKeyOf({ settings, data, create }: Context): Buffer | undefined {
  try {
    return settings.DHP_SECRET_KEY ?? data.secretKey();
  } catch (error) {
    if (create || !(error instanceof ConfigurationError)) throw error;
    return undefined;
  }
}

/** SQLSTATE for an absent database, schema or table: the SSO has never been started here, or has another database server. */
const notThere = new Set(['3D000', '3F000', '42P01']);

/**
 * Compares the key with the SSO's sealed data, from the database of any part on the same database server.
 * @param url of the database of the part, with the login of its owner
 * @throws SecretKeyError if it belongs to another installation
 */
export async function confirmSecretKey(part: string, url: string, secret: Buffer): Promise<void> {
  const name = parseDatabaseUrl(url).database ?? '';
  const ofSso = `${name.slice(0, name.length - part.length)}sso`;
  const sql = connect(databaseUrl(url, ofSso), { max: 1, applicationName: 'dhp setup' });
  try {
    await checkSecretKey(sql, secret);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && notThere.has(String(error.code)))) throw error;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
