import type { KeyedMutex } from '../contract/keyed-mutex.ts';

/** Lets work in as long as its weights together are within the capacity; the rest waits in the order in which it came. */
export type WeightedSemaphore = <T>(weight: number, work: () => Promise<T>) => Promise<T>;

/** A weight above the capacity counts as the capacity: such work is alone. */
export function createWeightedSemaphore(capacity: number): WeightedSemaphore {
  const waiting: { readonly weight: number; readonly enter: () => void }[] = [];
  let inside = 0;

  function letIn(): void {
    for (let next = waiting[0]; next !== undefined && inside + next.weight <= capacity; next = waiting[0]) {
      waiting.shift();
      inside += next.weight;
      next.enter();
    }
  }

  return async (given, work) => {
    const weight = Math.min(given, capacity);
    await new Promise<void>((enter) => {
      waiting.push({ weight, enter });
      letIn();
    });
    try {
      return await work();
    } finally {
      inside -= weight;
      letIn();
    }
  };
}

export function createKeyedMutex(): KeyedMutex {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work);
    // The next one waits for the end, successful or not.
    const end = turn
      .catch(() => undefined)
      .then(() => {
        if (last.get(key) === end) last.delete(key);
      });
    last.set(key, end);
    return turn;
  };
}
