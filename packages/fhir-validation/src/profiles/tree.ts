import { elementsOf } from '@dhp/fhir-model';
import type { ElementDefinition, StructureDefinition } from '../contract/definitions.ts';
import type { ProfileNode } from './node.ts';

/** Applies the differential of a profile to the tree of its base. Elements that it does not mention keep the constraints of the base. */
export function applyDefinition(root: ProfileNode, { differential, snapshot }: StructureDefinition): void {
  const elements = differential?.element ?? snapshot?.element ?? [];
  const idOf = identifier();
  for (const element of elements) {
    const node = nodeAt(root, (element.id ?? idOf(element)).split('.').slice(1));
    node?.constrain(element);
  }
}

/** Applies only the snapshot, for a profile whose base is not available. */
export function applySnapshot(root: ProfileNode, definition: StructureDefinition): void {
  const { differential: _, ...rest } = definition;
  applyDefinition(root, rest);
}

/** Returns a function that builds missing element ids from the path and the slice names of the elements above. */
function identifier(): (element: ElementDefinition) => string {
  const slices = new Map<string, string>();
  return ({ path, sliceName }) => {
    for (const known of [...slices.keys()]) if (known === path || known.startsWith(`${path}.`)) slices.delete(known);
    if (sliceName !== undefined) slices.set(path, sliceName);
    let at = '';
    return path
      .split('.')
      .map((name) => {
        at = at === '' ? name : `${at}.${name}`;
        const slice = slices.get(at);
        return slice === undefined ? name : `${name}:${slice}`;
      })
      .join('.');
  };
}

/** Returns the node at the steps of an id (`component:systolic`, `value[x]`) and creates missing ones; undefined for an unknown name. */
function nodeAt(root: ProfileNode, steps: readonly string[]): ProfileNode | undefined {
  let node: ProfileNode | undefined = root;
  for (const step of steps) {
    const colon = step.indexOf(':');
    const name = colon < 0 ? step : step.slice(0, colon);
    const sliceName = colon < 0 ? undefined : step.slice(colon + 1);
    node = childAt(node, name);
    if (node === undefined) return undefined;
    if (sliceName !== undefined) node = sliceAt(node, sliceName);
  }
  return node;
}

function childAt(node: ProfileNode, name: string): ProfileNode | undefined {
  if (name.endsWith('[x]')) return node.child(name.slice(0, -3));
  return node.child(name) ?? choiceAt(node, name);
}

/** Returns the slice of `value[x]` for the type in a name such as `valueQuantity`. */
function choiceAt(node: ProfileNode, name: string): ProfileNode | undefined {
  for (const owner of node.typeNames) {
    for (const element of elementsOf(owner)?.values() ?? []) {
      if (!element.choice || !name.startsWith(element.name)) continue;
      const suffix = name.slice(element.name.length);
      const type = element.types.find((one) => one.charAt(0).toUpperCase() + one.slice(1) === suffix);
      if (type === undefined) continue;
      const child = node.child(element.name);
      return child === undefined ? undefined : typeSlice(child, name, type);
    }
  }
  return undefined;
}

function sliceAt(node: ProfileNode, name: string): ProfileNode {
  if (node.model?.choice !== true) return node.slice(name);
  const type = node.model.types.find((one) => node.name + one.charAt(0).toUpperCase() + one.slice(1) === name);
  return type === undefined ? node.slice(name) : typeSlice(node, name, type);
}

/** Returns a slice for one type of a choice. Slices the choice by type if no slicing is stated. */
function typeSlice(node: ProfileNode, name: string, type: string): ProfileNode {
  node.slicing ??= { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' };
  const slice = node.slice(name);
  slice.types ??= [{ code: type }];
  return slice;
}
