/** A topic: a right resource with the definitions that it is held to, and turns that make it wrong, or right in another way. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { home, profile } from '../provoked/definition.ts';

export interface Made {
  readonly resource: Json | string;
  readonly definitions?: readonly Json[];
}

/** Makes a resource of a topic; `id` begins the ids of its definitions. */
export type Topic = (random: Random, id: string) => Made;

/** Changes a resource, or lays members over it. */
export type Turn = Json | ((resource: Json) => Json);

export const urlOf = (type: string, id: string): string => `${home}/${type}/${id}`;
export const structure = (id: string): string => urlOf('StructureDefinition', id);
export const core = (type: string): string => `http://hl7.org/fhir/StructureDefinition/${type}`;

/** The resource with some of the turns, most often one. */
export function turned(random: Random, resource: Json, turns: readonly Turn[]): Json {
  let made = resource;
  for (let left = random.pick([0, 1, 1, 1, 2]); left > 0; left -= 1) {
    const turn = random.pick(turns);
    made = typeof turn === 'function' ? turn(structuredClone(made)) : { ...made, ...turn };
  }
  return made;
}

/** Some of the items, in their order. */
export const few = <Item>(random: Random, items: readonly Item[], most = 3): Item[] => {
  const chosen = new Set(Array.from({ length: random.below(most + 1) }, () => random.below(items.length)));
  return items.filter((_item, i) => chosen.has(i));
};

/** A value that now and then stands there. */
export const at = (random: Random, n: number, more: Json): Json => (random.oneIn(n) ? more : {});

export const held = (resource: Json, ...urls: readonly string[]): Json => {
  const { resourceType, ...rest } = resource;
  return { resourceType, meta: { profile: urls }, ...rest };
};

/** The definition of an extension, with its elements in their order. */
export function extension(id: string, elements: Readonly<Record<string, Json>>, more: Json = {}): Json {
  const isLate = (key: string): boolean => /^Extension\.value/.test(key);
  const entries = Object.entries(elements);
  const ordered = Object.fromEntries([
    ...entries.filter(([key]) => !isLate(key)),
    ['Extension.url', { fixedUri: structure(id) }],
    ...entries.filter(([key]) => isLate(key)),
  ]) as Record<string, Json>;
  return profile(id, 'Extension', ordered, { context: [{ type: 'element', expression: 'Patient' }], ...more });
}
