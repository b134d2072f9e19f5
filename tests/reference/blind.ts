/**
 * Copies of published examples with an edit of chance by somebody who sees JSON alone: members left out, moved, renamed and given the values
 * of others. What nobody thought of when the kinds of faults were written stands here.
 */
import type { Json } from '../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../random.ts';
import { examplePicker, type Subject } from './mutants.ts';

/** A member of an object, or an item of a list, where it stands. */
interface Place {
  readonly owner: Record<string, unknown> | unknown[];
  readonly key: string;
  readonly value: unknown;
}

type Edit = (place: Place, random: Random, others: readonly Place[]) => boolean;

/** Blind copies: the same seed makes the same. */
export function* blindCopies(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const [example, other] = [pick(random), pick(random)];
    if (example === undefined || other === undefined) continue;
    const copy = structuredClone(example.resource);
    const kind = editOnce(copy, random, placesIn(other.resource));
    if (kind === undefined) continue;
    made += 1;
    yield { kind, file: example.file, text: JSON.stringify(copy) };
  }
}

/** Places and edits that are tried until one fits. */
const mostTries = 20;

/** Edits the resource once, in its place; undefined if no edit fitted. */
export function editOnce(
  copy: Json,
  random: Random,
  others: readonly Place[] = placesIn(structuredClone(copy)),
): string | undefined {
  const places = placesIn(copy);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const [place, [kind, edit]] = [random.pick(places), random.pick(Object.entries(edits))];
    if (edit(place, random, others)) return `${kind}: ${place.key}`;
  }
  return undefined;
}

/** All members and items but the type of the resource. */
function placesIn(root: Json): Place[] {
  const found: Place[] = [];
  const visit = (owner: Place['owner']): void => {
    for (const [key, value] of Object.entries(owner)) {
      if (key === 'resourceType') continue;
      found.push({ owner, key, value });
      if (typeof value === 'object' && value !== null) visit(value as Place['owner']);
    }
  };
  visit(root);
  return found;
}

function put({ owner, key }: Place, value: unknown): true {
  (owner as Record<string, unknown>)[key] = value;
  return true;
}

function take({ owner, key }: Place): void {
  if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else Reflect.deleteProperty(owner, key);
}

/** Writes a member under another name, at the same place. */
function rename({ owner, key }: Place, name: string): boolean {
  if (Array.isArray(owner) || name === key || name in owner) return false;
  const entries = Object.entries(owner);
  for (const [each] of entries) Reflect.deleteProperty(owner, each);
  for (const [each, value] of entries) owner[each === key ? name : each] = value;
  return true;
}

const texts: readonly ((text: string, random: Random) => string)[] = [
  (text) => text.slice(0, -1),
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => `${text} x`,
  (text) => `${text}/x`,
  (text) => `${text}|1`,
  (text) => `${text}#x`,
  (text) => text.replace(/\d/, (digit) => String(9 - Number(digit))),
  (text) => text.replaceAll('-', ''),
  (text) => text.replace(/[/:]/, ''),
  (text) => text.split(/[ /:#-]/)[0]!,
  (text, random) => text.slice(random.below(text.length)),
];
const numbers: readonly ((value: number) => unknown)[] = [
  (value) => -value,
  (value) => value * 1e12,
  (value) => value + 0.5,
  () => 0,
  (value) => String(value),
  (value) => value === 1,
];
const odd: readonly unknown[] = ['', ' ', null, [], {}, 0, 1.5, true, 'x', ['x'], { x: 1 }, [null], '2026-13-01'];

const edits: Readonly<Record<string, Edit>> = {
  'left out': (place) => (take(place), true),
  'text changed': (place, random) => {
    if (typeof place.value !== 'string' || place.value === '') return false;
    return put(place, random.pick(texts)(place.value, random));
  },
  'text changed again': (place, random) => edits['text changed']!(place, random, []),
  'number changed': (place, random) => typeof place.value === 'number' && put(place, random.pick(numbers)(place.value)),
  'flag turned': (place) => typeof place.value === 'boolean' && put(place, !place.value),
  'something else': (place, random) => put(place, random.pick(odd)),
  'value of that name elsewhere': (place, random, others) => {
    const alike = others.filter(({ key, owner }) => key === place.key && !Array.isArray(owner));
    return alike.length > 0 && put(place, random.pick(alike).value);
  },
  'value of another name': (place, random, others) => others.length > 0 && put(place, random.pick(others).value),
  'member of another resource': ({ value }, random, others) => {
    const members = others.filter(({ owner }) => !Array.isArray(owner));
    if (typeof value !== 'object' || value === null || Array.isArray(value) || members.length === 0) return false;
    const one = random.pick(members);
    return put({ owner: value as Record<string, unknown>, key: one.key, value }, one.value);
  },
  'moved up': (place) => {
    const { value } = place;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Array.isArray(place.owner)) return false;
    take(place);
    Object.assign(place.owner, value);
    return true;
  },
  'two exchanged': ({ owner, key, value }, random) => {
    const other = random.pick(Object.keys(owner));
    const members = owner as Record<string, unknown>;
    if (other === key || other === 'resourceType') return false;
    [members[key], members[other]] = [members[other], value];
    return true;
  },
  'in a list': (place) => put(place, [place.value]),
  'out of its list': (place) => Array.isArray(place.value) && place.value.length > 0 && put(place, place.value[0]),
  'twice in its list': ({ owner, value }) => Array.isArray(owner) && owner.push(value) > 0,
  'name with letters exchanged': (place, random) => {
    const at = random.below(place.key.length - 1);
    const [a = '', b = ''] = place.key.slice(at);
    return rename(place, place.key.slice(0, at) + b + a + place.key.slice(at + 2));
  },
  'name in the plural': (place) => rename(place, `${place.key}s`),
  'name of another': (place, random, others) => rename(place, random.pick(others).key),
};
