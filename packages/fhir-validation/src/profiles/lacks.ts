import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, shown } from '../json.ts';
import type { Run } from '../run.ts';
import { membership } from '../terminology/binding.ts';
import type { Discriminator, ElementType } from './definitions.ts';
import { parsePath } from './discriminator-path.ts';
import { ProfileNode, type Stated } from './node.ts';
import { equals, matches, within } from './values.ts';

/** Something that a profile asks for less of than another one does. */
export interface Lack {
  readonly path: string;
  readonly expected: string;
  /** The weaker requirement; empty when there is none. */
  readonly found: string;
}

/** Access to the value sets of the two bindings. */
interface Known {
  readonly run: Run;
  listed(valueSet: string): readonly [system: string, code: string][] | undefined;
}

/**
 * Yields the weaker requirements of a profile compared with another one, element by element.
 * @param inherited what a fixed value or pattern further up says of this element
 */
export function* lacksBetween(
  own: ProfileNode,
  claimed: ProfileNode,
  path: string,
  known: Known,
  inherited?: unknown,
): Generator<Lack> {
  const at = (found: readonly [expected: string, found: string][]): Lack[] =>
    found.map(([expected, instead]) => ({ path, expected, found: instead }));
  const { min = own.model?.min ?? 0, max = own.model?.max ?? Infinity } = own;
  if (claimed.min !== undefined && min < claimed.min) yield* at([[`min ${claimed.min}`, `min ${min}`]]);
  if (claimed.max !== undefined && max > claimed.max)
    yield* at([[`max ${shownMax(claimed.max)}`, `max ${shownMax(max)}`]]);
  // An element that is prohibited meets all other requirements.
  if (max === 0) return;
  const given = own.fixed?.value ?? own.pattern?.value ?? inherited;
  yield* at([...lackOfValue(own, claimed, given), ...lackOfRange(own, claimed), ...lackOfTypes(own, claimed)]);
  yield* at([...lackOfBinding(own, claimed, known), ...lackOfRules(own, claimed)]);
  for (const [name, child] of claimed.children) {
    const same = own.children.get(name) ?? new ProfileNode(name, child.model);
    yield* lacksBetween(same, child, `${path}.${name}`, known, within(given, [name]));
  }
  yield* lacksInSlices(own, claimed, path, known);
}

type Pairs = [expected: string, found: string][];

function lackOfValue(own: ProfileNode, { fixed, pattern }: ProfileNode, given: unknown): Pairs {
  const wanted = fixed ?? pattern;
  if (wanted === undefined) return [];
  // A pattern leaves room that a fixed value of several parts does not.
  const isExact = fixed !== undefined && isObject(fixed.value);
  const isMet = isExact
    ? own.fixed !== undefined && equals(own.fixed.value, fixed.value)
    : matches(given, wanted.value);
  return isMet ? [] : [[shown(wanted.value), given === undefined ? '' : shown(given)]];
}

function lackOfRange(own: ProfileNode, { minValue, maxValue, maxLength }: ProfileNode): Pairs {
  const lacks: Pairs = [];
  const isWithin = (one: Stated | undefined, limit: Stated, sign: -1 | 1): boolean => {
    if (typeof one?.value === 'number' && typeof limit.value === 'number') return sign * (one.value - limit.value) <= 0;
    return equals(one?.value, limit.value);
  };
  if (minValue !== undefined && !isWithin(own.minValue, minValue, -1))
    lacks.push([`minValue ${shown(minValue.value)}`, own.minValue === undefined ? '' : shown(own.minValue.value)]);
  if (maxValue !== undefined && !isWithin(own.maxValue, maxValue, 1))
    lacks.push([`maxValue ${shown(maxValue.value)}`, own.maxValue === undefined ? '' : shown(own.maxValue.value)]);
  if (maxLength !== undefined && (own.maxLength ?? Infinity) > maxLength)
    lacks.push([`maxLength ${maxLength}`, own.maxLength === undefined ? '' : `maxLength ${own.maxLength}`]);
  return lacks;
}

/** Each type that a profile leaves must be one that the other leaves, with targets that the other leaves. */
function lackOfTypes(own: ProfileNode, { types: wanted }: ProfileNode): Pairs {
  // Parts of R5's own elements have types that only snapshots name.
  if (wanted?.every(({ code }) => typeOf(code) !== undefined && !code.endsWith('Element')) !== true) return [];
  const given: readonly ElementType[] = own.types ?? (own.model?.types ?? []).map((code) => ({ code }));
  const strange = given.filter((one) => !wanted.some((other) => isTypeWithin(one, other)));
  if (strange.length === 0) return [];
  return [[`type ${wanted.map(shownType).join(', ')}`, strange.map(shownType).join(', ')]];
}

