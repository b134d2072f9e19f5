/** Requests that wait for changes: one look at the database for all of them, as long as anybody waits. */
import { setTimeout as delay } from 'node:timers/promises';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { readChangedTypes, type ChangedTypes } from '../statements/changed-types.ts';

interface AwaitedChanges {
  /** Numbers of types. */
  readonly types: readonly number[];
  /** Every transaction below has ended, and was looked at. */
  readonly ended: bigint;
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly types: readonly number[];
  readonly wake: () => void;
}

/** Milliseconds between two looks. */
const every = 100;
const allTypes = resourceTypes.map((type) => typeNumber(type)!);

/**
 * Returns what waits until a version of some types has been committed, the time is over, or the signal comes. It may end although nothing is new, and does
 * when the database is on another server or fails: who asks again hears of it.
 */
export function createAwaitedChanges(sql: Sql): (awaited: AwaitedChanges) => Promise<void> {
  const waiting = new Set<Waiter>();
  /** Undefined while nobody waits. */
  let known: Pick<ChangedTypes, 'server' | 'ended'> | undefined;

  const wake = (isMeant: (waiter: Waiter) => boolean): void => {
    for (const waiter of [...waiting]) if (isMeant(waiter)) waiter.wake();
  };

  async function look(): Promise<void> {
    while (waiting.size > 0 && known !== undefined) {
      const { server, ended } = known;
      try {
        const found = await readChangedTypes(sql, allTypes, ended);
        const isSame = server === '' || found.server === server;
        known = found;
        wake(({ types }) => !isSame || types.some((type) => found.types.has(type)));
      } catch {
        wake(() => true);
      }
      await delay(every, undefined, { ref: false });
    }
    known = undefined;
  }

  return ({ types, ended, milliseconds, signal }) => {
    if (signal?.aborted === true || (known !== undefined && ended < known.ended)) return Promise.resolve();
    return new Promise((resolve) => {
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
      if (known !== undefined) return;
      known = { server: '', ended };
      void look();
    });
  };
}
