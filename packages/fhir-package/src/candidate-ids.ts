import { createHash } from 'node:crypto';
import { isId } from '@dhp/fhir-model';
import type { PackageManifest } from './manifest.ts';
import type { PackageResource } from './package.ts';

const longest = 64;

/**
 * Ids for a resource of a package, the best first: its own; with its version, for versions side by side; a unique one. The same package
 * gives the same ids at every installation.
 */
export function candidateIds(
  { name, version: packageVersion }: Pick<PackageManifest, 'name' | 'version'>,
  resource: Pick<PackageResource, 'file' | 'type' | 'id' | 'url' | 'version'>,
): string[] {
  const { file, type, id, url, version = packageVersion } = resource;
  const stem = id ?? stemOf(url ?? file);
  const digest = createHash('sha256')
    .update(JSON.stringify([name, packageVersion, type, url ?? file, version]))
    .digest('hex');
  return [...new Set([stem, withEnd(stem, version), withEnd(stem, digest.slice(0, 12)), digest])].filter(isId);
}

/** `http://example.org/ValueSet/organs` → `organs` */
function stemOf(text: string): string {
  const last = text
    .replace(/\.json$/i, '')
    .split('/')
    .at(-1)!;
  return safe(last).slice(0, longest) || 'resource';
}

function withEnd(stem: string, end: string): string {
  const tail = `-${safe(end).slice(0, 24)}`;
  return `${stem.slice(0, longest - tail.length)}${tail}`;
}

function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-+|(?<!-)-+$/g, '');
}
