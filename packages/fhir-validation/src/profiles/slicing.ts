import type { Run } from '../run.ts';
import { baseTypeOf, type Discriminator } from '../contract/definitions.ts';
import type { Criterion } from './criterion.ts';
import { isObject } from '../json.ts';
import { discriminate, positionsOf, textsOf } from './discriminators.ts';
import type { Item } from './navigate.ts';
import type { ProfileNode } from './node.ts';
import type { Overlay } from './overlay.ts';
import type { ProfileSource } from './profile-source.ts';

/** A compiled test for one slice of a node. */
export interface SliceTest {
  readonly slice: ProfileNode;
  readonly name: string;
  /** Undefined if the profile states nothing that distinguishes the slice. */
  readonly criterion: Criterion | undefined;
}

/** The slices of a node with their tests. */
export interface SliceTests {
  readonly tests: readonly SliceTest[];
  /** If one member's text alone determines the slice: the member, and positions of slices by text. Otherwise undefined. */
  readonly byText:
    | { readonly member: string; readonly positions: ReadonlyMap<string, number>; readonly isUnique: boolean }
    | undefined;
  /** The first slice that nothing in the profile distinguishes; undefined if there is none. */
  readonly unclear: SliceTest | undefined;
  /** The position of the default slice, for items in no other slice; -1 if there is none. */
  readonly rest: number;
}

/** Assigns the repetitions of an element to its slices and checks each slice, including nested slices. */
export function checkSlices(
  overlay: Overlay,
  node: ProfileNode,
  items: readonly Item[],
  element: string,
  run: Run,
  source: ProfileSource,
): void {
  const sliced = testsOf(node, source);
  const { tests } = sliced;
  const rules = node.slicing?.rules ?? 'open';
  const isClear = sliced.unclear === undefined || isClearOf(node, sliced.unclear, items, element, run, overlay.url);
  const positions = items.map((item, i) => sliceOf(item, i, sliced, run));
  // With `openAtEnd`, an item outside of all slices must follow the last item of a slice.
  const lastInSlice = rules === 'openAtEnd' ? positions.findLastIndex((one) => one >= 0) : -1;
  const members: (Item[] | undefined)[] = [];
  let last = -1;
  let names: string | undefined;
  for (let i = 0; i < items.length; i += 1) {
    const item = items[i]!;
    const position = positions[i]!;
    if (position >= 0) {
      (members[position] ??= []).push(item);
      if (!isToldByText(item, sliced)) reportSecond(overlay, item, i, { tests, position, element }, run);
    }
    const isDefault = position >= 0 && tests[position]!.slice.sliceName === '@default';
    const isStray = isClear && position < 0 && (rules === 'closed' || i < lastInSlice);
    const isUnordered = node.slicing?.ordered === true && position >= 0 && !isDefault && position < last;
    if (isStray || isUnordered) {
      run.enter(item.label, item.index);
      if (isStray) run.report('slice-unknown', { element, slices: (names ??= namesOf(tests)), profile: overlay.url });
      else run.report('slice-order', { slice: `${element}:${tests[position]!.name}`, profile: overlay.url });
      run.leave();
    }
    if (position > last && !isDefault) last = position;
  }
  for (let position = 0; position < tests.length; position += 1) {
    const { slice, name, criterion } = tests[position]!;
    const found = members[position] ?? none;
    if (criterion !== undefined || slice.sliceName === '@default')
      checkCount(slice, found.length, element, name, overlay.url, run);
    for (const item of found) {
      run.enter(item.label, item.index);
      overlay.checkNode(slice, item, run);
      run.leave();
    }
    if (slice.slices.size > 0) checkSlices(overlay, slice, found, `${element}:${name}`, run, source);
  }
}

/**
 * Whether the profile states what distinguishes its slices, as far as this package can see. Otherwise no item can be assigned to the
 * unclear slice, which is reported at each item.
 */
function isClearOf(
  node: ProfileNode,
  unclear: SliceTest,
  items: readonly Item[],
  element: string,
  run: Run,
  profile: string,
): boolean {
  const discriminators = node.slicing?.discriminator ?? [];
  if (discriminators.length === 0 || discriminators.some(isHardToFollow)) return true;
  // A base of the profile may state the missing parts.
  if (baseTypeOf(run.rules.profiles.structure(profile)?.baseDefinition ?? '') === undefined) return true;
  for (const item of items) {
    run.enter(item.label, item.index);
    run.report('slicing-unclear', { slice: `${element}:${unclear.name}`, profile }, run.rules.beyondSpecification);
    run.leave();
  }
  return false;
}

