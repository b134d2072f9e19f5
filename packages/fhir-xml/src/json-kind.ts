import type { JsonNode } from './json-node.ts';
import type { Slot } from './layout.ts';
import { Fault } from './xml-fault.ts';

/** The items of a list's value, empty if it is absent. */
export function itemsOf(node: JsonNode | undefined, slot: Slot): readonly JsonNode[] {
  if (node === undefined) return [];
  requireKind(node, 'array', `${slot.name}, which may repeat,`);
  return node.nodes;
}

/** Whether the place is empty: null pads the two arrays of a primitive that repeats. */
export function isAbsent(node: JsonNode | undefined): boolean {
  return node === undefined || node.kind === 'null';
}

/** The same without null. */
export function present(node: JsonNode | undefined): JsonNode | undefined {
  return isAbsent(node) ? undefined : node;
}

/** Throws Fault (`value`) for another kind of JSON value; `what` begins the sentence. */
export function requireKind(node: JsonNode, kind: JsonNode['kind'], what: string): void {
  if (node.kind !== kind)
    throw new Fault('value', `${what} must be ${articles[kind]}, not ${articles[node.kind]}`, node.offset);
}

const articles: Record<JsonNode['kind'], string> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};
