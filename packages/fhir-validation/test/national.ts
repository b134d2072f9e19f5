import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json } from './published.ts';

const folder = new URL('../../../../shared/uz-core/', import.meta.url);
const tarball = new URL('uz.dhp.core-0.7.0.tgz', folder);

/** Why tests with the national package are skipped; false if the package is available. */
export const skipNational = existsSync(tarball) ? false : 'the national package is not at ../shared/uz-core';

/** Yields every JSON file of a gzipped FHIR package. Names over 100 characters do not occur there. */
export function* nationalResources(): Generator<Json> {
  const tar = gunzipSync(readFileSync(tarball));
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const field = (from: number, length: number): string =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8);
    if (field(0, 100).endsWith('.json')) yield JSON.parse(tar.toString('utf8', at + 512, at + 512 + size)) as Json;
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

interface Expectation {
  readonly file: string;
  readonly valid: boolean;
  readonly errors: readonly { readonly code: string; readonly path: string }[];
}

/** A faulty variant of an example with its single deliberate fault. */
export interface Variant {
  readonly file: string;
  readonly profile: string;
  readonly kind: string;
  readonly element: string;
  readonly expect: { readonly code: string; readonly path: string; readonly message: string };
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));

export function nationalExamples(): (Expectation & { resource: Json })[] {
  const { examples } = read('examples/expected.json') as { examples: Expectation[] };
  return examples.map((one) => ({ ...one, resource: read(`examples/${one.file}`) as Json }));
}

export function nationalVariants(): (Variant & { resource: Json })[] {
  const names = new Set(readdirSync(new URL('negative/', folder)));
  return (read('negative/manifest.json') as Variant[])
    .filter(({ file }) => names.has(file))
    .map((one) => ({ ...one, resource: read(`negative/${one.file}`) as Json }));
}
