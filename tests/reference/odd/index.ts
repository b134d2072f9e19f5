/**
 * Resources as somebody would write them by hand who has not read all of the specification: of every type, made from nothing, with what is
 * required, some elements right and some wrong. What mutants of published examples never have stands here.
 */
import { elementsOf, memberOf, resourceTypes, typeOf, type ElementModel } from '@dhp/fhir-model';
import { valueSets } from '../../../packages/fhir-validation/generated/definitions.ts';
import type { EncodedValueSets } from '../../../packages/fhir-validation/src/terminology/encoding.ts';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import type { Subject } from '../mutants.ts';
import { complexes, primitives } from './values.ts';

const codes = JSON.parse(valueSets) as EncodedValueSets;
const types = resourceTypes.filter((type) => typeOf(type)?.isAbstract !== true);

/** How deep elements with elements of their own are filled. */
const deepest = 4;

/** Resources of types of chance: the same seed makes the same. */
export function* oddResources(seed: number, count: number): Generator<Subject> {
  for (let request = 0; request < count; request += 1) {
    const random = randomSource(seed, request);
    const type = random.pick(types);
    const wrong: string[] = [];
    const resource = { resourceType: type, ...(random.oneIn(2) ? { id: 'a' } : {}), ...made(type, random, 0, wrong) };
    if (random.oneIn(12)) Object.assign(resource, { [random.pick(strange)]: random.pick(['a', 1, true, {}, []]) });
    yield {
      kind: wrong.length === 0 ? 'nothing meant wrong' : wrong.join(', '),
      file: type,
      text: JSON.stringify(resource),
    };
  }
}

/** Members that people expect. */
const strange = ['patient', 'comment', 'resource', 'value', 'notes', '_id', 'createdAt', 'metadata'];

/** An object of a type: what it requires, and some of what it may have. @param wrong gets the names of what is meant wrong */
export function made(type: string, random: Random, depth: number, wrong: string[]): Json {
  const object: Record<string, unknown> = {};
  const elements = [...(elementsOf(type)?.values() ?? [])];
  // One element in so many that the object has some four.
  const share = Math.max(2, Math.ceil(elements.length / 4));
  for (const element of elements) {
    const isLeftOut = element.min > 0 ? random.oneIn(14) : !random.oneIn(share);
    if (element.min > 0 && isLeftOut) wrong.push(`${type}.${element.name} left out`);
    if (isLeftOut || /^(?:id|extension|modifierExtension|contained|implicitRules)$/.test(element.name)) continue;
    fill(object, element, type, random, depth, wrong);
  }
  return object;
}

function fill(
  object: Record<string, unknown>,
  element: ElementModel,
  owner: string,
  random: Random,
  depth: number,
  wrong: string[],
): void {
  const type = random.pick(element.types);
  const isOdd = random.oneIn(5);
  const value = valueOf(element, type, isOdd, random, depth, wrong);
  if (value === undefined) return;
  const name = element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name;
  if (isOdd) wrong.push(`${owner}.${name}`);
  const isList = element.max > 1 !== random.oneIn(30);
  object[name] = isList ? (random.oneIn(4) ? [value, value] : [value]) : value;
}

/** A value of a type, as an element of that type alone has it; now and then a wrong one. */
export const valueOfType = (type: string, random: Random): unknown =>
  valueOf({ binding: undefined, targets: undefined }, type, random.oneIn(12), random, 2, []);

/** A value for a member of an object of a type, in a list where it may repeat; undefined if there is none. */
export function valueOfMember(type: string, name: string, random: Random): unknown {
  const member = memberOf(type, name);
  if (member === undefined) return undefined;
  const value = valueOf(member.element, member.type, random.oneIn(12), random, 2, []);
  return value === undefined || member.element.max === 1 ? value : [value];
}

function valueOf(
  element: Pick<ElementModel, 'binding' | 'targets'>,
  type: string,
  isOdd: boolean,
  random: Random,
  depth: number,
  wrong: string[],
): unknown {
  const written = primitives[type] ?? complexes[type];
  if (isOdd && written !== undefined) return random.pick(written.odd);
  const { binding, targets } = element;
  if (type === 'code' && binding?.strength === 'required') return codeOf(binding.valueSet, random);
  if (type === 'CodeableConcept' && binding?.strength === 'required') return conceptOf(binding.valueSet, random);
  if (type === 'Reference')
    return random.oneIn(4) ? random.pick(written!.right.slice(1)) : referenceTo(targets, random);
  if (written !== undefined) return random.pick(written.right);
  if (typeOf(type)?.kind === 'resource')
    return depth < 2 ? { resourceType: 'Basic', code: { text: 'A thing' } } : undefined;
  if (depth >= deepest) return undefined;
  if (isOdd) return random.pick(['a', {}, null, [], 5]);
  return made(type, random, depth + 1, wrong);
}

/** A code of a value set, of those that are listed. */
export function codeOf(valueSet: string | undefined, random: Random): string {
  const systems = Object.values(codes[valueSet?.split('|')[0] ?? ''] ?? {});
  return systems.length === 0 ? 'active' : random.pick(random.pick(systems));
}

function conceptOf(valueSet: string | undefined, random: Random): Json {
  const systems = Object.entries(codes[valueSet?.split('|')[0] ?? ''] ?? {});
  if (systems.length === 0) return { text: 'Words' };
  const [system, listed] = random.pick(systems);
  return { coding: [{ system, code: random.pick(listed) }] };
}

/** A reference to a resource of one of the types that are allowed; to another one now and then. */
function referenceTo(targets: readonly string[] | undefined, random: Random): Json {
  const allowed = targets === undefined || targets.includes('Resource') ? ['Patient', 'Observation'] : targets;
  return { reference: `${random.oneIn(15) ? random.pick(types) : random.pick(allowed)}/1` };
}
