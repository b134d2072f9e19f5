import { setTimeout as delay } from 'node:timers/promises';
import type { Change, ChangeFeed, ChangesPage } from '../change-feed.ts';
import type { Horizon } from '../statements/read-horizon.ts';

interface Looking {
  /** Returns the changes on a server; none if the database is on another server. */
  readonly changesOn: (server: string, page: ChangesPage) => Promise<Change[]>;
  readonly horizon: () => Promise<Horizon>;
}

/**
 * `follow` of the store, by looking for changes behind the last one seen. A position is true of one server: on another one, which may have
 * lost the last commits, it begins again.
 */
export function follow(
  { changesOn, horizon }: Looking,
  ...[types, apply, options = {}]: Parameters<ChangeFeed['follow']>
): ReturnType<ChangeFeed['follow']> {
  const { every = 1_000, limit = 500, onError } = options;
  const stop = new AbortController();
  const { signal } = stop;
  let caughtUp: () => void = () => undefined;
  const behind = new Promise<void>((resolve) => (caughtUp = resolve));

  async function run(): Promise<void> {
    let { since } = options;
    // A transaction that is open anywhere in the cluster hides later commits; so finding nothing new does not yet mean that everything was
    // seen.
    let beginning: bigint | undefined;
    let isBehind = true;
    let server: string | undefined;
    while (!signal.aborted) {
      try {
        const now = await horizon();
        if (server !== undefined && now.server !== server) since = beginning = undefined;
        ({ server } = now);
        beginning ??= now.begun;
        const page = { types, currentOnly: true, limit, ...(since !== undefined && { since }) };
        const found = await changesOn(server, page);
        if (found.length > 0) await apply(found);
        since = found.at(-1)?.position ?? since;
        if (found.length === limit) continue;
        if (isBehind && now.ended >= beginning) {
          isBehind = false;
          caughtUp();
        }
      } catch (error) {
        onError?.(error);
      }
      await delay(every, undefined, { signal, ref: false }).catch(() => undefined);
    }
    caughtUp();
  }

  const done = run();
  return {
    caughtUp: behind,
    async stop() {
      stop.abort();
      await done;
    },
  };
}