function isTypeWithin(own: ElementType, wanted: ElementType): boolean {
  const isSame = own.code === wanted.code || (typeOf(wanted.code) !== undefined && isSubtype(own.code, wanted.code));
  const fits = (given: readonly string[] = [], asked: readonly string[] = []): boolean =>
    asked.length === 0 || (given.length > 0 && given.every((one) => asked.some((other) => isOfCanonical(one, other))));
  return isSame && fits(own.targetProfile, wanted.targetProfile) && fits(own.profile, wanted.profile);
}

const isOfCanonical = (one: string, other: string): boolean => one.split('|')[0] === other.split('|')[0];

const shownType = ({ code, targetProfile = [] }: ElementType): string =>
  targetProfile.length === 0 ? code : `${code}(${targetProfile.join(' | ')})`;

const strengths = ['example', 'preferred', 'extensible', 'required'];

function lackOfBinding(own: ProfileNode, { binding: wanted }: ProfileNode, known: Known): Pairs {
  if (wanted?.strength !== 'required' && wanted?.strength !== 'extensible') return [];
  const given = own.binding ?? own.model?.binding;
  if (strengths.indexOf(given?.strength ?? '') < strengths.indexOf(wanted.strength))
    return [[`${wanted.strength} ${wanted.valueSet ?? ''}`, given?.strength ?? '']];
  const [one, other] = [given?.valueSet, wanted.valueSet];
  if (wanted.strength !== 'required' || one === undefined || other === undefined || isOfCanonical(one, other))
    return [];
  const ask = membership(other);
  const strange = (known.listed(one) ?? []).filter(([system, code]) => ask(known.run, system, code) === 'out');
  return strange.length === 0 ? [] : [[`required ${other}`, strange.map(([, code]) => code).join(', ')]];
}

function lackOfRules(own: ProfileNode, claimed: ProfileNode): Pairs {
  const stated = new Set([...own.constraints.values()].map(({ expression }) => expression));
  return [...claimed.constraints.values()]
    .filter(({ expression, severity }) => severity === 'error' && !stated.has(expression))
    .map(({ key, expression }): [string, string] => [expression ?? key, '']);
}

function* lacksInSlices(own: ProfileNode, claimed: ProfileNode, path: string, known: Known): Generator<Lack> {
  const discriminators = claimed.slicing?.discriminator ?? [];
  const met = new Set<ProfileNode>();
  for (const [name, slice] of claimed.slices) {
    const same =
      own.slices.get(name) ?? [...own.slices.values()].find((one) => isSameSlice(one, slice, discriminators));
    if (same === undefined) yield { path: `${path}:${name}`, expected: name, found: '' };
    else {
      met.add(same);
      yield* lacksBetween(same, slice, `${path}:${name}`, known);
    }
  }
  if (claimed.slicing?.rules !== 'closed') return;
  if (own.slicing?.rules !== 'closed') yield { path, expected: 'closed', found: own.slicing?.rules ?? '' };
  for (const [name, slice] of own.slices)
    if (!met.has(slice) && slice.max !== 0) yield { path: `${path}:${name}`, expected: 'closed', found: name };
}

/** Whether two slices, under whatever name, are told by the same values. */
function isSameSlice(one: ProfileNode, other: ProfileNode, discriminators: readonly Discriminator[]): boolean {
  return (
    discriminators.length > 0 &&
    discriminators.every(({ type, path }) => {
      const [own, wanted] = [nodeAt(one, path), nodeAt(other, path)];
      if (type === 'type')
        return equals(
          own?.types?.map(({ code }) => code),
          wanted?.types?.map(({ code }) => code),
        );
      const value = (wanted?.fixed ?? wanted?.pattern)?.value;
      return value !== undefined && matches((own?.fixed ?? own?.pattern)?.value, value);
    })
  );
}

function nodeAt(slice: ProfileNode, path: string): ProfileNode | undefined {
  let node: ProfileNode | undefined = slice;
  for (const step of parsePath(path)) node = step.kind === 'child' ? node?.children.get(step.name) : node;
  return node;
}

const shownMax = (max: number): string => (max === Infinity ? '*' : String(max));
