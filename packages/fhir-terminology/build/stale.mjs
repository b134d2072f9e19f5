// Whether generated/ is what the installed packages and this generator would write. Plain JavaScript, so that the install hook
// can ask it in its own process on any Node.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

const manifests = [
  import.meta.resolve('hl7.fhir.r5.core/package.json'),
  import.meta.resolve('hl7.terminology.r5/package.json'),
  import.meta.resolve('hl7.fhir.uv.extensions.r5/package.json'),
  import.meta.resolve('currency-codes/package.json'),
  import.meta.resolve('i18n-iso-countries/package.json'),
].map((url) => fileURLToPath(url));

/** The folders whose resources are built in; where two define the same version of something, the later one counts. */
export const dataFolders = manifests.slice(0, 3).map((manifest) => dirname(manifest));

export const outputFolder = join(packageRoot, 'generated');
export const outputFile = join(outputFolder, 'content.bin');

/** Written last, so that it vouches for the file beside it. */
export const stampFile = join(outputFolder, 'stamp.txt');

/** Identifies the inputs: the manifests of the packages, the generator, and the code that writes the file. */
export function inputHash() {
  const hash = createHash('sha256');
  for (const manifest of manifests) hash.update(readFileSync(manifest));
  for (const folder of ['build', 'src/content', 'src/table', 'src/source']) {
    const path = join(packageRoot, folder);
    for (const name of readdirSync(path).sort()) hash.update(name).update(readFileSync(join(path, name)));
  }
  return hash.digest('hex');
}

/** True when the file is absent or comes from other inputs. */
export function isStale() {
  try {
    return readFileSync(stampFile, 'utf8').trim() !== inputHash();
  } catch {
    return true;
  }
}
