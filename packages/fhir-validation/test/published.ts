import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Json = Record<string, unknown>;

/** Returns the folder of a data package; undefined if it is not installed. */
function folderOf(manifest: () => string): string | undefined {
  try {
    return dirname(fileURLToPath(manifest()));
  } catch {
    return undefined;
  }
}

const folders = {
  core: folderOf(() => import.meta.resolve('hl7.fhir.r5.core/package.json')),
  extensions: folderOf(() => import.meta.resolve('hl7.fhir.uv.extensions.r5/package.json')),
  terminology: folderOf(() => import.meta.resolve('hl7.terminology.r5/package.json')),
  examples: folderOf(() => import.meta.resolve('hl7.fhir.r5.examples/package.json')),
};

/** Yields resources of a data package, optionally of one type, in the order of their file names. */
export function* published(
  name: keyof typeof folders,
  type = '',
  every = 1,
): Generator<{ file: string; resource: Json }> {
  const folder = folders[name];
  if (folder === undefined || !existsSync(folder)) return;
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json') && (type === '' || file.startsWith(`${type}-`)))
    .sort();
  for (const [i, file] of files.entries()) {
    if (i % every !== 0) continue;
    const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
    if (typeof resource['resourceType'] === 'string') yield { file, resource };
  }
}

export const skipExamples =
  published('examples').next().done === true ? 'hl7.fhir.r5.examples is not installed' : false;
