import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import type { CompiledPath } from '@dhp/fhirpath';

/** Expressions that may look at more of the element than the names that they spell, or at something else. */
const looksFurther = /[$]this|%(?!ucum\b)|children|descendants|hasValue\(\)|extension\(|\btype\(|resolve|trace|repeat/;

/** Units of work; an invariant that takes more on an element without members has no guard. */
const mostWork = 1_000;

/** Above this many names it is no cheaper to look for them than to evaluate. */
const most = 24;

/**
 * The JSON members on which the result of an invariant depends, if it holds for an element that has none of them: then it need
 * not be evaluated unless one of them is there. Undefined when that cannot be told from the expression. Names are those of
 * elements of the type that the text contains at all, which may be more than it reads, never fewer.
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
