import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';

/**
 * Returns the R5 element at a path of a type; undefined if there is none, `unknown` if a type on the path leaves it open (any resource, a
 * FHIRPath type).
 */
export function modelAt(path: string, type: string): ElementModel | 'unknown' | undefined {
  const [, ...names] = path.split('.');
  let types: readonly string[] = [type];
  let model: ElementModel | 'unknown' = 'unknown';
  for (const name of names) {
    if (types.some((one) => typeOf(one)?.isAbstract === true && one !== type)) return 'unknown';
    const below = typesBelow(types, name);
    if (below === undefined) return undefined;
    ({ types, model } = below);
  }
  return model;
}

/**
 * Finds a child element by name in the first of the types that has it. Returns that type, the element, its name in the definition and its
 * types; undefined if no type has it.
 */
export function typesBelow(
  owners: readonly string[],
  name: string,
):
  | { readonly owner: string; readonly name: string; readonly model: ElementModel; readonly types: readonly string[] }
  | undefined {
  for (const owner of owners) {
    const model = childOf(owner, name);
    if (model !== undefined) return { owner, name: model.name, model, types: typesAt(model, name) };
  }
  return undefined;
}

function childOf(type: string, name: string): ElementModel | undefined {
  const elements = elementsOf(type);
  const plain = name.replace('[x]', '');
  const own = elements?.get(plain);
  if (own !== undefined) return own;
  for (const one of elements?.values() ?? [])
    if (one.choice && one.types.some((each) => name === one.name + each.charAt(0).toUpperCase() + each.slice(1)))
      return one;
  return undefined;
}

/** Returns the types of an element; for a choice with a type suffix (`valueQuantity`) only that type. */
function typesAt({ name, types, choice }: ElementModel, stated: string): readonly string[] {
  const suffix = choice ? stated.slice(name.length) : '';
  const told = types.find((one) => one.charAt(0).toUpperCase() + one.slice(1) === suffix);
  return told === undefined ? types : [told];
}
