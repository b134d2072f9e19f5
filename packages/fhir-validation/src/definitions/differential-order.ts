import { elementsOf } from '@dhp/fhir-model';
import { isObject, type Json } from '../json.ts';
import { typesBelow } from './paths.ts';

/** Sort key of an element: for each level, the position in R5 and the number of the slice. */
type Key = readonly number[];

/**
 * Returns the positions of elements that a snapshot generator would skip. It follows the order of the base, so an element is skipped if an
 * earlier one of the differential comes later in the base. https://hl7.org/fhir/R5/profiling.html#snapshot
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

/** @param slices numbers of the slices by their ids, in order of appearance */
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

/** Returns an id without slice names. */
const plain = (id: string): string =>
  id
    .split('.')
    .map((step) => step.split(':', 1)[0])
    .join('.');

function placeOf(owner: string, name: string): number {
  return [...(elementsOf(owner)?.keys() ?? [])].indexOf(name);
}
