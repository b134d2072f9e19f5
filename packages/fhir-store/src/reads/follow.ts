import { setTimeout as delay } from 'node:timers/promises';
import type { FhirStore } from '../fhir-store.ts';
import type { Horizon } from '../statements/read-changes.ts';

interface Looking {
  readonly changes: FhirStore['changes'];
  readonly horizon: () => Promise<Horizon>;
}

/** `follow` of the store, by looking for changes behind the last one seen. */
export function follow(
  { changes, horizon }: Looking,
  ...[types, apply, options = {}]: Parameters<FhirStore['follow']>
): ReturnType<FhirStore['follow']> {
  const { every = 1_000, limit = 500, onError } = options;
  const stop = new AbortController();
  const { signal } = stop;
  let caughtUp: () => void = () => undefined;
  const behind = new Promise<void>((resolve) => (caughtUp = resolve));

  async function run(): Promise<void> {
    let { since } = options;
    // A transaction that is open anywhere in the cluster hides what was committed after it began; so that nothing new was found
    // does not yet mean that all was seen.
    let beginning: bigint | undefined;
    let isBehind = true;
    while (!signal.aborted) {
      try {
        const now = isBehind ? await horizon() : undefined;
        beginning ??= now?.begun;
        const found = await changes({ types, currentOnly: true, limit, ...(since !== undefined && { since }) });
        if (found.length > 0) await apply(found);
        since = found.at(-1)?.position ?? since;
        if (found.length === limit) continue;
        if (now !== undefined && now.ended >= beginning!) {
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
