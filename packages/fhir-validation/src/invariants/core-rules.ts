import { elementsOf, typeOf } from '@dhp/fhir-model';
import { rules as encodedRules } from '../../generated/definitions.ts';
import type { EncodedRule } from './encoding.ts';
import { compileRule, type Rule } from './rule.ts';

/** Rules that other checks report in more detail: the narrative reader, and the check of each contained resource. */
const elsewhere = new Set(['txt-1', 'txt-2', 'dom-3']);

let encoded: Readonly<Record<string, readonly EncodedRule[]>> | undefined;

/** Returns all rules that R5 states at a path. */
function allAt(path: string): readonly EncodedRule[] {
  encoded ??= JSON.parse(encodedRules) as Record<string, EncodedRule[]>;
  return Object.hasOwn(encoded, path) ? encoded[path]! : [];
}

function statedAt(path: string): readonly EncodedRule[] {
  return allAt(path).filter(({ key }) => !elsewhere.has(key));
}

/** Returns the rules that R5 states on a type and on the types that it specialises. */
export function statedOnType(name: string): readonly EncodedRule[] {
  const found: EncodedRule[] = [];
  for (let type: string | undefined = name; type !== undefined; type = typeOf(type)?.base) found.push(...allAt(type));
  return found;
}

/** Returns the rules that a type states on one of its elements. */
export function statedOnElement(owner: string, element: string): readonly EncodedRule[] {
  return allAt(`${owner}.${element}`);
}

/** Returns the invariants of a type, including inherited ones, starting with the most general type. */
export function rulesOfType(name: string): readonly Rule[] {
  const chain: string[] = [];
  for (let type: string | undefined = name; type !== undefined; type = typeOf(type)?.base) chain.unshift(type);
  const found = new Map<string, EncodedRule>();
  for (const type of chain) for (const rule of statedAt(type)) found.set(rule.expression, rule);
  return [...found.values()].map((rule) => compileRule(rule, name));
}

/** Returns the invariants that a type states on one of its elements (`ElementDefinition.max`), compiled for values of `valueType`. */
export function rulesOfElement(owner: string, element: string, valueType: string): readonly Rule[] {
  let definer = owner;
  for (
    let base = typeOf(owner)?.base;
    base !== undefined && elementsOf(base)?.has(element);
    base = typeOf(base)?.base
  ) {
    definer = base;
  }
  const path = `${definer}.${element}`;
  // A backbone element has a type of its own, which already includes these rules.
  if (path === valueType) return [];
  const paths = new Set([path, `${owner}.${element}`]);
  return [...paths].flatMap((stated) => statedAt(stated)).map((rule) => compileRule(rule, valueType));
}
