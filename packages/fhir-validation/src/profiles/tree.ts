import { elementsOf } from '@dhp/fhir-model';
import type { ElementDefinition, StructureDefinition } from '../contract/definitions.ts';
import type { ProfileNode } from './node.ts';

/**
 * The constraints of a profile over those of its base: the differential applied to the tree of the base. Undefined parts stay
 * what the base definition of R5 says.
 */
export function applyDefinition(root: ProfileNode, { differential, snapshot }: StructureDefinition): void {
  const elements = differential?.element ?? snapshot?.element ?? [];
  const idOf = identifier();
  for (const element of elements) {
    const node = nodeAt(root, (element.id ?? idOf(element)).split('.').slice(1));
    node?.constrain(element);
  }
}

/** Only what a snapshot says, for a profile whose base is not at hand. */
export function applySnapshot(root: ProfileNode, definition: StructureDefinition): void {
  const { differential: _, ...rest } = definition;
  applyDefinition(root, rest);
}

/** Ids of elements that come without: the path, with the slice names of the elements above. */
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

/** The node that the steps of an id lead to (`component:systolic`, `value[x]`), made on the way; undefined for an unknown name. */
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

/** `valueQuantity` as a name: the slice of `value[x]` for that type. */
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

/** A slice for one type of a choice, sliced by type where nothing else is said. */
function typeSlice(node: ProfileNode, name: string, type: string): ProfileNode {
  node.slicing ??= { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' };
  const slice = node.slice(name);
  slice.types ??= [{ code: type }];
  return slice;
}
