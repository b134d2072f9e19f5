import { elementsOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { StructureDefinition } from '../profiles/definitions.ts';
import type { Run } from '../run.ts';

/**
 * Checks how a profile slices: choices by type, and what its base has sliced as that does. The first departure alone is told, since the
 * snapshot ends with it. https://hl7.org/fhir/R5/profiling.html#slicing
 */
export function checkSlices({ baseDefinition }: StructureDefinition, elements: readonly Json[], run: Run): void {
  const base = typeof baseDefinition === 'string' ? run.rules.profiles.structure(baseDefinition) : undefined;
  const inherited = (base?.differential ?? base?.snapshot)?.element ?? [];
  for (const element of elements) {
    const { path, slicing } = element;
    if (typeof path !== 'string' || !isObject(slicing)) continue;
    run.spend(inherited.length + elements.length);
    if (isChoice(path) && !areOfType(path, slicing, elements)) {
      run.report('definition-slices-of-type', { path: shown(path) });
      return;
    }
    const before = (inherited as unknown as readonly Json[]).find(
      (one) => one['path'] === path && isObject(one['slicing']),
    );
    const departure = before && departureOf(slicing, before['slicing'] as Json);
    if (departure !== undefined) {
      run.report('definition-slicing-base', { path: shown(path), ...departure });
      return;
    }
  }
}

function isChoice(path: string): boolean {
  const [type = '', ...names] = path.split('.');
  return names.length === 1 && path.endsWith('[x]') && elementsOf(type)?.get(names[0]!.slice(0, -3))?.choice === true;
}

/** Whether the slices of a choice are of its types: one discriminator, no order, names after the types. */
function areOfType(path: string, { discriminator, ordered }: Json, elements: readonly Json[]): boolean {
  const discriminators = listOf(discriminator).filter(isObject);
  const slices = elements.filter((one) => one['path'] === path && one['sliceName'] !== undefined);
  const isByType = discriminators.every(({ type, path: by }) => type === 'type' && by === '$this');
  // Of a choice that is narrowed to one type, values may tell the slices apart.
  const areTyped = slices.some(({ type }) => type !== undefined);
  if (!areTyped || discriminators.length === 0) return true;
  if (!isByType || discriminators.length > 1 || ordered === true) return false;
  const base = path.split('.').at(-1)!.slice(0, -3);
  const areNamed = slices.every(({ sliceName, type }) => {
    const [first] = listOf(type);
    const code = isObject(first) ? first['code'] : undefined;
    return typeof code !== 'string' || sliceName === base + code.charAt(0).toUpperCase() + code.slice(1);
  });
  return areNamed && (slices.length === 1 || !slices.some(({ min }) => min === 1));
}

/** The statement of a slicing that departs from its base; a stricter rule does not. */
function departureOf(own: Json, base: Json): { element: string; expected: string } | undefined {
  const keys = ({ discriminator }: Json): string =>
    listOf(discriminator)
      .filter(isObject)
      .map(({ type, path }) => `${String(type)}:${String(path)}`)
      .join(', ');
  if (own['ordered'] !== undefined && typeof base['ordered'] === 'boolean' && own['ordered'] !== base['ordered'])
    return { element: 'ordered', expected: String(base['ordered']) };
  if (own['discriminator'] !== undefined && keys(own) !== keys(base))
    return { element: 'discriminator', expected: shown(keys(base)) };
  const isLooser = base['rules'] === 'closed' && own['rules'] !== undefined && own['rules'] !== 'closed';
  return isLooser ? { element: 'rules', expected: 'closed' } : undefined;
}
