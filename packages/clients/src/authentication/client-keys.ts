/** The public keys by which a client authenticates: those of its registration, or those at its jwks_uri, cached for a while. */
import { LRUCache } from 'lru-cache';
import type { JWK } from 'jose';
import type { Outbound } from '@dhp/outbound';
import type { Registration } from '../store/clients.ts';
import { liveKeys, usableKeys } from '../fields/validate-keys.ts';

/** How long fetched keys are cached, in seconds: according to their Cache-Control, within these bounds. */
const lifetime = { least: 10, usual: 300, most: 3600 };

/**
 * An unknown key, or a failed fetch, causes another fetch, but no more often than this: invalid assertions cannot cause many requests. In
 * ms.
 */
const cooldown = 5000;

const maxCached = 1000;

/**
 * Concurrent fetches: from one host, which may never answer, from addresses that have not returned keys yet, and in total. Each may take as
 * long as `Outbound` allows. Registering many addresses that never answer thus delays only newcomers, and no client whose keys have been
 * read before.
 */
const mostFetches = { ofHost: 4, ofNew: 60, all: 100 };

export interface ClientKeys {
  /**
   * The known keys: those of the registration, or of the last fetch while it is valid.
   * @returns undefined if they must be fetched first
   */
  known(client: Registration): readonly JWK[] | undefined;
  /** Whether a fetch might help if none of the known keys matches. */
  mayFetch(client: Registration): boolean;
  /**
   * Fetches the keys; one fetch at a time for each address. Rejects if no keys are available; for a while after that it rejects at once,
   * and also while too many others are being fetched.
   */
  fetch(client: Registration): Promise<readonly JWK[]>;
}

interface Fetched {
  keys: readonly JWK[];
  at: number;
  until: number;
}

export function openClientKeys(outbound: Outbound, clock: () => Date): ClientKeys {
  const fetched = new LRUCache<string, Fetched>({ max: maxCached });
  /** When the last fetch has failed. */
  const failed = new LRUCache<string, number>({ max: maxCached });
  const running = new Map<string, Promise<readonly JWK[]>>();
  const isFull = (uri: string): boolean => {
    const { host } = new URL(uri);
    const under = [...running.keys()];
    const ofHost = under.filter((one) => new URL(one).host === host);
    const isNew = (one: string): boolean => !fetched.has(one);
    if (running.size >= mostFetches.all || ofHost.length >= mostFetches.ofHost) return true;
    return isNew(uri) && under.filter(isNew).length >= mostFetches.ofNew;
  };
  const hasJustFailed = (uri: string): boolean => (failed.get(uri) ?? -Infinity) + cooldown > clock().getTime();

  async function load(uri: string): Promise<readonly JWK[]> {
    try {
      return await read(uri);
    } catch (error) {
      failed.set(uri, clock().getTime());
      throw error;
    }
  }

  async function read(uri: string): Promise<readonly JWK[]> {
    const { status, headers, body } = await outbound(uri, { method: 'GET', headers: { accept: 'application/json' } });
    if (status !== 200) throw new Error(`the keys of a client could not be fetched: ${uri} answered ${String(status)}`);
    const keys = usableKeys(JSON.parse(body));
    const [, seconds] = /(?:^|[ ,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '') ?? [];
    const asked = seconds === undefined ? lifetime.usual : Number(seconds);
    const at = clock().getTime();
    const until = at + Math.min(Math.max(asked, lifetime.least), lifetime.most) * 1000;
    fetched.set(uri, { keys, at, until });
    return liveKeys(keys, clock());
  }

  return {
    known({ jwks, jwks_uri: uri }) {
      const now = clock();
      if (uri === null) return liveKeys(jwks?.keys ?? [], now);
      const found = fetched.get(uri);
      return found !== undefined && found.until > now.getTime() ? liveKeys(found.keys, now) : undefined;
    },
    mayFetch({ jwks_uri: uri }) {
      if (uri === null) return false;
      if (hasJustFailed(uri)) return false;
      const found = fetched.get(uri);
      const now = clock().getTime();
      return found === undefined || found.until <= now || found.at + cooldown <= now;
    },
    fetch({ jwks_uri: uri }) {
      if (uri === null) throw new TypeError('the client has no jwks_uri');
      if (hasJustFailed(uri)) return Promise.reject(new Error(`the keys at ${uri} could not be fetched a moment ago`));
      const under = running.get(uri);
      if (under !== undefined) return under;
      if (isFull(uri)) return Promise.reject(new Error(`too many keys are being fetched to fetch those at ${uri}`));
      const begun = load(uri).finally(() => running.delete(uri));
      running.set(uri, begun);
      return begun;
    },
  };
}
