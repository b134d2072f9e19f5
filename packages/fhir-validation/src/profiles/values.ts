import { isObject, type Json } from '../json.ts';

/** The budget to which comparisons are charged. */
interface Payer {
  spend(units: number): void;
}

/** Whether a value equals another exactly (fixed[x]). The order of members does not count. */
export function equals(value: unknown, fixed: unknown, payer?: Payer): boolean {
  payer?.spend(1);
  if (Array.isArray(fixed)) {
    return (
      Array.isArray(value) && value.length === fixed.length && fixed.every((one, i) => equals(value[i], one, payer))
    );
  }
  if (!isObject(fixed)) return value === fixed;
  if (!isObject(value)) return false;
  const names = Object.keys(fixed);
  return names.length === Object.keys(value).length && names.every((name) => equals(value[name], fixed[name], payer));
}

/**
 * Whether a value contains everything in a pattern (pattern[x]). Each item of a list in the pattern must match some item of the value.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
export function matches(value: unknown, pattern: unknown, payer?: Payer): boolean {
  payer?.spend(1);
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((one) => value.some((item) => matches(item, one, payer)));
  }
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.keys(pattern).every((name) => matches(value[name], pattern[name], payer));
}

/** A difference between a value and a fixed value or pattern. */
export interface Difference {
  /** Path below the value: `.system`, `.coding[0].code`; '' for the value itself. */
  readonly path: string;
  /** Undefined if the part is missing. */
  readonly value: unknown;
  /** Undefined if the part should not exist. */
  readonly expected: unknown;
}

/** Returns the differences between a value and a fixed value (`isWhole`) or a pattern; empty if it matches. */
export function differences(
  value: unknown,
  expected: unknown,
  isWhole: boolean,
  payer: Payer,
  path = '',
): readonly Difference[] {
  if (isWhole ? equals(value, expected, payer) : matches(value, expected, payer)) return [];
  if (isObject(value) && isObject(expected)) {
    const names = new Set([...Object.keys(expected), ...(isWhole ? Object.keys(value) : [])]);
    const found = [...names].map((name) => ({
      name,
      parts: part(value[name], expected[name], isWhole, payer, `${path}.${name}`),
    }));
    // Missing or additional list items are reported at the element that contains the list.
    return found.flatMap(({ name, parts }) => parts ?? [{ path, ...listsOf(value, expected, isWhole, name) }]);
  }
  if (isWhole && Array.isArray(value) && Array.isArray(expected) && value.length === expected.length) {
    // Without an index in the path, as other tools report it.
    return value.flatMap((one, i) => differences(one, expected[i], true, payer, path));
  }
  return [{ path, value, expected }];
}

function part(
  value: unknown,
  expected: unknown,
  isWhole: boolean,
  payer: Payer,
  path: string,
): readonly Difference[] | undefined {
  if (!isWhole && Array.isArray(expected) && (Array.isArray(value) || value === undefined))
    return matches(value, expected, payer) ? [] : undefined;
  if (isWhole && (Array.isArray(value) || Array.isArray(expected)) && sizeOf(value) !== sizeOf(expected))
    return undefined;
  return differences(value, expected, isWhole, payer, path);
}

const sizeOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** For a fixed value returns only the two lists, `[]` for a missing one; for a pattern the objects that contain them. */
function listsOf(value: Json, expected: Json, isWhole: boolean, name: string): Pick<Difference, 'value' | 'expected'> {
  if (!isWhole) return { value, expected };
  return { value: { [name]: value[name] ?? [] }, expected: { [name]: expected[name] ?? [] } };
}

/** Returns the part of a fixed value or pattern at a path of names; undefined if there is none. */
export function within(pattern: unknown, names: readonly string[]): unknown {
  let found: unknown = pattern;
  for (const name of names) {
    if (Array.isArray(found)) found = found[0] as unknown;
    if (!isObject(found)) return undefined;
    found = found[name];
  }
  return Array.isArray(found) ? (found[0] as unknown) : found;
}
