// The catalogues of messages of a repository: looked through, and their modules made again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { findAreas } from './areas.mjs';
import { areaFaults } from './consistent.mjs';
import { moduleOf } from './module.mjs';
import { findUnused } from './unused.mjs';

/**
 * @param {string} root the folder of the repository
 * @param {{ write?: boolean }} options `write`: modules are written instead of compared, where no catalogue has a fault
 * @returns {Promise<{ areas: number, faults: string[] }>} how many areas there are, and a line for each fault
 */
export async function checkMessages(root, { write = false } = {}) {
  const areas = findAreas(root);
  const faults = areas.flatMap(areaFaults);
  if (faults.length > 0) return { areas: areas.length, faults };
  const shown = (path) => relative(root, path).split(sep).join('/');
  if (write) {
    for (const area of areas) {
      mkdirSync(dirname(area.module), { recursive: true });
      writeFileSync(area.module, await moduleOf(area));
    }
    return { areas: areas.length, faults };
  }
  for (const area of areas) {
    const written = existsSync(area.module) ? readFileSync(area.module, 'utf8').replaceAll('\r\n', '\n') : '';
    if (written !== (await moduleOf(area)))
      faults.push(`${shown(area.module)} is not what its catalogue says: npm run messages`);
  }
  const unused = findUnused(
    root,
    areas.map(({ module }) => module),
  );
  faults.push(...unused.map(({ module, path }) => `${shown(module)}: nothing uses ${path.join('.')}`));
  return { areas: areas.length, faults };
}
