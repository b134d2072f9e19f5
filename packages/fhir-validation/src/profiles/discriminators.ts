import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject } from '../json.ts';
import { contentOf, profileRoots } from './content.ts';
import { allOf, anyOf, follow, type Criterion } from './criterion.ts';
import type { Discriminator } from '../contract/definitions.ts';
import { parsePath, type DiscriminatorStep } from './discriminator-path.ts';
import type { ProfileNode } from './node.ts';
import type { ProfileSource } from './profile-source.ts';
import { matches, within } from './values.ts';

/** The positions of a slice's items, from `from` (inclusive) to `to` (exclusive). */
export interface Positions {
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the positions of each slice, counted from the fixed numbers of items of the slices before it. Undefined after a slice without a
 * fixed number. https://hl7.org/fhir/R5/profiling.html#discriminator
 */
export function positionsOf(slices: readonly ProfileNode[]): (Positions | undefined)[] {
  let from: number | undefined = 0;
  return slices.map(({ min = 0, max = Infinity }) => {
    const own = from === undefined ? undefined : { from, to: from + max };
    from = from === undefined || min !== max ? undefined : from + max;
    return own;
  });
}

/** Returns a criterion that all discriminators must meet; undefined if the profile states nothing that distinguishes the slice. */
export function discriminate(
  slice: ProfileNode,
  discriminators: readonly Discriminator[],
  positions: Positions | undefined,
  source: ProfileSource,
): Criterion | undefined {
  const criteria = discriminators.map((one) => criterionOf(slice, one, positions, source));
  const told = criteria.filter((criterion) => criterion !== undefined);
  if (told.length === 0) return undefined;
  return (item, at, run) => allOf(told.map((criterion) => criterion(item, at, run)));
}

function criterionOf(
  slice: ProfileNode,
  { type, path }: Discriminator,
  positions: Positions | undefined,
  source: ProfileSource,
): Criterion | undefined {
  const steps = parsePath(path);
  // A prohibited element distinguishes a slice from slices that have the element.
  if (steps.length > 0 && steps.every(({ kind }) => kind === 'child') && nodeAt(slice, steps, source).node?.max === 0)
    return (item, _at, run) => follow(item, steps, run).length === 0;
  switch (type) {
    case 'position':
      return positions && ((_item, at) => at >= positions.from && at < positions.to);
    case 'exists':
      return existence(slice, steps, source);
    case 'type':
      return typeCriterion(slice, steps, source);
    case 'profile':
      return profileCriterion(slice, steps, source);
    case 'value':
    case 'pattern':
      return valueCriterion(slice, steps, source);
  }
}

/** Returns the node at a path, and criteria for the rest of the path from a fixed value or pattern above it. */
function nodeAt(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): { node: ProfileNode | undefined; covered: Criterion[] } {
  let node: ProfileNode | undefined = slice;
  const covered: Criterion[] = [];
  for (const [i, step] of steps.entries()) {
    if (node === undefined) break;
    const rest = steps.slice(i);
    if (rest.every(({ kind }) => kind === 'child')) {
      const names = rest.map((one) => (one as DiscriminatorStep & { kind: 'child' }).name);
      const expected = within(node.fixed?.value ?? node.pattern?.value, names);
      if (expected !== undefined) covered.push(({ value }, _at, run) => matches(value, expected, run));
    }
    if (step.kind === 'child') node = childOf(node, step, source);
    else if (step.kind === 'type')
      node = [...node.slices.values()].find((one) => one.types?.some(({ code }) => code === step.name)) ?? node;
    else node = targetRoot(node, source);
  }
  return { node, covered };
}

/** Returns the child of a node, or the child in a profile that the node's type must meet. */
function childOf(
  node: ProfileNode,
  { name, url }: DiscriminatorStep & { kind: 'child' },
  source: ProfileSource,
): ProfileNode | undefined {
  const own = node.children.get(name);
  const found =
    own ??
    profileRoots(node, source)
      .map((root) => root.children.get(name))
      .find((child) => child !== undefined);
  if (url === undefined || found === undefined) return found;
  return [...found.slices.values()].find((one) => one.types?.some(({ profile }) => profile?.includes(url) === true));
}

function targetRoot({ types }: ProfileNode, source: ProfileSource): ProfileNode | undefined {
  const urls = (types ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
  return urls.length === 1 ? source.overlay(urls[0]!)?.root : undefined;
}

function valueCriterion(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): Criterion | undefined {
  const urls = urlsOf(slice, steps);
  if (urls.length > 0) return ({ value }) => isObject(value) && urls.includes(String(value['url']));
  const { node, covered } = nodeAt(slice, steps, source);
  const direct = node === undefined ? undefined : memberCriterion(node, steps);
  if (direct !== undefined) return direct;
  const own = node === undefined ? undefined : contentOf(node, source, 0);
  const criteria = own === undefined ? covered : [...covered, own];
  if (criteria.length === 0) return requiredCriterion(slice, steps, source);
  return (item, at, run) =>
    anyOf(follow(item, steps, run).map((found) => allOf(criteria.map((one) => one(found, at, run)))));
}

/** Returns a criterion from required slices on the path, such as a coding of a given system; undefined if there are none. */
function requiredCriterion(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): Criterion | undefined {
  let node: ProfileNode | undefined = slice;
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'child' || i === steps.length - 1) return undefined;
    node = childOf(node, step, source);
    if (node === undefined) return undefined;
    const required = [...node.slices.values()].filter(({ min = 0 }) => min > 0);
    const told = required.flatMap((one) => valueCriterion(one, steps.slice(i + 1), source) ?? []);
    if (told.length === 0) continue;
    const way = steps.slice(0, i + 1);
    return (item, at, run) => {
      const items = follow(item, way, run);
      return allOf(told.map((one) => anyOf(items.map((found) => one(found, at, run)))));
    };
  }
  return undefined;
}

