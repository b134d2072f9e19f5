import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, shown } from '../json.ts';
import type { Run } from '../run.ts';
import { membership } from '../terminology/binding.ts';
import type { Discriminator, ElementType } from '../contract/definitions.ts';
import { parsePath } from './discriminator-path.ts';
import { ProfileNode, type Stated } from './node.ts';
import { equals, matches, within } from './values.ts';

/** A point in which a profile is less strict than another. */
export interface Lack {
  readonly path: string;
  readonly expected: string;
  /** The weaker requirement; empty if there is none. */
  readonly found: string;
  /** Whether other tools ignore such a difference: in parts of elements, in the targets of references, and for missing limits. */
  readonly isFar: boolean;
}

/** Access to the value sets of both bindings. */
interface Known {
  readonly run: Run;
  listed(valueSet: string): readonly (readonly [system: string, code: string])[] | undefined;
}

/**
 * Yields the points in which a profile is less strict than another, element by element.
 * @param inherited the part of a fixed value or pattern further up that applies to this element
 * @param depth number of levels below the resource
 */
export function* lacksBetween(
  own: ProfileNode,
  claimed: ProfileNode,
  path: string,
  known: Known,
  inherited?: unknown,
  depth = 0,
): Generator<Lack> {
  const at = (found: Pairs): Lack[] =>
    found.map(([expected, instead, isFar = false]) => ({ path, expected, found: instead, isFar: isFar || depth > 1 }));
  const { min = own.model?.min ?? 0, max = own.model?.max ?? Infinity } = own;
  if (claimed.min !== undefined && min < claimed.min) yield* at([[`min ${claimed.min}`, `min ${min}`]]);
  if (claimed.max !== undefined && max > claimed.max)
    yield* at([[`max ${shownMax(claimed.max)}`, `max ${shownMax(max)}`]]);
  // A prohibited element meets all other requirements.
  if (max === 0) return;
  const given = own.fixed?.value ?? own.pattern?.value ?? inherited;
  yield* at([...lackOfValue(own, claimed, given), ...lackOfRange(own, claimed), ...lackOfTypes(own, claimed)]);
  yield* at([...lackOfPresence(own, claimed), ...lackOfBinding(own, claimed, known), ...lackOfRules(own, claimed)]);
  for (const [name, child] of claimed.children) {
    const same = own.children.get(name) ?? new ProfileNode(name, child.model);
    yield* lacksBetween(same, child, `${path}.${name}`, known, within(given, [name]), depth + 1);
  }
  yield* lacksInSlices(own, claimed, path, known, depth);
}

type Pairs = [expected: string, found: string, isFar?: boolean][];

function lackOfValue(own: ProfileNode, { fixed, pattern }: ProfileNode, given: unknown): Pairs {
  const wanted = fixed ?? pattern;
  if (wanted === undefined) return [];
  // A pattern does not imply a fixed value of a complex type, because it allows additional parts.
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
    lacks.push([
      `minValue ${shown(minValue.value)}`,
      own.minValue === undefined ? '' : shown(own.minValue.value),
      true,
    ]);
  if (maxValue !== undefined && !isWithin(own.maxValue, maxValue, 1))
    lacks.push([`maxValue ${shown(maxValue.value)}`, own.maxValue === undefined ? '' : shown(own.maxValue.value)]);
  if (maxLength !== undefined && (own.maxLength ?? Infinity) > maxLength)
    lacks.push([
      `maxLength ${maxLength}`,
      own.maxLength === undefined ? '' : `maxLength ${own.maxLength}`,
      own.maxLength === undefined,
    ]);
  return lacks;
}

/** Compares whether a value is mandatory and which extensions may replace it. */
function lackOfPresence(own: ProfileNode, { mustHaveValue, valueAlternatives }: ProfileNode): Pairs {
  const lacks: Pairs = mustHaveValue && !own.mustHaveValue ? [['mustHaveValue', '']] : [];
  const strange = own.valueAlternatives?.filter((one) => valueAlternatives?.includes(one) === false) ?? [];
  if (strange.length > 0) lacks.push([`valueAlternatives ${valueAlternatives!.join(', ')}`, strange.join(', ')]);
  return lacks;
}

