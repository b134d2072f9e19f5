// Code that is generated from the FHIR definitions and not kept in the repository.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pinnedNodePath } from './pinned-node.mjs';
import { run } from './run.mjs';

const buildOf = (root) => join(root, 'packages', 'fhir-model', 'build');

/** Asks the generator's own plain-JavaScript part, in this process: that is quicker than to start the generator. */
export async function isGenerated(root) {
  const question = join(buildOf(root), 'stale.mjs');
  if (!existsSync(question)) return true;
  const { isStale } = await import(pathToFileURL(question).href);
  return !isStale();
}

export async function generate(root) {
  const parameters = [join(buildOf(root), 'generate.ts'), '--if-stale'];
  await run('Generating the FHIR model', pinnedNodePath(root), parameters, { cwd: root });
}
