import type { Run } from '../run.ts';
import type { Discriminator } from './definitions.ts';
import type { Criterion } from './criterion.ts';
import { discriminate } from './discriminators.ts';
import type { Item } from './navigate.ts';
import type { ProfileNode } from './node.ts';
import type { Overlay } from './overlay.ts';
import type { ProfileSource } from './profile-source.ts';

/** Test that decides whether an item is in a slice; compiled once for a node. */
export interface SliceTest {
  readonly slice: ProfileNode;
  readonly name: string;
  /** Undefined when nothing in the profile tells the slice apart. */
  readonly criterion: Criterion | undefined;
}

/** Sorts the repetitions of an element into its slices and checks each slice, and its own slices within it. */
export function checkSlices(
  overlay: Overlay,
  node: ProfileNode,
  items: readonly Item[],
  element: string,
  run: Run,
  source: ProfileSource,
): void {
  const tests = testsOf(node, source);
  const members = new Map<ProfileNode, Item[]>();
  const rules = node.slicing?.rules ?? 'open';
  const positions = new Map(tests.map((test, i) => [test, i]));
  const slices = items.map((item, i) => sliceOf(item, i, tests, run));
  // With `openAtEnd`, an item outside of all slices must follow the last item of a slice.
  const lastInSlice = slices.findLastIndex((one) => one !== undefined);
  let last = -1;
  let names: string | undefined;
  for (const [i, item] of items.entries()) {
    const found = slices[i];
    const index = found === undefined ? -1 : positions.get(found)!;
    if (found !== undefined) append(members, found.slice, item);
    const isDefault = found?.slice.sliceName === '@default';
    const isStray = found === undefined && (rules === 'closed' || (rules === 'openAtEnd' && i < lastInSlice));
    const isUnordered = node.slicing?.ordered === true && index >= 0 && !isDefault && index < last;
    if (isStray || isUnordered) {
      run.enter(item.label, item.index);
      if (isStray)
        run.report('slice-unknown', {
          element,
          slices: (names ??= namesOf(tests)),
          profile: overlay.url,
        });
      if (isUnordered) run.report('slice-order', { slice: `${element}:${found!.name}`, profile: overlay.url });
      run.leave();
    }
    if (index > last && !isDefault) last = index;
  }
  for (const { slice, name, criterion } of tests) {
    const found = members.get(slice) ?? [];
    if (criterion !== undefined || slice.sliceName === '@default')
      checkCount(slice, found.length, `${element}:${name}`, overlay.url, run);
    for (const item of found) {
      run.enter(item.label, item.index);
      overlay.checkNode(slice, item, run);
      run.leave();
    }
    if (slice.slices.size > 0) checkSlices(overlay, slice, found, `${element}:${name}`, run, source);
  }
}

/** Slices that a finding names. */
const mostNamed = 100;

function namesOf(tests: readonly SliceTest[]): string {
  const named = tests.slice(0, mostNamed).map(({ name }) => name);
  return named.join(', ') + (tests.length > mostNamed ? ', …' : '');
}

/** The name of the slice that an item belongs to, as far as it can be told of the item alone. */
export function sliceNameOf(node: ProfileNode, item: Item, run: Run, source: ProfileSource): string | undefined {
  return sliceOf(item, item.index, testsOf(node, source), run)?.name;
}

function append(members: Map<ProfileNode, Item[]>, slice: ProfileNode, item: Item): void {
  const list = members.get(slice);
  if (list === undefined) members.set(slice, [item]);
  else list.push(item);
}

/** The slice of an item: the first whose criterion it meets for sure, else one that it may meet, else the default one. */
function sliceOf(item: Item, position: number, tests: readonly SliceTest[], run: Run): SliceTest | undefined {
  run.spend(tests.length);
  let possible: SliceTest | undefined;
  let rest: SliceTest | undefined;
  for (const test of tests) {
    if (test.slice.sliceName === '@default') rest = test;
    const answer = test.criterion?.(item, position, run);
    if (answer === true) return test;
    if (answer === undefined && test.criterion !== undefined) possible ??= test;
  }
  return possible ?? rest;
}

function checkCount(
  { min = 0, max = Infinity }: ProfileNode,
  count: number,
  slice: string,
  profile: string,
  run: Run,
): void {
  if (count < min) run.report('slice-missing', { slice, min, count, profile });
  if (count > max) run.report('slice-too-many', { slice, max, count, profile });
}

function testsOf(node: ProfileNode, source: ProfileSource): readonly SliceTest[] {
  if (node.sliceTests === undefined) {
    const discriminators = node.slicing?.discriminator ?? implied(node);
    node.sliceTests = [...node.slices.values()].map((slice, position) => ({
      slice,
      name: slice.sliceName ?? '',
      criterion: slice.sliceName === '@default' ? undefined : discriminate(slice, discriminators, position, source),
    }));
  }
  return node.sliceTests;
}

/** Returns the discriminator of a slicing that states none. */
function implied({ name, model }: ProfileNode): readonly Discriminator[] {
  if (name === 'extension' || name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return [{ type: model?.choice === true ? 'type' : 'value', path: '$this' }];
}