/** Returns the URLs that discriminate a slice of extensions, from the profiles of its type; empty if there are none. */
function urlsOf({ name, types = [] }: ProfileNode, steps: readonly DiscriminatorStep[]): string[] {
  const isUrl = steps.length === 1 && steps[0]!.kind === 'child' && steps[0]!.name === 'url';
  if (!isUrl || !name.endsWith('xtension')) return [];
  return types.flatMap(({ profile }) => profile ?? []).map((url) => url.split('|')[0]!);
}

/** The most frequent case, one member with a fixed text, without the general traversal. */
function memberCriterion(node: ProfileNode, steps: readonly DiscriminatorStep[]): Criterion | undefined {
  const expected = textOf(node, steps);
  if (expected === undefined) return undefined;
  const { name } = node;
  return ({ value }) => isObject(value) && value[name] === expected;
}

/** Returns the only text that a member may have; undefined if there is none, or if the element is a choice or repeats. */
function textOf({ model, fixed, pattern }: ProfileNode, steps: readonly DiscriminatorStep[]): string | undefined {
  const expected = (fixed ?? pattern)?.value;
  const isSingle = steps.length === 1 && steps[0]!.kind === 'child' && model?.choice === false && model.max === 1;
  return isSingle && typeof expected === 'string' ? expected : undefined;
}

/** Returns the member whose text alone discriminates a slice, with its texts; undefined if the discriminator needs more. */
export function textsOf(
  slice: ProfileNode,
  { type, path }: Discriminator,
  source: ProfileSource,
): { readonly member: string; readonly texts: readonly string[] } | undefined {
  if (type !== 'value' && type !== 'pattern') return undefined;
  const steps = parsePath(path);
  const urls = urlsOf(slice, steps);
  if (urls.length > 0) return { member: 'url', texts: urls };
  const { node } = nodeAt(slice, steps, source);
  const text = node === undefined ? undefined : textOf(node, steps);
  return text === undefined ? undefined : { member: node!.name, texts: [text] };
}

function existence(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): Criterion | undefined {
  let node: ProfileNode | undefined = slice;
  for (const step of steps) node = step.kind === 'child' && node !== undefined ? childOf(node, step, source) : node;
  const isForbidden = node?.max === 0;
  if (node === undefined || (!isForbidden && (node.min ?? 0) === 0)) return undefined;
  return (item, _at, run) => follow(item, steps, run).length > 0 !== isForbidden;
}

function typeCriterion(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): Criterion | undefined {
  const isTarget = steps.at(-1)?.kind === 'resolve';
  const { node } = nodeAt(slice, isTarget ? steps.slice(0, -1) : steps, source);
  const types = isTarget
    ? (node?.types ?? []).flatMap(({ targetProfile }) => targetProfile ?? []).map((url) => source.typeFor(url))
    : node?.types?.map(({ code }) => code);
  const known = types?.filter((type) => type !== undefined && typeOf(type) !== undefined) as string[] | undefined;
  if (known === undefined || known.length === 0) return undefined;
  return (item, _at, run) => follow(item, steps, run).some(({ type }) => known.some((one) => isSubtype(type, one)));
}

function profileCriterion(
  slice: ProfileNode,
  steps: readonly DiscriminatorStep[],
  source: ProfileSource,
): Criterion | undefined {
  const isTarget = steps.at(-1)?.kind === 'resolve';
  const { node } = nodeAt(slice, isTarget ? steps.slice(0, -1) : steps, source);
  const urls = (node?.types ?? []).flatMap(({ profile, targetProfile }) => (isTarget ? targetProfile : profile) ?? []);
  if (urls.length === 0) return undefined;
  return (item, _at, run) =>
    follow(item, steps, run).some(({ value, type }) =>
      urls.some((url) => {
        const overlay = source.overlay(url);
        if (overlay === undefined || !isSubtype(type, overlay.type)) return false;
        return !(isTarget && run.isFaulty(value)) && overlay.accepts(value, type, run);
      }),
    );
}
