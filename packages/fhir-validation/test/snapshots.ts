import { elementsOf, type ElementModel } from '@dhp/fhir-model';
import type { ElementDefinition, StructureDefinition } from '../src/index.ts';
import { statedOnElement, statedOnType } from '../src/invariants/core-rules.ts';
import type { ProfileNode } from '../src/profiles/node.ts';
import { ProfileSource } from '../src/profiles/profile-source.ts';
import { definitionsOf } from './memory-codes.ts';
import type { Json } from './published.ts';

/** A difference between the validator's view of a profile, from differential and bases, and the published snapshot. */
export interface Difference {
  readonly profile: string;
  readonly element: string;
  readonly aspect: 'cardinality' | 'types' | 'targets' | 'binding' | 'value' | 'rule' | 'length';
  readonly published: string;
  readonly ours: string;
}

export interface Comparison {
  readonly profiles: number;
  readonly elements: number;
  /** Profiles without a tree. */
  readonly unreadable: readonly string[];
  readonly differences: readonly Difference[];
}

/** Compares every profile with its snapshot; `around` are definitions on which they are based. */
export function compareSnapshots(definitions: readonly Json[], around: readonly Json[] = []): Comparison {
  const source = new ProfileSource(definitionsOf([...around, ...definitions]));
  const differences: Difference[] = [];
  const unreadable: string[] = [];
  let [profiles, elements] = [0, 0];
  for (const definition of definitions as unknown as StructureDefinition[]) {
    const { derivation, snapshot, differential, url, type } = definition;
    if (derivation !== 'constraint' || snapshot === undefined || differential === undefined) continue;
    const root = source.treeOf(definition);
    if (root === undefined) {
      unreadable.push(url);
      continue;
    }
    profiles += 1;
    for (const element of snapshot.element) {
      const found = placeOf(root, element.id ?? element.path, type);
      if (found === undefined) continue;
      elements += 1;
      for (const [aspect, published, ours] of compare(element, found)) {
        differences.push({ profile: url, element: element.id ?? element.path, aspect, published, ours });
      }
    }
  }
  return { profiles, elements, unreadable, differences };
}

/** All statements about an element: from R5, from the profile, and from slices that contain it. */
interface PlaceInProfile {
  readonly model: ElementModel | undefined;
  readonly owner: string;
  readonly nodes: readonly ProfileNode[];
  readonly isSlice: boolean;
}

/** Returns the nodes of an element id (`Patient.identifier:a.system`); undefined if R5 does not have the element. */
function placeOf(root: ProfileNode, id: string, type: string): PlaceInProfile | undefined {
  let nodes: readonly ProfileNode[] = [root];
  let model: ElementModel | undefined;
  let [types, owner]: [readonly string[], string] = [[type], type];
  let isSlice = false;
  for (const step of id.split('.').slice(1)) {
    const [plain = '', slice] = step.split(':');
    const name = plain.replace('[x]', '');
    owner = types.find((one) => elementsOf(one)?.has(name) === true) ?? '';
    model = elementsOf(owner)?.get(name);
    if (model === undefined) return undefined;
    nodes = nodes.flatMap((node) => node.children.get(name) ?? []);
    isSlice = slice !== undefined;
    if (slice !== undefined) nodes = [...nodes, ...nodes.flatMap((node) => slicesOf(node, slice))];
    const stated = nodes.flatMap((node) => (node.types === undefined ? [] : [node.typeNames])).at(-1);
    types = stated ?? model.types;
    // A constraint on `valueQuantity` applies to `value[x]` if no other type is left.
    const [only = '', ...others] = types;
    if (model.choice && others.length === 0) {
      const typed = name + only.charAt(0).toUpperCase() + only.slice(1);
      nodes = [...nodes, ...nodes.flatMap((node) => node.slices.get(typed) ?? [])];
    }
  }
  return { model, owner, nodes, isSlice };
}

/** Returns the slice with this name and, for `a/b`, also the slice around it. */
function slicesOf(node: ProfileNode, name: string): ProfileNode[] {
  const found: ProfileNode[] = [];
  let at = node;
  let path = '';
  for (const part of name.split('/')) {
    path = path === '' ? part : `${path}/${part}`;
    const next = at.slices.get(path);
    if (next === undefined) break;
    found.push(next);
    at = next;
  }
  return found;
}

function* compare(
  element: ElementDefinition,
  { model, owner, nodes, isSlice }: PlaceInProfile,
): Generator<[Difference['aspect'], string, string]> {
  const pick = <T>(of: (node: ProfileNode) => T | undefined): T | undefined =>
    nodes.map(of).findLast((value) => value !== undefined);
  if (model !== undefined && element.min !== undefined && element.max !== undefined) {
    const slice = isSlice ? nodes.at(-1) : undefined;
    const min =
      isSlice && slice?.sliceName !== undefined
        ? (slice.min ?? 0)
        : Math.max(model.min, ...nodes.map((node) => node.min ?? 0));
    const max = Math.min(...nodes.map((node) => node.max ?? Infinity), model.max);
    const ours = `${min}..${max === Infinity ? '*' : max}`;
    if (ours !== `${element.min}..${element.max}`) yield ['cardinality', `${element.min}..${element.max}`, ours];
  }
  const types = pick((node) => node.types);
  const codes = [...new Set((element.type ?? []).map(({ code }) => code))].sort().join(', ');
  const ourCodes = [...new Set(types?.map(({ code }) => code) ?? model?.types ?? [])].sort().join(', ');
  if ((types !== undefined || model?.choice === true) && codes !== ourCodes) yield ['types', codes, ourCodes];
  const targets = targetsOf(element.type);
  if (types !== undefined && targets !== targetsOf(types)) yield ['targets', targets, targetsOf(types)];
  const binding = pick((node) => node.binding);
  const shownBinding = (one: ElementDefinition['binding']): string => `${one?.strength ?? ''} ${one?.valueSet ?? ''}`;
  if (binding !== undefined && shownBinding(element.binding) !== shownBinding(binding))
    yield ['binding', shownBinding(element.binding), shownBinding(binding)];
  const value = Object.entries(element).find(([key]) => /^(?:fixed|pattern)[A-Z]/.test(key))?.[1] as unknown;
  const ourValue = pick((node) => node.fixed ?? node.pattern)?.value;
  const text = (one: unknown): string => (one === undefined ? '' : JSON.stringify(one));
  if (text(value) !== text(ourValue)) yield ['value', text(value), text(ourValue)];
  const length = pick((node) => node.maxLength);
  if (element.maxLength !== length && length !== undefined) yield ['length', String(element.maxLength), String(length)];
  const known = new Set([
    ...nodes.flatMap((node) => [...node.constraints.values()].map(({ expression }) => expression)),
    ...statedOnElement(owner, model?.name ?? '').map(({ expression }) => expression),
    ...[owner, ...(model?.types ?? []), ...(types ?? []).map(({ code }) => code)].flatMap((one) =>
      statedOnType(one).map(({ expression }) => expression),
    ),
  ]);
  for (const { key, expression } of element.constraint ?? []) {
    if (expression !== undefined && !known.has(expression)) yield ['rule', `${key}: ${expression}`, ''];
  }
}

function targetsOf(types: ElementDefinition['type']): string {
  return (types ?? [])
    .flatMap(({ targetProfile }) => targetProfile ?? [])
    .sort()
    .join(', ');
}
