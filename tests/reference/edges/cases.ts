/** Shared by the lists of cases at the edges. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';

/** Resources, or texts of them, by what is odd about each. */
export type Cases = Readonly<Record<string, Json | string>>;

export const uuid = (n: number): string => `urn:uuid:9b1f6d0c-7a0d-4c6e-9a3f-1c2b3a4d5e6${n}`;

export const patient = (more: Json = {}): Json => ({ resourceType: 'Patient', active: true, ...more });

export const observation = (more: Json = {}): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a' },
  ...more,
});

/** A case for each item, named by a word and the item. */
export const each = <Item>(
  word: string,
  items: readonly Item[],
  make: (item: Item) => Json | string,
): Record<string, Json | string> =>
  Object.fromEntries(items.map((item) => [`${word} ${JSON.stringify(item).slice(0, 60)}`, make(item)]));

/** A case for each member, named by a word and its key. */
export const named = <Item>(
  word: string,
  items: Readonly<Record<string, Item>>,
  make: (item: Item) => Json | string,
): Record<string, Json | string> =>
  Object.fromEntries(Object.entries(items).map(([key, item]) => [`${word} ${key}`, make(item)]));