/** Each type that a profile allows must be allowed by the other profile, with targets that the other profile allows. */
function lackOfTypes(own: ProfileNode, { types: wanted }: ProfileNode): Pairs {
  // For backbone elements only snapshots state a type, so types are not compared.
  if (wanted?.every(({ code }) => typeOf(code) !== undefined && !code.endsWith('Element')) !== true) return [];
  const given: readonly ElementType[] = own.types ?? (own.model?.types ?? []).map((code) => ({ code }));
  const strange = given.filter((one) => !wanted.some((other) => isTypeWithin(one, other)));
  if (strange.length === 0) return [];
  const isOfOthers = strange.every((one) => wanted.some((other) => isOfType(one, other)));
  return [[`type ${wanted.map(shownType).join(', ')}`, strange.map(shownType).join(', '), isOfOthers]];
}

function isTypeWithin(own: ElementType, wanted: ElementType): boolean {
  const fits = (given: readonly string[] = [], asked: readonly string[] = []): boolean =>
    asked.length === 0 || (given.length > 0 && given.every((one) => asked.some((other) => isOfCanonical(one, other))));
  return isOfType(own, wanted) && fits(own.targetProfile, wanted.targetProfile) && fits(own.profile, wanted.profile);
}

const isOfType = (own: ElementType, wanted: ElementType): boolean =>
  own.code === wanted.code || (typeOf(wanted.code) !== undefined && isSubtype(own.code, wanted.code));

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

function* lacksInSlices(
  own: ProfileNode,
  claimed: ProfileNode,
  path: string,
  known: Known,
  depth: number,
): Generator<Lack> {
  const isFar = depth > 1;
  const rules = claimed.slicing?.rules ?? 'open';
  if (own.slices.size === 0) {
    // A list without slices complies with slices that may be empty.
    const isFree = rules !== 'closed' && [...claimed.slices.values()].every(({ min = 0 }) => min === 0);
    if (claimed.slices.size > 0 && !isFree)
      yield { path, expected: [...claimed.slices.keys()].join(', '), found: '', isFar };
    return;
  }
  if (claimed.slices.size === 0) return;
  const lack = lackOfSlicing(own, claimed);
  if (lack !== undefined) {
    yield { path, ...lack, isFar };
    return;
  }
  const discriminators = claimed.slicing?.discriminator ?? [];
  const met = new Set<ProfileNode>();
  for (const [name, slice] of claimed.slices) {
    const same =
      [...own.slices.values()].find((one) => isSameSlice(one, slice, discriminators)) ??
      (discriminators.some(({ type }) => type === 'value' || type === 'pattern') ? undefined : own.slices.get(name));
    if (same === undefined) yield { path: `${path}:${name}`, expected: name, found: '', isFar };
    else {
      met.add(same);
      yield* lacksBetween(same, slice, `${path}:${name}`, known, undefined, depth);
    }
  }
  if (rules === 'open') return;
  for (const [name, slice] of own.slices)
    if (!met.has(slice) && slice.max !== 0) yield { path: `${path}:${name}`, expected: rules, found: name, isFar };
}

/** Returns how a slicing is less strict or has other discriminators; undefined if it complies. */
function lackOfSlicing(
  { slicing: own }: ProfileNode,
  { slicing: claimed }: ProfileNode,
): Pick<Lack, 'expected' | 'found'> | undefined {
  const rules = claimed?.rules ?? 'open';
  if (rules !== 'open' && own?.rules !== rules) return { expected: rules, found: own?.rules ?? '' };
  if (claimed?.ordered === true && own?.ordered !== true) return { expected: 'ordered', found: '' };
  const given = new Set((own?.discriminator ?? []).map(({ type, path }) => `${type}:${path}`));
  const missing = (claimed?.discriminator ?? [])
    .map(({ type, path }) => `${type}:${path}`)
    .find((one) => !given.has(one));
  return missing === undefined ? undefined : { expected: missing, found: [...given].join(', ') };
}

/** Whether two slices are distinguished by the same values, whatever their names. */
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
