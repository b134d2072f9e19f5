/** Settings that work and yet weaken the installation: the start continues and prints one sentence for each. */
import { isLocalHost, parseDatabaseUrl, type DatabaseAddress } from '@dhp/postgres/address';
import { spokenLanguage } from '../locale.ts';
import { settingMessages } from '../texts/setting.ts';
import type { SettingValues } from '../settings.ts';

/** Warnings for the operator, in the order in which they should be read; empty if there are none. */
export function settingWarnings(settings: SettingValues): string[] {
  return [...proxyWarnings(settings), ...databaseWarnings(settings)];
}

/** With `on` the first address of X-Forwarded-For counts, and any caller can write it unless the proxy replaces the header. */
function proxyWarnings({ DHP_TRUST_PROXY, DHP_PRODUCTION }: SettingValues): string[] {
  if (DHP_TRUST_PROXY !== true) return [];
  const { proxy, proxyInProduction } = settingMessages[spokenLanguage()].weak;
  return [DHP_PRODUCTION === true ? proxyInProduction : proxy];
}

function databaseWarnings({ DATABASE_URL }: SettingValues): string[] {
  if (DATABASE_URL === undefined) return [];
  const address = parseDatabaseUrl(DATABASE_URL);
  const weakness = isLocalHost(address.host) ? undefined : weaknessOf(address);
  if (weakness === undefined) return [];
  return [settingMessages[spokenLanguage()].weak.database({ mode: address.sslMode ?? '', weakness })];
}

/** Returns the risk of the connection to the database, as the end of a sentence; undefined if there is none. */
function weaknessOf({ sslMode, sslRootCertificate }: DatabaseAddress): string | undefined {
  const { clear, offered, unverified } = settingMessages[spokenLanguage()].weak;
  if (sslMode === 'disable') return clear;
  if (sslMode === 'allow' || sslMode === 'prefer') return offered;
  if (sslMode === 'require' && sslRootCertificate === undefined) return unverified;
  return undefined;
}
