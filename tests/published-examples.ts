/** The examples that HL7 publishes for R5, for tests of what becomes of each. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFull, sampleOf } from './sample.ts';

export const examplesFolder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));

/** Bytes. 2,400 of the 2,822 files are smaller, and together a tenth of all bytes: most of the others are definitions, which resemble each other. */
const large = 48_000;

/**
 * Returns the names of all small examples and of one in ten large ones, of each type at least one; with `--full` the names of all.
 * @param seed of the choice
 */
export function examplesToTry(seed: number): { names: readonly string[]; published: number } {
  const all = readdirSync(examplesFolder).filter((name) => /^[A-Z].*\.json$/.test(name));
  if (isFull) return { names: all, published: all.length };
  const isLarge = (name: string): boolean => statSync(join(examplesFolder, name)).size >= large;
  const some = sampleOf(all.filter(isLarge), 10, seed, (name) => name.split('-')[0]);
  return { names: all.filter((name) => !isLarge(name) || some.includes(name)), published: all.length };
}
