/**
 * Requests that wait for changes share one query to the database, while any is waiting. With hints of writes, a query follows each hint,
 * and there are few queries while none of the awaited types is written.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import type { Hints } from '../hints.ts';
import { readChangedTypes, readChangedTypesSpread, type ChangedTypes } from '../statements/changed-types.ts';

/** Denotes reported events among the numbers of types. */
export const reportsNumber = -1;

interface AwaitedChanges {
  /** Numbers of types, and `reportsNumber`. */
  readonly types: readonly number[];
  /** Every transaction below this number has ended, and was read. */
  readonly ended: bigint;
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly types: readonly number[];
  readonly wake: () => void;
}

/** Milliseconds between two queries without hints, and the least with them: while nothing is written, no hint comes. */
const every = 100;
const least = 10;
/**
 * With hints: a stored version is visible in the feed only after those before it, whose commits no hint announces; and a process may be
 * killed before its hint.
 */
export const usualPace = { soon: 100, late: 2_000 };
/**
 * Milliseconds for which a hint of a type counts: the stored version may be hidden by an older transaction while that is open, and then any
 * hint may announce its end.
 */
const usuallyLasting = 3_000;

/**
 * Returns a function that waits until a version of some types has been committed, the time is over, or the signal comes. It may resolve
 * although nothing is new, and does if the database is on another server or fails: the caller's next read finds out.
 */
export function createAwaitedChanges(
  sql: Sql,
  hints: Pick<Hints, 'overhear'>,
  {
    soon,
    late,
    lasting = usuallyLasting,
    isSpread = () => false,
  }: typeof usualPace & { readonly lasting?: number; readonly isSpread?: () => boolean } = usualPace,
): (awaited: AwaitedChanges) => Promise<void> {
  const waiting = new Set<Waiter>();
  /** Undefined while nobody waits. */
  let known: Pick<ChangedTypes, 'server' | 'ended'> | undefined;
  let pause = soon;
  let hinted = Promise.withResolvers<undefined>();
  const heard = openHeard(lasting);
  const hearing = hints.overhear('dhp writes', (types) => {
    const now = performance.now();
    heard.note(types, now);
    // Most writes are of types that nobody waits for: a query for each would be wasted.
    const isMeant = (waiter: Waiter): boolean => waiter.types.some((type) => heard.isOf(type, now));
    if (waiting.size > 0 && ![...waiting].some(isMeant)) return;
    pause = soon;
    hinted.resolve(undefined);
  });

  const wake = (isMeant: (waiter: Waiter) => boolean): void => {
    for (const waiter of [...waiting]) if (isMeant(waiter)) waiter.wake();
  };

  async function look(): Promise<void> {
    while (waiting.size > 0 && known !== undefined) {
      const { server, ended } = known;
      hinted = Promise.withResolvers();
      // Only awaited types are asked for: a probe of each type is the most expensive part of the query.
      const asked = new Set([...waiting].flatMap(({ types }) => types));
      try {
        const found = await (isSpread() ? readChangedTypesSpread : readChangedTypes)(
          sql,
          [...asked].filter((type) => type !== reportsNumber),
          ended,
        );
        const isSame = server === '' || found.server === server;
        known = found;
        // Waiters that came meanwhile wait for types that were not asked for.
        wake(({ types }) => !isSame || types.some((type) => found.types.has(type) || !asked.has(type)));
      } catch {
        wake(() => true);
      }
      await rest();
    }
    known = undefined;
  }

  async function rest(): Promise<void> {
    if (!hearing.isListening) return delay(every, undefined, { ref: false });
    await delay(least, undefined, { ref: false });
    const over = new AbortController();
    const rested = delay(pause - least, undefined, { ref: false, signal: over.signal }).catch(() => undefined);
    pause = Math.min(late, 2 * pause);
    await Promise.race([rested, hinted.promise]);
    over.abort();
  }

  return ({ types, ended, milliseconds, signal }) => {
    if (signal?.aborted === true || (known !== undefined && ended < known.ended)) return Promise.resolve();
    const now = performance.now();
    if (types.some((type) => heard.isOf(type, now))) {
      // The hint was ignored for the waiters of that time.
      pause = soon;
      hinted.resolve(undefined);
    }
    return new Promise((resolve) => {
      addWaiter(waiting, { types, milliseconds, signal }, resolve);
      if (known !== undefined) return;
      known = { server: '', ended };
      void look();
    });
  };
}

/** Adds a waiter until it is woken, its time is over, or the signal comes. */
function addWaiter(
  waiting: Set<Waiter>,
  { types, milliseconds, signal }: Pick<AwaitedChanges, 'types' | 'milliseconds' | 'signal'>,
  resolve: () => void,
): void {
  const waiter: Waiter = {
    types,
    wake() {
      waiting.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener('abort', waiter.wake);
      resolve();
    },
  };
  const timer = setTimeout(waiter.wake, milliseconds).unref();
  signal?.addEventListener('abort', waiter.wake);
  waiting.add(waiter);
}

interface Heard {
  /** @param types undefined: a hint without types, which may be of any */
  note(types: ReadonlySet<number> | undefined, now: number): void;
  isOf(type: number, now: number): boolean;
}

/** When something was heard of each type. @param lasting milliseconds for which it counts */
function openHeard(lasting: number): Heard {
  const at = new Map<number, number>();
  let ofAny = -Infinity;
  return {
    note(types, now) {
      if (types === undefined) ofAny = now;
      else for (const type of types) at.set(type, now);
    },
    isOf: (type, now) => now - Math.max(ofAny, at.get(type) ?? -Infinity) < lasting,
  };
}
