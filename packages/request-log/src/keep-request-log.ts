/**
 * Stores requests without delaying their answers: they wait in memory for a second and are stored together. No request fails or waits
 * because of the log: requests that cannot be stored are counted and dropped.
 */
import type { LoggedRequest } from './logged-request.ts';
import { createShares, type Share } from './shares.ts';
import type { RequestLogStore } from './page.ts';

export interface RequestLog {
  /** Accepts a request and returns at once. It never throws. */
  readonly note: (request: LoggedRequest) => void;
  /** Stores the waiting requests. */
  readonly flush: () => Promise<void>;
  /** Stores the waiting requests, and accepts no more. */
  readonly close: () => Promise<void>;
}

export interface KeepOptions {
  readonly store: RequestLogStore;
  /** Rows of one client and day (default 10,000). */
  readonly most?: number;
  /** Requests in memory, of all clients and of one (default 5,000 and 500). */
  readonly waiting?: { readonly all: number; readonly ofClient: number };
  /** Rows that one client may write, counted separately for refused requests and others (default 500 at once, and one a second). */
  readonly share?: Share;
  /** Milliseconds between two writings (default 1,000). */
  readonly pause?: number;
  /** Called with storage errors, at most once a minute. */
  readonly onError: (error: unknown) => void;
}

const minute = 60_000;
const hour = 60 * minute;

export function keepRequestLog({
  store,
  most = 10_000,
  waiting = { all: 5_000, ofClient: 500 },
  share = { atOnce: 500, perSecond: 1 },
  pause = 1_000,
  onError,
}: KeepOptions): RequestLog {
  let byClient = new Map<string, LoggedRequest[]>();
  let dropped = new Map<string, number>();
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let running: Promise<void> | undefined;
  const due = { prepare: 0, trim: Date.now() + minute, told: 0 };

  const takeShare = createShares(share, waiting.all);
  /** Counts for at most as many clients as may wait; a client that is already counted always is. */
  const drop = (client: string, more = 1): void => {
    const before = dropped.get(client);
    if (before !== undefined || dropped.size < waiting.all) dropped.set(client, (before ?? 0) + more);
  };

  function note(request: LoggedRequest): void {
    if (isClosed) return;
    const { client } = request;
    if (!takeShare(request)) {
      drop(client);
      return;
    }
    let own = byClient.get(client);
    if (own !== undefined && (own.length >= waiting.ofClient || count >= waiting.all)) {
      // Drops the oldest of the same client: requests of one client never displace those of others.
      own.shift();
      own.push(request);
      drop(client);
    } else if (count >= waiting.all) {
      drop(client);
    } else {
      if (own === undefined) byClient.set(client, (own = []));
      own.push(request);
      count += 1;
    }
    timer ??= setTimeout(() => void flush(), pause).unref();
  }

  async function write(): Promise<void> {
    const requests = [...byClient.values()].flat();
    const lost = dropped;
    byClient = new Map();
    dropped = new Map();
    count = 0;
    const now = Date.now();
    try {
      if (now >= due.prepare) {
        await store.prepare();
        due.prepare = now + hour;
      }
      if (requests.length > 0 || lost.size > 0) await store.store(requests, lost);
    } catch (error) {
      countLost(requests, lost);
      tell(error);
      return;
    }
    try {
      if (now >= due.trim) {
        due.trim = now + minute;
        await store.trim(most);
      }
    } catch (error) {
      tell(error);
    }
  }

  /** Counts the requests that were not stored, to be written with the next ones. */
  function countLost(requests: readonly LoggedRequest[], lost: ReadonlyMap<string, number>): void {
    for (const [client, more] of lost) drop(client, more);
    for (const { client } of requests) drop(client);
  }

  function tell(error: unknown): void {
    if (Date.now() < due.told) return;
    due.told = Date.now() + minute;
    onError(error);
  }

  /** One write at a time: requests that arrive meanwhile wait in memory, which is bounded. */
  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (running !== undefined) {
      await running;
      if (count === 0) return;
    }
    running ??= write().finally(() => (running = undefined));
    await running;
  }

  return {
    note,
    flush,
    async close() {
      isClosed = true;
      await flush();
      await running;
    },
  };
}
