import { elementsOf, typeOf } from '@dhp/fhir-model';
import { statedOnElement, statedOnType } from '../invariants/core-rules.ts';
import { isObject, listOf, shown } from '../json.ts';
import type { ElementDefinition, StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';

/** An element of a differential, with its index there. */
export interface Placed {
  readonly element: Pick<ElementDefinition, 'path' | 'constraint'>;
  readonly i: number;
}

const mostBases = 40;

/**
 * Checks the keys of a profile's rules. A key names one rule: another expression with the same key, in a base or on another element, is a
 * conflict. https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint.key
 */
export function checkKeys(definition: StructureDefinition, elements: readonly Placed[], run: Run): void {
  const own = new Map<string, string>();
  let ofBases: ReadonlyMap<string, string> | undefined;
  for (const { element, i } of elements) {
    if (element.constraint === undefined) continue;
    const inherited = statedAt(element.path);
    for (const [j, constraint] of listOf(element.constraint).entries()) {
      if (!isObject(constraint)) continue;
      const { key, expression } = constraint;
      if (typeof key !== 'string' || typeof expression !== 'string') continue;
      const known = inherited.get(key) ?? own.get(key) ?? (ofBases ??= statedBelow(definition, run)).get(key);
      if (known === undefined) own.set(key, expression);
      else if (known.trim() !== expression.trim()) reportKey(key, known, [i, j], run);
    }
  }
}

function reportKey(key: string, known: string, [i, j]: readonly [number, number], run: Run): void {
  run.enter('differential', -1);
  run.enter('element', i);
  run.enter('constraint', j);
  run.report('definition-constraint-key', { key, expression: shown(known) });
  run.leave();
  run.leave();
  run.leave();
}

/** Returns the R5 rules of an element by key: those of its types and those stated for the element itself. */
function statedAt(path: string): Map<string, string> {
  const found = new Map<string, string>();
  const [type = '', ...names] = path.split('.');
  let types: readonly string[] = [type];
  let rules = statedOnType(type);
  for (const name of names) {
    const plain = name.replace('[x]', '');
    const owner = types.find((one) => elementsOf(one)?.has(plain) === true);
    if (owner === undefined) return found;
    types = elementsOf(owner)!.get(plain)!.types;
    rules = [...types.flatMap((one) => statedOnType(one)), ...statedOnElement(owner, plain)];
  }
  for (const { key, expression } of rules) found.set(key, expression);
  return found;
}

/** Returns the rules that the bases of a profile state on any of their elements, by key. */
function statedBelow({ type, baseDefinition }: StructureDefinition, run: Run): ReadonlyMap<string, string> {
  const found = new Map(statedIn(type));
  let at: unknown = baseDefinition;
  for (let i = 0; typeof at === 'string' && i < mostBases; i += 1) {
    const base: StructureDefinition | undefined = run.rules.profiles.structure(at);
    for (const { constraint } of (base?.differential ?? base?.snapshot)?.element ?? [])
      for (const { key, expression } of constraint ?? []) if (expression !== undefined) found.set(key, expression);
    at = base?.baseDefinition;
  }
  return found;
}

const ofTypes = new Map<string, ReadonlyMap<string, string>>();

/**
 * Returns the rules in the snapshot of an R5 type, by key: those of the type, of all nested elements, and the ones that every element has.
 */
function statedIn(type: string): ReadonlyMap<string, string> {
  let known = ofTypes.get(type);
  if (known === undefined) {
    const found = new Map<string, string>();
    addStated(type, found);
    for (const one of ['Element', 'Extension']) add(statedOnType(one), found);
    ofTypes.set(type, (known = found));
  }
  return known;
}

function addStated(type: string, found: Map<string, string>): void {
  add(statedOnType(type), found);
  for (const { name, types } of elementsOf(type)?.values() ?? []) {
    add(statedOnElement(type, name), found);
    for (const one of types) if (typeOf(one)?.kind === 'backbone' && one.startsWith(`${type}.`)) addStated(one, found);
  }
}

function add(
  rules: readonly { readonly key: string; readonly expression: string }[],
  found: Map<string, string>,
): void {
  for (const { key, expression } of rules) if (!found.has(key)) found.set(key, expression);
}
