// Code that is generated from the FHIR definitions and not kept in the repository.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pinnedNodePath } from './pinned-node.mjs';
import { run } from './run.mjs';

/** The packages that generate something, those first that others are generated with. */
const generators = [
  { name: 'fhir-model', title: 'Generating the FHIR model' },
  { name: 'fhir-search', title: 'Generating the search parameters' },
  { name: 'fhir-validation', title: 'Generating the rules of validation' },
  { name: 'fhir-terminology', title: 'Generating the built-in terminology' },
];

const buildOf = (root, name) => join(root, 'packages', name, 'build');

/** Asks each generator's own plain-JavaScript part, in this process: that is quicker than to start the generator. */
async function isStale(root, name) {
  const question = join(buildOf(root, name), 'generated.mjs');
  if (!existsSync(question)) return false;
  return (await import(pathToFileURL(question).href)).isStale();
}

export async function isGenerated(root) {
  for (const { name } of generators) if (await isStale(root, name)) return false;
  return true;
}

/** Runs the generators; with `ifStale`, each does nothing if its files are those that it would make. */
export async function generate(root, { ifStale = true } = {}) {
  for (const { name, title } of generators) {
    const parameters = [join(buildOf(root, name), 'generate.ts'), ...(ifStale ? ['--if-stale'] : [])];
    await run(title, pinnedNodePath(root), parameters, { cwd: root });
  }
}
