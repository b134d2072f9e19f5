import { elementsOf, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';

/**
 * Checks that the contexts of an extension name existing elements and that its context invariants can be read. Contexts in other versions
 * of FHIR and in logical models are unknown here and pass.
 */
export function checkContexts({ context, type, contextInvariant }: StructureDefinition, run: Run): void {
  if (type !== 'Extension') {
    for (const [name, list] of [
      ['context', context],
      ['contextInvariant', contextInvariant],
    ] as const)
      for (const i of listOf(list).keys()) {
        run.enter(name, i);
        run.report('definition-context-of-type', { type: shown(type) });
        run.leave();
      }
    return;
  }
  for (const [i, one] of listOf(context).entries()) {
    if (!isObject(one) || typeof one['expression'] !== 'string') continue;
    run.enter('context', i);
    checkContext(one, one['expression'], run);
    run.leave();
  }
  const types = typesOf(listOf(context));
  for (const [i, rule] of listOf(contextInvariant).entries()) {
    const reason = typeof rule === 'string' ? faultIn(rule, types) : undefined;
    if (reason === undefined) continue;
    run.enter('contextInvariant', i);
    run.report('definition-context-invariant', { expression: shown(rule), reason });
    run.leave();
  }
}

/** Returns the types that the contexts name; undefined if any context is not the name of a concrete type. */
function typesOf(contexts: readonly unknown[]): readonly string[] | undefined {
  const named = contexts.map((one) => (isObject(one) && one['type'] === 'element' ? String(one['expression']) : ''));
  return named.length > 0 && named.every((one) => typeOf(one)?.isAbstract === false) ? named : undefined;
}

/** Returns why a context invariant does not compile or does not match the context types; undefined if there is no fault. */
function faultIn(rule: string, types: readonly string[] | undefined): string | undefined {
  try {
    compile(rule);
    if (types === undefined) return undefined;
    const options = { types, polymorphicNames: false, variables: ['extension'] };
    const fault = checkTypes(rule, options).findings.find(({ severity }) => severity === 'error');
    return fault && `${fault.text}.`;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return error.message;
  }
}

function checkContext({ type, extension }: Json, expression: string, run: Run): void {
  if (type === 'fhirpath' && isElement(expression))
    run.report('definition-context-fhirpath', { expression: shown(expression) });
  if (type !== 'element') return;
  if (expression === 'Element') run.report('definition-context-any');
  // An element of a profile is written as the profile's URL, `#`, and the element's id.
  const isOfProfile = /^[A-Za-z][A-Za-z0-9+.-]*:[^#]*#/.test(expression);
  if (extension === undefined && !isOfProfile && !isElement(expression))
    run.report('definition-context', { expression: shown(expression) });
}

/** `CanonicalResource` and `MetadataResource` are interfaces, for which our model has no elements. */
const interfaces = new Set(['CanonicalResource', 'MetadataResource']);

function isElement(path: string): boolean {
  const [type = '', ...names] = path.split('.');
  if (interfaces.has(type)) return true;
  let types: readonly string[] = [type];
  if (typeOf(type) === undefined) return false;
  for (const name of names) {
    const plain = name.replace('[x]', '');
    const owner = types.find((one) => elementsOf(one)?.has(plain) === true);
    if (owner === undefined) return false;
    types = elementsOf(owner)!.get(plain)!.types;
  }
  return true;
}
