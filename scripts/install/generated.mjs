// Code that a package generates, and whether it is what its inputs would give now. Plain JavaScript, so that the install hook can ask in
// its own process on any Node: loading a TypeScript file costs more than the whole question.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Declares what a package generates from its build folder.
 * @param url of the declaring module in that folder
 * @param o.manifests URLs of the manifests of the npm packages that it is generated from: they have version and date
 * @param o.sources files and folders of the package, beside `build`, that are inputs too
 * @param o.stamp the file that is written last and so vouches for all others; its first line names the inputs
 * @returns `stampFile`, the `stampLine` to write there, `isStale()`: true when the file is absent or comes from other inputs, and
 *   `manifests`, as files
 */
export function declareGenerated(url, { manifests: urls, sources = [], stamp }) {
  const packageRoot = fileURLToPath(new URL('..', url));
  const manifests = urls.map((manifest) => fileURLToPath(manifest));
  const stampFile = join(packageRoot, stamp);

  function stampLine() {
    const hash = createHash('sha256');
    for (const manifest of manifests) hash.update(readFileSync(manifest));
    for (const source of ['build', ...sources]) {
      for (const file of filesOf(join(packageRoot, source))) hash.update(basename(file)).update(readFileSync(file));
    }
    hash.update(readFileSync(fileURLToPath(import.meta.url)));
    return `${stamp.endsWith('.ts') ? '// ' : ''}${hash.digest('hex')}\n`;
  }

  function isStale() {
    try {
      return !readFileSync(stampFile, 'utf8').startsWith(stampLine());
    } catch {
      return true;
    }
  }

  return { packageRoot, manifests, stampFile, stampLine, isStale };
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name));
}
