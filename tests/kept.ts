/**
 * Resources that the test files of one process share, such as a platform: opened by the first file that needs one, closed after the last
 * file. A file that runs alone closes it at its end.
 */
interface Closable {
  close(): Promise<void>;
  /** Whether it still serves; if absent, it does until it is closed. */
  isThere?(): boolean;
}

const open = new Map<string, Promise<Closable>>();
let isShared = false;

/** Several files run in this process in sequence, and their runner calls `closeKept` after the last. */
export function keepForAll(): void {
  isShared = true;
}

/** Whether something is open that should stay open after the file that opened it. */
export const keepsSomething = (): boolean => isShared && open.size > 0;

/**
 * Returns the resource opened under that name, or opens it. Every file that requests it calls `letGo` after its tests.
 * @throws Error as `make` does; the next call tries again
 */
export async function keep<T extends Closable>(name: string, make: () => Promise<T>): Promise<T> {
  const known = open.get(name) as Promise<T> | undefined;
  // A promise of this call: Node assigns tests that are declared after an `await` to the file in which the promise was created.
  if (known !== undefined) {
    const one = await known;
    if (one.isThere?.() !== false) return one;
  }
  const made = make();
  open.set(name, made);
  made.catch(() => open.delete(name));
  return await made;
}

/** Called when the file no longer needs its kept resources. */
export async function letGo(): Promise<void> {
  if (!isShared) await closeKept();
}

/** The file has no more use for the one of that name. */
export async function letGoOf(name: string): Promise<void> {
  if (isShared) return;
  const one = open.get(name);
  open.delete(name);
  await (await one)?.close();
}

/** Closes all open resources. */
export async function closeKept(): Promise<void> {
  const all = [...open.values()];
  open.clear();
  for (const one of all) await (await one).close();
}
