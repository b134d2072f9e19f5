/** A small JSON file that exists completely or not at all, whenever the program ends. */
import { open, readFile, rename } from 'node:fs/promises';

/** Stored when this resolves. */
export async function keepJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** @returns undefined if there is none @throws SyntaxError if it is no longer JSON */
export async function keptJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