/** Extensions and types in the path depend on definitions that may not be available. */
const isHardToFollow = ({ type, path }: Discriminator): boolean =>
  path.includes('(') && !(path.startsWith('resolve().') && /^(?:value|pattern)$/.test(type) && !/\(\w/.test(path));

const none: readonly Item[] = [];

/** Maximum number of slices that a finding names. */
const mostNamed = 100;

function namesOf(tests: readonly SliceTest[]): string {
  const named = tests.slice(0, mostNamed).map(({ name }) => name);
  return named.join(', ') + (tests.length > mostNamed ? ', …' : '');
}

/** Whether the text of an item leads to exactly one slice. */
const isToldByText = ({ value }: Item, { byText }: SliceTests): boolean =>
  byText?.isUnique === true && isObject(value) && typeof value[byText.member] === 'string';

/** Reports an item that is also in a second slice, because slices must be disjoint. https://hl7.org/fhir/R5/profiling.html#slicing */
function reportSecond(
  overlay: Overlay,
  item: Item,
  place: number,
  {
    tests,
    position,
    element,
  }: { readonly tests: readonly SliceTest[]; readonly position: number; readonly element: string },
  run: Run,
): void {
  // An extension has one URL and a choice one type, so they cannot be in two slices.
  if (item.type === 'Extension' || tests.length < 2 || tests[position]!.criterion === undefined) return;
  run.spend(tests.length - position);
  const second = tests.find(({ criterion }, i) => i > position && criterion?.(item, place, run) === true);
  if (second === undefined || tests[position]!.criterion(item, place, run) !== true) return;
  run.enter(item.label, item.index);
  const values = { first: `${element}:${tests[position]!.name}`, second: `${element}:${second.name}` };
  run.report('slice-several', { ...values, profile: overlay.url });
  run.leave();
}

/** Returns the name of an item's slice, as far as the item alone determines it; undefined if it is in none. */
export function sliceNameOf(node: ProfileNode, item: Item, run: Run, source: ProfileSource): string | undefined {
  const sliced = testsOf(node, source);
  return sliced.tests[sliceOf(item, item.index, sliced, run)]?.name;
}

/**
 * Returns the position of an item's slice: the first whose criterion it meets, else the first that it may meet, else the default slice; -1
 * if it is in none.
 */
function sliceOf(item: Item, place: number, { tests, byText, rest }: SliceTests, run: Run): number {
  run.spend(tests.length);
  const { value } = item;
  if (byText !== undefined && isObject(value)) {
    const text = value[byText.member];
    if (typeof text === 'string') return byText.positions.get(text) ?? rest;
  }
  let possible = -1;
  for (let position = 0; position < tests.length; position += 1) {
    const { criterion } = tests[position]!;
    if (criterion === undefined) continue;
    const answer = criterion(item, place, run);
    if (answer === true) return position;
    if (answer === undefined && possible < 0) possible = position;
  }
  return possible >= 0 ? possible : rest;
}

function checkCount(
  { min = 0, max = Infinity }: ProfileNode,
  count: number,
  element: string,
  name: string,
  profile: string,
  run: Run,
): void {
  if (count < min) run.report('slice-missing', { slice: `${element}:${name}`, min, count, profile });
  if (count > max) run.report('slice-too-many', { slice: `${element}:${name}`, max, count, profile });
}

function testsOf(node: ProfileNode, source: ProfileSource): SliceTests {
  return (node.sliceTests ??= makeTests(node, source));
}

function makeTests(node: ProfileNode, source: ProfileSource): SliceTests {
  const discriminators = node.slicing?.discriminator ?? implied(node);
  const slices = [...node.slices.values()];
  const positions = positionsOf(slices);
  const tests = slices.map((slice, i) => ({
    slice,
    name: slice.sliceName ?? '',
    criterion: slice.sliceName === '@default' ? undefined : discriminate(slice, discriminators, positions[i], source),
  }));
  const rest = tests.findLastIndex(({ slice }) => slice.sliceName === '@default');
  const unclear = tests.find(({ criterion, slice }) => criterion === undefined && slice.sliceName !== '@default');
  return { tests, rest, byText: byTextOf(tests, discriminators, source), unclear };
}

/** Returns the lookup by text, if there is a single discriminator on one member and each slice states its texts; otherwise undefined. */
function byTextOf(
  tests: readonly SliceTest[],
  discriminators: readonly Discriminator[],
  source: ProfileSource,
): SliceTests['byText'] {
  const [only, ...more] = discriminators;
  if (only === undefined || more.length > 0) return undefined;
  const positions = new Map<string, number>();
  let member: string | undefined;
  let isUnique = true;
  for (const [position, { slice, criterion }] of tests.entries()) {
    if (criterion === undefined) continue;
    const told = textsOf(slice, only, source);
    if (told === undefined || told.member !== (member ??= told.member)) return undefined;
    for (const text of told.texts) {
      if (positions.has(text)) isUnique = false;
      else positions.set(text, position);
    }
  }
  return member === undefined ? undefined : { member, positions, isUnique };
}

/** Returns the discriminator of a slicing that states none. */
function implied({ name, model }: ProfileNode): readonly Discriminator[] {
  if (name === 'extension' || name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return [{ type: model?.choice === true ? 'type' : 'value', path: '$this' }];
}
