/** Parses the URL of a database as libpq does. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
import { isIP } from 'node:net';

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** Kinds of session that may be required if several hosts are named. */
const sessionKinds = ['any', 'read-write', 'read-only', 'primary', 'standby'] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** Address of a database, and the protection of its connections. */
export interface DatabaseAddress {
  /** A host name, an IP address without brackets, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** All named hosts, the first of which is above; they are tried in this order. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The name of the database; absent if the URL names none. */
  readonly database?: string | undefined;
  /** `sslmode` of the URL; absent if the URL has none. */
  readonly sslMode?: SslMode | undefined;
  /** Paths of PEM files; `system` as the root certificate means those of the machine. */
  readonly sslRootCertificate?: string | undefined;
  readonly sslCertificate?: string | undefined;
  readonly sslKey?: string | undefined;
  readonly sslKeyPassword?: string | undefined;
  /** Seconds. */
  readonly connectTimeout?: number | undefined;
  readonly sessionKind: SessionKind;
  /**
   * Address of PgBouncer, or of another pooler in transaction mode, for the same database: `pooler=host:port[,host:port]`. Connections that
   * need a session of the server go to `hosts` nevertheless.
   */
  readonly pooler?: readonly { readonly host: string; readonly port: number }[] | undefined;
  /** All other parameters: settings of the session. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A URL that names no database that can be reached by it. The message completes "The database URL …" and repeats no secret. */
export class DatabaseUrlError extends TypeError {
  override readonly name = 'DatabaseUrlError';
}

const form = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

/** Parameters of libpq that change no guarantee here, and that no server knows. */
const ignored = new Set([
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout'],
  ...['sslcompression', 'sslsni', 'fallback_application_name'],
]);

/** Parameters of libpq for guarantees that are not implemented here, with the values that guarantee nothing. */
const refused: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    channel_binding: ['disable', 'prefer'],
    gssencmode: ['disable', 'prefer'],
    load_balance_hosts: ['disable'],
    sslnegotiation: ['postgres'],
    ...Object.fromEntries(
      ['hostaddr', 'passfile', 'require_auth', 'service', 'sslcrl', 'sslcrldir'].map((name) => [name, []]),
    ),
  }),
);

/**
 * @param url `postgres://user:password@host:port/database?…` or `postgresql://…`; special characters are percent-encoded. The
 *   directory of a Unix socket is in `?host=/directory`, or percent-encoded in the place of the host.
 * @throws DatabaseUrlError
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const match = form.exec(url);
  if (match === null)
    throw new DatabaseUrlError(
      'is not a PostgreSQL URL such as postgres://user:password@host:5432/dhp; in a password the characters / ? @ % are percent-encoded',
    );
  const [, login, authority = '', path, query] = match;
  const [user, password] = splitOnce(login ?? '', ':');
  const given = readQuery(query ?? '');
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value === '' ? undefined : value;
  };
  const places = authority.split(',').map(hostAndPort);
  const names = take('host')?.split(',') ?? places.map(({ host }) => host);
  const ports = take('port')?.split(',') ?? places.map(({ port }) => port);
  if (ports.length !== 1 && ports.length !== names.length)
    throw new DatabaseUrlError(`names ${String(names.length)} hosts and ${String(ports.length)} ports`);
  const hosts = names.map((host, at) => ({
    host: host === undefined || host === '' ? 'localhost' : host,
    port: portNumber(ports.length === 1 ? ports[0] : ports[at]),
  }));
  const ssl = sslMode(take('sslmode'), take('ssl'));
  const whole = {
    ...hosts[0]!,
    hosts,
    user: take('user') ?? decode(user),
    password: take('password') ?? decode(password),
    database: take('dbname') ?? decode(path),
    sslMode: ssl,
    sslRootCertificate: take('sslrootcert'),
    sslCertificate: take('sslcert'),
    sslKey: take('sslkey'),
    sslKeyPassword: take('sslpassword'),
    connectTimeout: seconds(take('connect_timeout')),
    sessionKind: sessionKind(take('target_session_attrs'), hosts.length),
    pooler: poolerHosts(take('pooler')),
  };
  if (whole.pooler !== undefined && given.has('options'))
    throw new DatabaseUrlError(
      'has options, which poolers do not pass on; name the settings themselves, as in ?geqo=off',
    );
  if (whole.sslRootCertificate === 'system' && ssl !== undefined && ssl !== 'verify-full')
    throw new DatabaseUrlError(`has sslrootcert=system with sslmode=${ssl}; it goes with verify-full alone`);
  return { ...whole, parameters: sessionParameters(given) };
}

/** A server with a copy of the database, under the same name and logins. */
export interface ReplicaAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** As written, with its port. */
  readonly name: string;
}

/**
 * Parses a list of streaming standbys.
 * @param text `host:port[,host:port]`; without a port, 5432 is used
 * @throws DatabaseUrlError
 */
