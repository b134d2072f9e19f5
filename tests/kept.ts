/**
 * Things that the test files of one process share, such as a platform: opened by the first file that asks for it, closed after the last file. A file
 * that runs by itself closes it at its end.
 */
interface Closable {
  close(): Promise<void>;
  /** Whether it still serves; without it, it does until it is closed. */
  isThere?(): boolean;
}

const open = new Map<string, Promise<Closable>>();
let isShared = false;

/** Several files run in this process one after another, and the one who runs them calls `closeKept` after the last. */
export function keepForAll(): void {
  isShared = true;
}

/** Whether something is open that is to stay so after the file that opened it. */
export const keepsSomething = (): boolean => isShared && open.size > 0;

/**
 * Returns what was opened by that name, or opens it. Every file that asks for it calls `letGo` after its tests.
 * @throws Error as `make` does; the next call tries it again
 */
export async function keep<T extends Closable>(name: string, make: () => Promise<T>): Promise<T> {
  const known = open.get(name) as Promise<T> | undefined;
  // A promise of this call: Node takes tests that are declared after an `await` for those of the file whose promise it was.
  if (known !== undefined) {
    const one = await known;
    if (one.isThere?.() !== false) return one;
  }
  const made = make();
  open.set(name, made);
  made.catch(() => open.delete(name));
  return await made;
}

/** The file has no more use for what it keeps. */
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

/** Closes all that is open. */
export async function closeKept(): Promise<void> {
  const all = [...open.values()];
  open.clear();
  for (const one of all) await (await one).close();
}
