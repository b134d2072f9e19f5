/** Addresses of nodes, as given on the command line, and the URL of a database there. */
import { parseDatabaseUrl } from '@dhp/postgres/address';
import type { Place } from '@dhp/fhir-store/placement';
import { UsageError } from '../cli.ts';
import { said } from './said.ts';

export const placeText = ({ host, port }: Place): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** @param text HOST:PORT, or HOST for port 5432. @throws UsageError for an invalid address */
export function placeOf(text: string): Place {
  try {
    const { host, port, hosts, database, user } = parseDatabaseUrl(`postgres://${text}/x`);
    if (hosts.length === 1 && database === 'x' && user === undefined && text !== '') return { host, port };
  } catch {
    // It is said below, of this text.
  }
  throw new UsageError(said().notPlace({ given: text }));
}

/** The URL of the same database on another server, with the same login; without the pooler, which belongs to the first server. */
export function urlAt(url: string, place: Place): string {
  const [, login = '', path = '', query = ''] =
    /^([^:]*:\/\/(?:[^/?@]*@)?)[^/?]*(\/[^?]*)?(?:\?(.*))?$/s.exec(url) ?? [];
  const kept = query
    .split('&')
    .filter((pair) => pair !== '' && !/^(host|port|pooler|target_session_attrs)=/.test(pair));
  return `${login}${placeText(place)}${path}${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}
