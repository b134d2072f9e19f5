/** Opens connections to the first of several hosts that has a session of the wanted kind. */
import type { DatabaseAddress, SessionKind } from '../address.ts';
import { tlsOf } from '../tls.ts';
import { ConnectionError } from './errors.ts';
import { open, type Login, type Opened, type Place } from './handshake.ts';
import { Lead, leadOf, standingStatement, type Standing } from './lead.ts';
import { Link, type Pooled } from './link.ts';
import type { LinkCallbacks } from './pool.ts';
import { Query, type Row } from './query.ts';

/** The hosts of an address. */
export interface Places {
  readonly all: readonly Place[];
  readonly kind: SessionKind;
  readonly lead: Lead;
  /** Only one of several hosts is the primary, and each that says so is asked for its timeline. */
  readonly hasOnePrimary: boolean;
}

export function placesOf(address: DatabaseAddress): Places {
  const all = address.hosts.map((one) => ({ ...one, tls: tlsOf({ ...address, ...one }) }));
  const { sessionKind: kind } = address;
  const hasOnePrimary = all.length > 1 && (kind === 'read-write' || kind === 'primary');
  return { all, kind, lead: hasOnePrimary ? leadOf(all) : new Lead(), hasOnePrimary };
}

/**
 * The poolers of an address; undefined if it names none. Any of them may be used: they choose the server, and the state that they report is
 * that of one of their sessions.
 */
export function poolersOf(address: DatabaseAddress): Places | undefined {
  if (address.pooler === undefined) return undefined;
  const all = address.pooler.map((one) => ({ ...one, tls: tlsOf({ ...address, ...one }) }));
  return { all, kind: 'any', lead: new Lead(), hasOnePrimary: false };
}

/** Whether a session is of a kind, by the parameters that the server reports at its beginning (PostgreSQL 14). */
function isOfKind(kind: SessionKind, settings: ReadonlyMap<string, string>): boolean {
  const isStandby = settings.get('in_hot_standby') === 'on';
  const isReadOnly = isStandby || settings.get('default_transaction_read_only') === 'on';
  const suits = {
    any: true,
    primary: !isStandby,
    standby: isStandby,
    'read-write': !isReadOnly,
    'read-only': isReadOnly,
  };
  return suits[kind];
}

/** A connection, and which of the hosts it leads to. */
interface OpenedAt extends Opened {
  readonly at: number;
}

/**
 * Opens a connection to the first host that has a session of the wanted kind.
 * @throws the failure of the last host
 */
export async function openAny(places: Places, login: Login, timeout: number): Promise<OpenedAt> {
  let failure: unknown;
  const { all, lead } = places;
  const first = lead.best;
  for (let tried = 0; tried < all.length; tried += 1) {
    const at = (first + tried) % all.length;
    try {
      const { opened, standing } = await openAt(places, at, login, timeout);
      if (standing === undefined) lead.best = at;
      else lead.meet(at, standing);
      return { ...opened, at };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

interface Met {
  readonly opened: Opened;
  /** Undefined if it was not requested, or the server does not report it. */
  readonly standing: Standing | undefined;
}

/** @throws ConnectionError also if the host has no session of the kind, or is a primary that has been given up */
async function openAt(
  { all, kind, lead, hasOnePrimary }: Places,
  at: number,
  login: Login,
  timeout: number,
): Promise<Met> {
  const place = all[at]!;
  const opened = await open(place, login, timeout);
  const refuse = (why: string): never => {
    opened.socket.destroy();
    throw new ConnectionError('WRONG_SESSION_KIND', `${place.host}:${String(place.port)} ${why}`, 'none');
  };
  if (!isOfKind(kind, opened.settings)) return refuse(`has no session of the kind ${kind}`);
  const standing = hasOnePrimary ? await standingOf(opened, timeout) : undefined;
  if (standing !== undefined && lead.isDeposed(standing))
    return refuse('was given up: there is a primary of a later timeline');
  return { opened, standing };
}

/** @returns undefined if the server does not report it. @throws ConnectionError if the connection is lost meanwhile */
async function standingOf(opened: Opened, timeout: number): Promise<Standing | undefined> {
  const nothing = (): void => undefined;
  const link = new Link({
    ...opened,
    at: 0,
    backend: undefined,
    pooled: undefined,
    onIdle: nothing,
    onProgress: nothing,
    onClose: nothing,
    onAbandoned: nothing,
  });
  opened.attach(
    (...read) => link.receive(...read),
    (cause) => link.closed(cause),
  );
  const timer = setTimeout(() => link.destroy('CONNECT_TIMEOUT', `No answer within ${String(timeout)} ms`), timeout);
  try {
    const run = (query: Query): void => link.send(query, { mayCommit: false, isLocal: false });
    const [row] = await new Query<Row[]>(run, [standingStatement], [], { isSimple: true });
    return { system: row!['system'] as string, timeline: row!['timeline'] as number };
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Checks whether one of the other hosts is a later primary, and moves all connections to it. For callers that have waited in vain on the
 * known one. Hosts that do not answer in time are ignored.
 */
export async function seekLater(places: Places, login: Login, timeout: number): Promise<void> {
  const { all, lead, hasOnePrimary } = places;
  if (!hasOnePrimary) return;
  const others = all.map((_, at) => at).filter((at) => at !== lead.best);
  await Promise.all(
    others.map(async (at) => {
      const met = await openAt(places, at, login, timeout).catch(() => undefined);
      met?.opened.socket.destroy();
      if (met?.standing !== undefined && lead.isLater(met.standing)) lead.meet(at, met.standing);
    }),
  );
}

export interface OpenOptions {
  /** Milliseconds for each host. */
  readonly timeout: number;
  readonly callbacks: LinkCallbacks;
  /** For a connection to a pooler. */
  readonly pooled?: Pooled | undefined;
}

/** @throws as `openAny` */
export async function openLink(places: Places, login: Login, o: OpenOptions): Promise<Link> {
  const { socket, pid, settings, attach, at } = await openAny(places, login, o.timeout);
  const { all, lead } = places;
  const link = new Link({
    ...{ socket, settings, at, pooled: o.pooled, ...o.callbacks },
    // A pooler reports an invented number.
    backend: o.pooled === undefined ? pid : undefined,
    onStandby() {
      // Only the answer shows that a pooler leads to a standby: the next connection is tried with the next pooler.
      if (o.pooled !== undefined && lead.best === at) lead.best = (at + 1) % all.length;
    },
  });
  attach(
    (...read) => link.receive(...read),
    (cause) => link.closed(cause),
  );
  return link;
}
