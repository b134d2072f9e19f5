// Whether generated/definitions.ts is what the installed packages and this generator would write. Plain JavaScript, so that
// the install hook can ask it in its own process on any Node.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** The file that the generator writes; its first line names the inputs. */
export const outputFile = join(packageRoot, 'generated/definitions.ts');

/** The first line: the packages of definitions (a manifest has version and date) and the generator's own source. */
export function inputLine() {
  const hash = createHash('sha256');
  hash.update(readFileSync(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json'))));
  hash.update(readFileSync(fileURLToPath(import.meta.resolve('hl7.fhir.r5.expansions/package.json'))));
  const build = join(packageRoot, 'build');
  for (const name of readdirSync(build).sort()) hash.update(name).update(readFileSync(join(build, name)));
  return `// ${hash.digest('hex')}\n`;
}

/** True when the file is absent or comes from other inputs. */
export function isStale() {
  try {
    return !readFileSync(outputFile, 'utf8').startsWith(inputLine());
  } catch {
    return true;
  }
}
