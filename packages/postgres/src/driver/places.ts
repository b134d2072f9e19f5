/** Opens connections to the first of several hosts that has a session of the kind that is wanted. */
import type { DatabaseAddress, SessionKind } from '../address.ts';
import { tlsOf } from '../tls.ts';
import { ConnectionError } from './errors.ts';
import { open, type Login, type Opened, type Place } from './handshake.ts';
import { Link, type Pooled } from './link.ts';
import type { LinkCallbacks } from './pool.ts';

/** The hosts of an address. */
export interface Places {
  readonly all: readonly Place[];
  readonly kind: SessionKind;
  /** The one that had a session of the kind last: it is tried first. */
  best: number;
}

export function placesOf(address: DatabaseAddress): Places {
  const all = address.hosts.map((one) => ({ ...one, tls: tlsOf({ ...address, ...one }) }));
  return { all, kind: address.sessionKind, best: 0 };
}

/**
 * The poolers of an address, undefined where it names none. Any of them will do: which server they lead to is their own affair, and what
 * they report of a session is that of some session of theirs.
 */
export function poolersOf(address: DatabaseAddress): Places | undefined {
  if (address.pooler === undefined) return undefined;
  const all = address.pooler.map((one) => ({ ...one, tls: tlsOf({ ...address, ...one }) }));
  return { all, kind: 'any', best: 0 };
}

/** Whether a session is of a kind, by what the server reports when it begins (PostgreSQL 14). */
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

/**
 * Opens a connection to the first host that has a session of the kind that is wanted.
 * @throws as the last host failed
 */
export async function openAny(places: Places, login: Login, timeout: number): Promise<Opened> {
  let failure: unknown;
  for (let tried = 0; tried < places.all.length; tried += 1) {
    const at = (places.best + tried) % places.all.length;
    const place = places.all[at]!;
    try {
      const opened = await open(place, login, timeout);
      if (isOfKind(places.kind, opened.settings)) {
        places.best = at;
        return opened;
      }
      opened.socket.destroy();
      const text = `${place.host}:${String(place.port)} has no session of the kind ${places.kind}`;
      failure = new ConnectionError('WRONG_SESSION_KIND', text, 'none');
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
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
  const { socket, pid, settings, attach } = await openAny(places, login, o.timeout);
  const { best } = places;
  const link = new Link({
    ...{ socket, settings, pooled: o.pooled, ...o.callbacks },
    // A pooler makes up a number of its own.
    backend: o.pooled === undefined ? pid : undefined,
    onStandby() {
      // Nothing tells beforehand that a pooler leads to a standby: the next connection is tried with the next one.
      if (o.pooled !== undefined && places.best === best) places.best = (best + 1) % places.all.length;
    },
  });
  attach(
    (...read) => link.receive(...read),
    (cause) => link.closed(cause),
  );
  return link;
}
