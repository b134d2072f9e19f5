/** Settings that work and yet weaken the installation: the start continues and prints one sentence for each. */
import { isLocalHost, parseDatabaseUrl, type DatabaseAddress } from '@dhp/postgres';
import type { SettingValues } from '../settings.ts';

/**
 * Warnings for the operator, in the order in which they should be read; empty when there is nothing to say.
 */
export function settingWarnings(settings: SettingValues): string[] {
  return [...proxyWarnings(settings), ...databaseWarnings(settings)];
}

/** With `on` the first address of X-Forwarded-For counts, and any caller can write it unless the proxy replaces the header. */
function proxyWarnings({ DHP_TRUST_PROXY, DHP_PRODUCTION }: SettingValues): string[] {
  if (DHP_TRUST_PROXY !== true) return [];
  const effect =
    'DHP_TRUST_PROXY=on believes the first address in X-Forwarded-For. Unless the proxy replaces that header, every caller chooses its own address and passes all limits by address.';
  const cure = 'Set the number of proxies instead (DHP_TRUST_PROXY=1), or their addresses.';
  return [
    DHP_PRODUCTION === true ? `${effect} Production is served, so change this now. ${cure}` : `${effect} ${cure}`,
  ];
}

function databaseWarnings({ DATABASE_URL }: SettingValues): string[] {
  if (DATABASE_URL === undefined) return [];
  const address = parseDatabaseUrl(DATABASE_URL);
  const weakness = isLocalHost(address.host) ? undefined : weaknessOf(address);
  if (weakness === undefined) return [];
  return [`DATABASE_URL says sslmode=${address.sslMode ?? ''}: ${weakness} Leave it out for verify-full.`];
}

/** Returns the risk of the connection to the database, as the end of a sentence; undefined where there is none. */
function weaknessOf({ sslMode, sslRootCertificate }: DatabaseAddress): string | undefined {
  if (sslMode === 'disable')
    return 'passwords and health data go to the database in the clear, and whoever can reach the network reads and changes them.';
  if (sslMode === 'allow' || sslMode === 'prefer')
    return 'connections to the database are encrypted only if whoever answers offers it, and the server is not verified.';
  if (sslMode === 'require' && sslRootCertificate === undefined)
    return 'connections to the database are encrypted, but the server is not verified.';
  return undefined;
}
