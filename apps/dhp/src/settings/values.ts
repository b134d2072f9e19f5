/** Readers of single values. Each throws a ConfigurationError whose message completes `NAME=value …`. */
import { readFileSync } from 'node:fs';
import { urlThroughPooler } from '@dhp/postgres';
import { DatabaseUrlError, parseDatabaseUrl, replicaAddresses, type ReplicaAddress } from '@dhp/postgres/address';
import { reject, wants } from './setting.ts';

/** A public base URL: absolute, http or https, without final slash, query or fragment, since it is compared as a string. */
export function baseUrl(text: string): string {
  if (!URL.canParse(text)) return reject(wants().absoluteUrl);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return reject(wants().http);
  if (text.endsWith('/')) return reject(wants().noSlash);
  if (url.search !== '' || url.hash !== '') return reject(wants().noQuery);
  if (url.username !== '' || url.password !== '') return reject(wants().noLogin);
  if (text !== url.href && `${text}/` !== url.href)
    return reject(wants().normalForm({ form: url.href.replace(/\/$/, '') }));
  return text;
}

/** The URL of a PostgreSQL database. */
export function databaseUrl(text: string): string {
  try {
    parseDatabaseUrl(text);
    return text;
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    return reject(error.message);
  }
}

/** `host:port[,host:port]` */
export function poolers(text: string): string {
  databaseUrl(urlThroughPooler('postgres://localhost', text));
  return text;
}

/** `host:port[,host:port]` */
export function replicas(text: string): ReplicaAddress[] {
  try {
    return replicaAddresses(text);
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    return reject(error.message);
  }
}

/** Printable ASCII without spaces, which no method of preparing a password changes. */
export function databasePassword(text: string): string {
  return /^[!-~]{16,}$/.test(text) ? text : reject(wants().databasePassword);
}

/** 1 to 65535. */
export function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65535) return reject(wants().port);
  return number;
}

/** `on` or `off`. */
export function onOff(text: string): boolean {
  if (text === 'on') return true;
  if (text === 'off') return false;
  return reject(wants().onOff);
}

/** One of a few words. */
export function oneOf<const T extends string>(...allowed: T[]): (text: string) => T {
  return (text) => allowed.find((value) => value === text) ?? reject(wants().oneOf({ allowed: allowed.join(', ') }));
}

/** The share of requests that are logged: 0 for `off`, 1 for `json`, otherwise percent. */
export function accessLogShare(text: string): number {
  if (text === 'off') return 0;
  if (text === 'json') return 1;
  return percentage(text) ?? reject(wants().accessLog);
}

/** A share such as `1%`: from 0 to 1, without 0. */
export function share(text: string): number {
  return percentage(text) ?? reject(wants().share);
}

function percentage(text: string): number | undefined {
  const part = Number(/^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text)?.[1]) / 100;
  return part > 0 && part <= 1 ? part : undefined;
}

/** A number within bounds, both included. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > maximum) {
      return reject(wants().wholeNumber({ least: minimum, most: maximum }));
    }
    return number;
  };
}

/** Returns the text of a file that is a JWK Set. */
export function jwkSet(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (Array.isArray(keys)) return text;
  } catch {
    // handled like any other invalid file
  }
  return reject(wants().jwkSet);
}

/** A name of the IANA database. */
export function timeZone(text: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return reject(wants().timeZone);
  }
}

/** Bytes, as `64MiB`, `512KiB`, `1GiB` or a plain number. */
export function byteSize(text: string): number {
  const units = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
  const match = /^(\d{1,12})(|KiB|MiB|GiB)$/.exec(text);
  const bytes = match ? Number(match[1]) * units[match[2] as keyof typeof units] : 0;
  if (bytes < 1024 || bytes > 1024 ** 3) return reject(wants().size);
  return bytes;
}

/** @returns names of resource types, separated by commas; whether the types exist is checked where they are used */
export function typeNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^[A-Z][A-Za-z]+$/.test(name)) ? names : reject(wants().typeNames);
}

/** Any text except an empty one. */
export function path(text: string): string {
  return text === '' ? reject(wants().notEmpty) : text;
}
