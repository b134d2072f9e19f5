/**
 * Loads postgres.js with its repairs. They are made to the text of two of its modules while Node reads them: nothing on
 * the disk changes, and no copy of the driver is kept.
 */
import { registerHooks } from 'node:module';
import { repairs } from './repairs.ts';

const done = new Set<string>();

const hooks = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = [...new Set(repairs.map((repair) => repair.file))].find((path) => url.endsWith(`/postgres/${path}`));
    if (file === undefined) return loaded;
    done.add(file);
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: repaired(file, source) };
  },
});
const module = await import('postgres');
hooks.deregister();

for (const { file } of repairs) {
  if (!done.has(file)) throw new Error(`postgres.js was loaded by another module first, without its repairs (${file})`);
}

function repaired(file: string, source: string): string {
  let text = source;
  for (const { find, put, why } of repairs.filter((repair) => repair.file === file)) {
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`${file} of postgres.js is not what its repair was written for: ${why}`);
    text = parts.join(put);
  }
  return text;
}

/** `postgres` of postgres.js. */
export const postgres = module.default;
