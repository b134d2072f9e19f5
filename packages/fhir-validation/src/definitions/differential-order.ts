import { elementsOf } from '@dhp/fhir-model';
import { isObject, type Json } from '../json.ts';
import { typesBelow } from './paths.ts';

/** The place of an element among those of its type: at each level the place in R5, and the number of the slice. */
type Key = readonly number[];

/**
 * The elements of a differential that a snapshot cannot take up, by their positions: a snapshot is made in the order of the base, and what
 * is before an element that comes earlier there is passed over. https://hl7.org/fhir/R5/profiling.html#snapshot
 */
export function passedOver(elements: readonly unknown[], type: string): readonly number[] {
  const slices = new Map<string, number>();
  const keyed: { readonly at: number; readonly key: Key }[] = [];
  for (const [at, element] of elements.entries()) {
    const key = isObject(element) ? keyOf(element, type, slices) : undefined;
    if (key !== undefined) keyed.push({ at, key });
  }
  keyed.sort((a, b) => compare(a.key, b.key) || a.at - b.at);
  const lost: number[] = [];
  let cursor = 0;
  for (const { at } of keyed) {
    if (at < cursor) lost.push(at);
    else cursor = at + 1;
  }
  return lost.sort((a, b) => a - b);
}

function compare(a: Key, b: Key): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** @param slices numbers of slices by their ids, in the order in which they are met */
function keyOf(element: Json, type: string, slices: Map<string, number>): Key | undefined {
  const { path, id } = element;
  if (typeof path !== 'string') return undefined;
  const [, ...names] = path.split('.');
  const steps = typeof id === 'string' && plain(id) === path ? id.split('.').slice(1) : names;
  const key: number[] = [];
  let types: readonly string[] = [type];
  let within = '';
  for (const [i, name] of names.entries()) {
    const below = typesBelow(types, name);
    if (below === undefined) return undefined;
    within += `.${steps[i]!}`;
    if (steps[i]!.includes(':') && !slices.has(within)) slices.set(within, slices.size + 1);
    key.push(placeOf(below.owner, below.name), slices.get(within) ?? 0);
    ({ types } = below);
  }
  return key;
}

/** An id without the names of slices. */
const plain = (id: string): string =>
  id
    .split('.')
    .map((step) => step.split(':', 1)[0])
    .join('.');

function placeOf(owner: string, name: string): number {
  return [...(elementsOf(owner)?.keys() ?? [])].indexOf(name);
}
