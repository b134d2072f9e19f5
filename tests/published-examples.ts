/** The examples that HL7 publishes for R5, for tests that process each of them. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFull, sampleOf } from './sample.ts';

export const examplesFolder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));

/** Bytes. 2,400 of the 2,822 files are smaller, and together a tenth of all bytes: most of the others are definitions, which resemble each other. */
const large = 48_000;

/** Bytes. Three Bundles of definitions are larger, and one of them has a quarter of all bytes of the package. */
const huge = 5_000_000;

/**
 * Returns the names of one in eight small examples and one in twenty large ones except the three largest, with at least one of each type
 * and others in the next run; with `--full` the names of all.
 * @param seed of the choice
 */
export function examplesToTry(seed: number): { names: readonly string[]; published: number } {
  const all = readdirSync(examplesFolder).filter((name) => /^[A-Z].*\.json$/.test(name));
  if (isFull) return { names: all, published: all.length };
  const sizes = new Map(all.map((name) => [name, statSync(join(examplesFolder, name)).size]));
  const isLarge = (name: string): boolean => sizes.get(name)! >= large;
  const typeOf = (name: string): string | undefined => name.split('-')[0];
  const small = all.filter((name) => !isLarge(name));
  const types = new Set(small.map(typeOf));
  const some = new Set([
    // Most types have small ones.
    ...sampleOf(
      all.filter((name) => isLarge(name) && sizes.get(name)! < huge),
      10,
      seed,
      (name) => (types.has(typeOf(name)) ? '' : typeOf(name)),
    ),
    ...sampleOf(small, 4, seed, typeOf),
  ]);
  return { names: all.filter((name) => some.has(name)), published: all.length };
}
