import { elementsOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { baseTypeOf, type StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';

/**
 * Checks slices of choices, and slicings that a base has already defined. Only the first fault is reported, because no snapshot is made
 * after it. https://hl7.org/fhir/R5/profiling.html#slicing
 */
export function checkSlices({ baseDefinition }: StructureDefinition, elements: readonly Json[], run: Run): void {
  const base = typeof baseDefinition === 'string' ? run.rules.profiles.structure(baseDefinition) : undefined;
  const inherited = (base?.differential ?? base?.snapshot)?.element ?? [];
  for (const element of elements) {
    const { path, slicing } = element;
    if (typeof path !== 'string' || !isObject(slicing)) continue;
    run.spend(inherited.length + elements.length);
    if (isChoice(path) && !areOfType(element, elements)) {
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

const mostBases = 40;

/**
 * A slice needs a slicing of its element, earlier in the differential or in a base. Extensions are always sliced by URL and choices by
 * type.
 */
export function checkSliced(
  { baseDefinition }: StructureDefinition,
  elements: readonly { readonly element: Json; readonly i: number }[],
  run: Run,
): void {
  const sliced = new Set<unknown>();
  let ofBases: ReadonlySet<unknown> | 'unknown' | undefined;
  for (const { element, i } of elements) {
    const { path, slicing, sliceName } = element;
    if (slicing !== undefined) sliced.add(path);
    if (typeof path !== 'string' || typeof sliceName !== 'string' || sliced.has(path)) continue;
    if (path.endsWith('xtension') || path.endsWith('[x]') || sliceName.includes('/')) continue;
    // A choice with one type, under its JSON name.
    if (path.endsWith(`.${sliceName}`)) continue;
    ofBases ??= slicedInBases(baseDefinition, run);
    if (ofBases === 'unknown' || ofBases.has(path)) continue;
    run.enter('differential', -1);
    run.enter('element', i);
    run.report('definition-slice-unsliced', { slice: shown(sliceName), path: shown(path) });
    run.leave();
    run.leave();
  }
}

/** Returns the paths that the bases of a profile slice; `unknown` if a base is not available. */
function slicedInBases(canonical: unknown, run: Run): ReadonlySet<unknown> | 'unknown' {
  const paths = new Set<unknown>();
  let at = canonical;
  for (let i = 0; typeof at === 'string' && baseTypeOf(at) === undefined; i += 1) {
    const base = i < mostBases ? run.rules.profiles.structure(at) : undefined;
    if (base === undefined) return 'unknown';
    for (const { path, slicing } of (base.differential ?? base.snapshot)?.element ?? [])
      if (slicing !== undefined) paths.add(path);
    at = base.baseDefinition;
  }
  return paths;
}

function isChoice(path: string): boolean {
  const [type = '', ...names] = path.split('.');
  return names.length === 1 && path.endsWith('[x]') && elementsOf(type)?.get(names[0]!.slice(0, -3))?.choice === true;
}

/** Whether the slices of a choice are by type: one discriminator, no order, and names that end with the type. */
function areOfType({ path, slicing, type: own }: Json, elements: readonly Json[]): boolean {
  const { discriminator, ordered } = slicing as Json;
  const isNarrowed = own !== undefined;
  const discriminators = listOf(discriminator).filter(isObject);
  const slices = elements.filter((one) => one['path'] === path && one['sliceName'] !== undefined);
  const isByType = discriminators.every(({ type, path: by }) => type === 'type' && by === '$this');
  // If a choice is narrowed to one type, its slices may differ by value.
  const areTyped = slices.length === 0 ? !isNarrowed : slices.some(({ type }) => type !== undefined);
  if (!areTyped || discriminators.length === 0) return true;
  if (!isByType || discriminators.length > 1 || ordered === true) return false;
  const base = String(path).split('.').at(-1)!.slice(0, -3);
  const areNamed = slices.every(({ sliceName, type }) => {
    const [first] = listOf(type);
    const code = isObject(first) ? first['code'] : undefined;
    return typeof code !== 'string' || sliceName === base + code.charAt(0).toUpperCase() + code.slice(1);
  });
  // The last slice may have a minimum: values that match no other slice then have its type.
  return areNamed && !slices.slice(0, -1).some(({ min }) => typeof min === 'number' && min > 0);
}

/**
 * Returns the statement that is looser than or different from the base's slicing; undefined if there is none. Stricter rules are allowed.
 */
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
