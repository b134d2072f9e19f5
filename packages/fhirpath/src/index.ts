import { LRUCache } from 'lru-cache';
import { CompiledPath, type CompileOptions } from './path.ts';

export { FhirPathError, type FhirPathErrorKind, type Position } from './errors.ts';
export type { CompiledPath, CompileOptions } from './path.ts';
export type { EvaluationEnvironment, Hooks, Item } from './scope.ts';
export { checkTypes, type CheckOptions, type TypeCheck, type TypeFinding } from './static/check.ts';
export { parseExactly } from './values/parse-exactly.ts';
export type { ConvertUnit } from './values/quantity.ts';

const compiled = new LRUCache<string, CompiledPath>({ max: 4096 });

/**
 * An expression prepared for evaluation. The same expression and options give the same object, from a bounded cache.
 * FHIRPath N1 with the functions of FHIR R5: https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R5/fhirpath.html
 * @throws FhirPathError `syntax`, `unknown` or `limit`, with line and column.
 * @example
 * compile("gender = 'female'").test({ resourceType: 'Patient', gender: 'female' }); // true
 */
export function compile(expression: string, options: CompileOptions = {}): CompiledPath {
  const { context = '', type = '', strict = false, polymorphicNames = false } = options;
  const key = `${context} ${type} ${strict} ${polymorphicNames} ${expression}`;
  let path = compiled.get(key);
  if (path === undefined) compiled.set(key, (path = new CompiledPath(expression, options)));
  return path;
}
