import type { CompiledPath, Item } from '@dhp/fhirpath';

/**
 * Finds the items of an expression in a resource, or in an element of the type. @throws FhirPathError `limit` for more than a
 * million
 */
export type ItemsOf = (value: unknown, type?: string) => readonly Item[];

/**
 * Where an item stands says what system its code implies, but costs time: it is asked for only once codes were met. The first
 * name of a location stands for whatever evaluation began at.
 */
export function itemsBy(path: CompiledPath): ItemsOf {
  let locate = false;
  return (value, type) => {
    const environment = type === undefined ? { locate, location } : { locate, location, type };
    const items = path.evaluate(value, environment);
    if (locate || !items.some((item) => item.type === 'code')) return items;
    locate = true;
    return path.evaluate(value, { ...environment, locate });
  };
}

const location = 'root';
