import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import type { CompiledPath } from '@dhp/fhirpath';

/** Matches expressions that may read more of the element than the names in their text, or something outside of it. */
const looksFurther = /[$]this|%(?!ucum\b)|children|descendants|hasValue\(\)|extension\(|\btype\(|resolve|trace|repeat/;

/** Work limit. An invariant that needs more for an element without members gets no guard. */
const mostWork = 1_000;

/** Above this number of names, looking for them is no cheaper than evaluating. */
const most = 24;

/**
 * Returns the JSON members on which the result of an invariant depends, if it holds for an element with none of them. It then needs
 * evaluation only if one of them is present. Undefined if the expression does not allow this conclusion. The names are all elements of the
 * type that occur in the text, so they may be more than the expression reads, never fewer.
 */
export function guardOf(path: CompiledPath, type: string): readonly string[] | undefined {
  const elements = elementsOf(type);
  const { expression } = path;
  if (elements === undefined || typeOf(type)?.kind === 'primitive' || looksFurther.test(expression)) return undefined;
  const words = new Set(expression.match(/[A-Za-z_][A-Za-z0-9_]*/g));
  const names: string[] = [];
  for (const element of elements.values()) {
    if (!words.has(element.name)) continue;
    for (const one of element.types) {
      const name = element.choice ? element.name + one.charAt(0).toUpperCase() + one.slice(1) : element.name;
      names.push(name);
      if (memberOf(type, `_${name}`) !== undefined) names.push(`_${name}`);
    }
  }
  if (names.length === 0 || names.length > most) return undefined;
  const bare = typeOf(type)?.kind === 'resource' ? { resourceType: type } : {};
  try {
    return path.test(bare, { budget: mostWork }) === true ? names : undefined;
  } catch {
    return undefined;
  }
}
