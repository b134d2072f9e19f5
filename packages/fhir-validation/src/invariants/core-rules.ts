import { elementsOf, typeOf } from '@dhp/fhir-model';
import { rules as encodedRules } from '../../generated/definitions.ts';
import type { EncodedRule } from './encoding.ts';
import { compileRule, type Rule } from './rule.ts';

/** Rules that are told elsewhere, with what exactly is wrong: by the reader of narratives, and for each contained resource. */
const elsewhere = new Set(['txt-1', 'txt-2', 'dom-3']);

let encoded: Readonly<Record<string, readonly EncodedRule[]>> | undefined;

/** The rules that R5 states at a path, wherever they are checked. */
function allAt(path: string): readonly EncodedRule[] {
  encoded ??= JSON.parse(encodedRules) as Record<string, EncodedRule[]>;
  return Object.hasOwn(encoded, path) ? encoded[path]! : [];
}

function statedAt(path: string): readonly EncodedRule[] {
  return allAt(path).filter(({ key }) => !elsewhere.has(key));
}

/** Every rule that R5 states of a type and of those that it specialises. */
export function statedOnType(name: string): readonly EncodedRule[] {
  const found: EncodedRule[] = [];
  for (let type: string | undefined = name; type !== undefined; type = typeOf(type)?.base) found.push(...allAt(type));
  return found;
}

/** Every rule that a type states on one of its elements. */
export function statedOnElement(owner: string, element: string): readonly EncodedRule[] {
  return allAt(`${owner}.${element}`);
}

/** The invariants of a type: its own and those of the types that it specialises, in that order from the most general. */
export function rulesOfType(name: string): readonly Rule[] {
  const chain: string[] = [];
  for (let type: string | undefined = name; type !== undefined; type = typeOf(type)?.base) chain.unshift(type);
  const found = new Map<string, EncodedRule>();
  for (const type of chain) for (const rule of statedAt(type)) found.set(rule.expression, rule);
  return [...found.values()].map((rule) => compileRule(rule, name));
}

/** The invariants that a type states on one of its elements (`ElementDefinition.max`), for a value of the type given. */
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
  // A backbone element is a type of its own, which has these rules already.
  if (path === valueType) return [];
  const paths = new Set([path, `${owner}.${element}`]);
  return [...paths].flatMap((stated) => statedAt(stated)).map((rule) => compileRule(rule, valueType));
}
