import { isObject, listOf, shown, type Json } from '../json.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import type { ProfileNode } from '../profiles/node.ts';
import { compiledProfiles } from '../profiles/profile-source.ts';
import type { Run } from '../run.ts';
import { modelAt } from './paths.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';

/** The members of an element that an obligation profile may state. Such a profile adds obligations and does not narrow anything. */
const allowed = new Set(['id', 'path', 'extension', 'mustSupport', '_mustSupport', 'min', 'max', 'binding']);
/** Purposes of additional bindings that narrow the allowed codes. */
const narrowing = new Set(['maximum', 'required', 'extensible']);

/**
 * Checks obligation profiles, and profiles that inherit obligations from others.
 * https://hl7.org/fhir/extensions/StructureDefinition-obligation-profile.html
 */
export function checkObligations(resource: Json, definition: StructureDefinition, run: Run): void {
  for (const [i, extension] of listOf(resource['extension']).entries()) {
    if (!isObject(extension)) continue;
    if (extension['url'] === `${structure}obligation-profile` && extension['valueBoolean'] === true)
      checkProfile(resource, definition, run);
    if (extension['url'] !== `${structure}inherit-obligations`) continue;
    run.enter('extension', i);
    checkInherited(extension['valueCanonical'], definition, run);
    run.leave();
  }
}

function checkInherited(canonical: unknown, { baseDefinition }: StructureDefinition, run: Run): void {
  const other = typeof canonical === 'string' ? run.rules.profiles.structure(canonical) : undefined;
  const isOne = listOf(other?.extension).some(
    (one) => isObject(one) && one['url'] === `${structure}obligation-profile` && one['valueBoolean'] === true,
  );
  if (!isOne) run.report('obligations-source', { profile: shown(canonical) });
  else if (other?.baseDefinition !== baseDefinition)
    run.report('obligations-base', { profile: shown(canonical), base: shown(other?.baseDefinition) });
}

function checkProfile(resource: Json, { derivation, baseDefinition }: StructureDefinition, run: Run): void {
  if (derivation !== 'constraint') {
    run.report('obligations-not-profile');
    return;
  }
  const overlay = typeof baseDefinition === 'string' ? compiledProfiles(run).overlay(baseDefinition) : undefined;
  if (overlay === undefined) {
    run.report('obligations-base-unknown', { base: shown(baseDefinition) });
    return;
  }
  const elements = isObject(resource['differential']) ? listOf(resource['differential']['element']) : [];
  run.enter('differential', -1);
  for (const [i, element] of elements.entries()) {
    if (!isObject(element) || typeof element['path'] !== 'string') continue;
    run.spend(5);
    run.enter('element', i);
    checkElement(element, element['path'], overlay.type, overlay.root, run);
    run.leave();
  }
  run.leave();
}

function checkElement(element: Json, path: string, type: string, root: ProfileNode, run: Run): void {
  const id = typeof element['id'] === 'string' ? element['id'] : path;
  const model = modelAt(path, type);
  if (path !== type && model === undefined) {
    run.report('obligations-element', { id: shown(id) });
    return;
  }
  const expected = pathOf(id);
  if (path !== expected) at('path', -1, run, () => run.report('obligations-path', { id: shown(id), path, expected }));
  for (const name of Object.keys(element)) {
    if (allowed.has(name)) continue;
    at(name, -1, run, () => run.report('obligations-not-allowed', { id: shown(id), element: name }));
  }
  for (const [j, extension] of listOf(element['extension']).entries())
    if (isObject(extension) && extension['url'] !== `${structure}obligation`)
      at('extension', j, run, () =>
        run.report('obligations-not-allowed', { id: shown(id), element: shown(extension['url']) }),
      );
  const { binding } = element;
  if (!isObject(binding)) return;
  const own = nodeAt(root, path)?.binding ?? (model === 'unknown' ? undefined : model?.binding);
  at('binding', -1, run, () => checkBinding(binding, own, id, run));
}

/** Removes slice names from an id, which leaves the path. https://hl7.org/fhir/R5/elementdefinition.html#id */
const pathOf = (id: string): string => id.replaceAll(/:[^.]*/g, '');

function checkBinding(binding: Json, base: { readonly strength?: string } | undefined, id: string, run: Run): void {
  if (base === undefined) {
    run.report('obligations-binding', { id: shown(id) });
    return;
  }
  for (const name of Object.keys(binding)) {
    if (name === 'additional') continue;
    if (name !== 'strength')
      at(name, -1, run, () => run.report('obligations-not-allowed', { id: shown(id), element: name }));
    else if (binding['strength'] !== base.strength)
      at(name, -1, run, () => run.report('obligations-strength', { id: shown(id), strength: shown(base.strength) }));
  }
  for (const [j, one] of listOf(binding['additional']).entries())
    if (isObject(one) && narrowing.has(String(one['purpose'])))
      at('additional', j, run, () =>
        run.report('obligations-purpose', { id: shown(id), purpose: String(one['purpose']) }),
      );
}

function nodeAt(root: ProfileNode, path: string): ProfileNode | undefined {
  let node: ProfileNode | undefined = root;
  for (const name of path.split('.').slice(1)) node = node?.children.get(name.replace('[x]', ''));
  return node;
}

function at(name: string, index: number, run: Run, check: () => void): void {
  run.enter(name, index);
  check();
  run.leave();
}
