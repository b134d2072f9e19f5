/** Checks of this node: its settings, its addresses, its folder, its disk. */
import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { publicUrls } from '../addresses.ts';
import type { Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import type { SettingValues } from '../settings.ts';
import { settingWarnings } from '../settings/warnings.ts';
import { doctorMessages, type DoctorMessages } from '../texts/doctor.ts';
import { finding, orWell, type Finding } from './finding.ts';

/** Returns the sentences in the language of the locale. */
export function told(): DoctorMessages {
  return doctorMessages[spokenLanguage()];
}

/** @param warnings that reading the settings made */
export function checkSettings(settings: SettingValues, warnings: readonly string[]): readonly Finding[] {
  const { weak, noMail } = told().settings;
  const sentences = [...warnings, ...settingWarnings(settings)];
  return orWell('settings', '', [
    ...sentences.map((sentence) => finding(['settings', 'warning', ''], weak, { sentence })),
    ...(settings.DHP_PRODUCTION === true && settings.DHP_MAIL === undefined
      ? [finding(['settings', 'warning', 'DHP_MAIL'], noMail, {})]
      : []),
  ]);
}

const isLocal = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host);

/** The setting that names the public address of each server. */
const settingOf = {
  sso: 'DHP_SSO_URL',
  playground: 'DHP_PLAYGROUND_URL',
  portal: 'DHP_PORTAL_URL',
  production: 'DHP_PRODUCTION_URL',
} as const;

/** Addresses that others see: they must use TLS, and not lead to this machine only if there is production. */
export function checkAddresses(settings: SettingValues, ports: Readonly<Record<string, number>>): readonly Finding[] {
  const { clear, local } = told().addresses;
  const urls = Object.entries(publicUrls(settings, ports)) as [keyof typeof settingOf, string][];
  return urls.flatMap(([name, url]) => {
    const { protocol, hostname } = new URL(url);
    const setting = settingOf[name];
    if (isLocal(hostname))
      return settings.DHP_PRODUCTION === true ? [finding(['addresses', 'warning', name], local, { url, setting })] : [];
    return protocol === 'https:' ? [] : [finding(['addresses', 'fault', name], clear, { url, setting })];
  });
}

/** Forwarding header fields: whether the address of a caller is known, and whether a caller can forge it. */
export function checkProxy(settings: SettingValues): readonly Finding[] {
  const { untold, open, metrics } = told().proxy;
  const { DHP_TRUST_PROXY: trusted = false, DHP_HOST: host = '127.0.0.1', DHP_METRICS_HOST: metricsHost } = settings;
  const isBehind = Object.values(settingOf).some((name) => settings[name]?.startsWith('https:') === true);
  // With a list of addresses, the connection's address decides about trust; with a number of proxies, or all, the position in the field.
  const isByPosition = trusted === true || typeof trusted === 'function';
  return orWell('proxy', '', [
    ...(isBehind && trusted === false ? [finding(['proxy', 'fault', 'DHP_TRUST_PROXY'], untold, {})] : []),
    ...(isByPosition && !isLocal(host) ? [finding(['proxy', 'warning', 'DHP_HOST'], open, { host })] : []),
    ...(metricsHost !== undefined && !isLocal(metricsHost)
      ? [finding(['proxy', 'warning', 'DHP_METRICS_HOST'], metrics, { host: metricsHost })]
      : []),
  ]);
}

/** Permissions of the folder and of its secrets, and the place of the secret key. */
export function checkData({ settings, data, given }: Pick<Context, 'settings' | 'data' | 'given'>): readonly Finding[] {
  const { open, other, keyBeside } = told().data;
  const files = [
    data.path,
    join(data.path, 'secret.key'),
    join(data.path, 'postgres', 'password'),
    given['DHP_CONFIG'],
    settings.DHP_EXPORT_BUCKET_CREDENTIALS,
  ];
  const found = files.flatMap((path) => {
    const status = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || status === undefined || process.platform === 'win32') return [];
    const mode = (status.mode & 0o777).toString(8).padStart(3, '0');
    // The files of an operator may be readable by the group to which the service belongs.
    const isOperators = path === given['DHP_CONFIG'] || path === settings.DHP_EXPORT_BUCKET_CREDENTIALS;
    const closed = isOperators ? 0o027 : 0o077;
    if ((status.mode & closed) !== 0) return [finding(['data', 'fault', path], open, { path, mode })];
    const isOthers = path === data.path && status.uid !== process.getuid?.() && process.getuid?.() !== 0;
    return isOthers ? [finding(['data', 'fault', path], other, { path })] : [];
  });
  const key = join(data.path, 'secret.key');
  const hasOwnDatabase = settings.DATABASE_URL === undefined;
  const isKeyHere = settings.DHP_SECRET_KEY === undefined && statSync(key, { throwIfNoEntry: false }) !== undefined;
  return orWell('data', data.path, [
    ...found,
    ...(isKeyHere && (settings.DHP_PRODUCTION === true || !hasOwnDatabase)
      ? [finding(['data', 'warning', key], keyBeside, { file: key })]
      : []),
  ]);
}

const gibibyte = 1024 ** 3;

/** Free bytes of the disk of a folder, and their share. */
export async function freeOf(
  path: string,
): Promise<{ readonly bytes: number; readonly share: number; readonly files: number }> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(path);
  return { bytes: bavail * bsize, share: blocks === 0 ? 1 : bavail / blocks, files: files === 0 ? 1 : ffree / files };
}

/** @param free of the disk of the folder */
export function judgeDisk(
  path: string,
  free: { readonly bytes: number; readonly share: number; readonly files: number },
): readonly Finding[] {
  const { little, files } = told().disk;
  const isFault = free.share < 0.05 || free.bytes < gibibyte;
  const isWarning = free.share < 0.15 || free.bytes < 5 * gibibyte;
  const values = { path, size: sized(free.bytes), percent: String(Math.floor(free.share * 100)) };
  return orWell('disk', path, [
    ...(isFault || isWarning ? [finding(['disk', isFault ? 'fault' : 'warning', path], little, values)] : []),
    ...(free.files < 0.05 ? [finding(['disk', 'warning', path], files, { path })] : []),
  ]);
}

/** Bytes for people: `1.5 GiB`. */
export function sized(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const n = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** n).toFixed(n === 0 ? 0 : 1)} ${units[n]!}`;
}
