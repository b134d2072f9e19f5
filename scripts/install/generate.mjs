// Code that is generated from the FHIR definitions and not committed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pinnedNodePath } from './pinned-node.mjs';
import { run } from './run.mjs';

/** The packages with generators; those that other generators need come first. */
const generators = [
  { name: 'fhir-model', title: 'Generating the FHIR model' },
  { name: 'fhir-search', title: 'Generating the search parameters' },
  { name: 'fhir-validation', title: 'Generating the rules of validation' },
  { name: 'fhir-terminology', title: 'Generating the built-in terminology' },
];

const buildOf = (root, name) => join(root, 'packages', name, 'build');

/** Calls the plain-JavaScript part of each generator in this process: that is faster than starting the generator. */
async function isStale(root, name) {
  const question = join(buildOf(root, name), 'generated.mjs');
  if (!existsSync(question)) return false;
  return (await import(pathToFileURL(question).href)).isStale();
}

export async function isGenerated(root) {
  for (const { name } of generators) if (await isStale(root, name)) return false;
  return true;
}

/** Runs the generators; with `ifStale`, each does nothing if its files are up to date. */
export async function generate(root, { ifStale = true } = {}) {
  for (const { name, title } of generators) {
    const parameters = [join(buildOf(root, name), 'generate.ts'), ...(ifStale ? ['--if-stale'] : [])];
    await run(title, pinnedNodePath(root), parameters, { cwd: root });
  }
}
