// Whether generated/ is what the installed package and this generator would write. Plain JavaScript, so that the install hook
// can ask it in its own process on any Node: loading a TypeScript file costs more than the whole question.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** The folder that the generator writes. */
export const outputFolder = join(packageRoot, 'generated');

/** Written last, so that it vouches for the files beside it. */
export const stampFile = join(outputFolder, 'stamp.txt');

/** Identifies the inputs: the package of definitions (its manifest has version and date) and the generator's own source. */
export function inputHash() {
  const hash = createHash('sha256');
  hash.update(readFileSync(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json'))));
  const build = join(packageRoot, 'build');
  for (const name of readdirSync(build).sort()) hash.update(name).update(readFileSync(join(build, name)));
  return hash.update(readFileSync(join(packageRoot, 'src/model/encoding.ts'))).digest('hex');
}

/** True when the files are absent or come from other inputs. */
export function isStale() {
  try {
    return readFileSync(stampFile, 'utf8').trim() !== inputHash();
  } catch {
    return true;
  }
}