export function replicaAddresses(text: string): ReplicaAddress[] {
  const all = text.split(',').map((part): ReplicaAddress => {
    const { host, port } = hostAndPort(part.trim());
    if (host === undefined) throw new DatabaseUrlError('has a replica without a host');
    const number = portNumber(port);
    return { host, port: number, name: `${host.includes(':') ? `[${host}]` : host}:${String(number)}` };
  });
  const twice = all.find(({ name }, at) => all.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) throw new DatabaseUrlError(`has the replica ${twice.name} twice`);
  return all;
}

/** The URL of the same database, with the same login and protection, at a replica. No pooler leads there. */
export function urlOfReplica(url: string, { host, port }: Pick<ReplicaAddress, 'host' | 'port'>): string {
  const [, login, , path = '', query = ''] = form.exec(url) ?? [];
  const kept = query
    .split('&')
    .filter((pair) => pair !== '' && !/^(host|port|pooler|target_session_attrs)=/.test(pair));
  const authority = `${login === undefined ? '' : `${login}@`}${encodeHost(host)}:${String(port)}`;
  return `postgres://${authority}/${path}${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}

/** The directory of a Unix socket is given in place of a host, too. */
function encodeHost(host: string): string {
  return host.includes(':') ? `[${host}]` : encodeURIComponent(host);
}

/** Whether the server is on this machine, so that its traffic crosses no network. */
export function isLocalHost(host: string): boolean {
  if (host.startsWith('/') || /(^|\.)localhost$/i.test(host)) return true;
  return isIP(host) === 4 ? host.startsWith('127.') : /^(::1|0*(:0*){6}:0*1|::ffff:127\.[\d.]+)$/i.test(host);
}

function splitOnce(text: string, separator: string): [string | undefined, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Undefined for an empty text, since libpq treats an empty part as absent. */
function decode(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError('has a % that begins no percent-encoded character; a % itself is written %25');
  }
}

function hostAndPort(authority: string): { host: string | undefined; port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed !== null) {
    const [, address = '', port] = bracketed;
    if (isIP(address.split('%', 1)[0]!) !== 6)
      throw new DatabaseUrlError('has brackets around what is no IPv6 address');
    return { host: decode(address), port };
  }
  const [host, port] = splitOnce(authority, ':');
  if (port?.includes(':') === true) throw new DatabaseUrlError('has an IPv6 address without brackets, such as [::1]');
  return { host: decode(host), port };
}

/** The directory of a Unix socket may be in the place of a host. PgBouncer's own default is port 6432. */
function poolerHosts(text: string | undefined): DatabaseAddress['pooler'] {
  if (text === undefined) return undefined;
  return text.split(',').map((part) => {
    const { host, port } = hostAndPort(part);
    if (host === undefined) throw new DatabaseUrlError('has a pooler without a host');
    return { host, port: port === undefined ? 6432 : portNumber(port) };
  });
}

function portNumber(text: string | undefined): number {
  if (text === undefined || text === '') return 5432;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new DatabaseUrlError('has a port that is not a number from 1 to 65535');
}

function readQuery(query: string): Map<string, string> {
  const pairs = query.split('&').filter((pair) => pair !== '');
  const names = pairs.map((pair) => decode(splitOnce(pair, '=')[0]) ?? '');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new DatabaseUrlError(`has the parameter ${twice} twice`);
  return new Map(pairs.map((pair, at) => [names[at]!, decode(splitOnce(pair, '=')[1]) ?? '']));
}

/** Other drivers write `ssl=true` and `ssl=false`. */
function sslMode(given: string | undefined, ssl: string | undefined): SslMode | undefined {
  const mode =
    given ?? (ssl === undefined ? undefined : ssl === 'true' ? 'verify-full' : ssl === 'false' ? 'disable' : ssl);
  if (mode === undefined) return undefined;
  const known = sslModes.find((one) => one === mode);
  if (known !== undefined) return known;
  throw new DatabaseUrlError(`has sslmode=${mode}; the modes are ${sslModes.join(', ')}`);
}

/** The platform writes, so of several hosts it needs the one that accepts writes. */
function sessionKind(given: string | undefined, hosts: number): SessionKind {
  if (given === undefined) return hosts > 1 ? 'read-write' : 'any';
  const known = sessionKinds.find((one) => one === given);
  if (known !== undefined) return known;
  throw new DatabaseUrlError(`has target_session_attrs=${given}; it is one of ${sessionKinds.join(', ')}`);
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new DatabaseUrlError('has a connect_timeout that is not a number of seconds');
}

function sessionParameters(given: ReadonlyMap<string, string>): Record<string, string> {
  for (const [name, value] of given) {
    if (refused.get(name)?.includes(value) === false)
      throw new DatabaseUrlError(`has ${name}=${value}, which is not supported`);
  }
  return Object.fromEntries([...given].filter(([name]) => !refused.has(name) && !ignored.has(name)));
}
