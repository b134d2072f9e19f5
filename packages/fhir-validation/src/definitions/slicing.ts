import { elementsOf, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { modelAt } from './paths.ts';

/** Checks the slicing of an element of a differential. https://hl7.org/fhir/R5/profiling.html#slicing */
export function checkSlicing({ path, slicing, type }: Json, run: Run): void {
  if (slicing === undefined || typeof path !== 'string') return;
  run.enter('slicing', -1);
  if (!isSliceable(path)) run.report('definition-slicing', { path: shown(path) });
  const discriminators = isObject(slicing) ? listOf(slicing['discriminator']) : [];
  for (const [i, discriminator] of discriminators.entries()) {
    if (!isObject(discriminator)) continue;
    run.enter('discriminator', i);
    // If the element does not state its types, they may come from an intermediate profile.
    checkDiscriminator(discriminator, type === undefined ? undefined : typesAt(path), run);
    run.leave();
  }
  run.leave();
}

/** Returns the types of an R5 element; undefined if it is unknown or one of them is abstract. */
function typesAt(path: string): readonly string[] | undefined {
  const [type = ''] = path.split('.');
  const model = modelAt(path, type);
  if (model === undefined || model === 'unknown') return undefined;
  return model.types.every((one) => elementsOf(one) !== undefined && typeOf(one)?.isAbstract !== true)
    ? model.types
    : undefined;
}

/** Only an element that repeats or has a choice of types can be sliced. Elements unknown in R5 pass. */
function isSliceable(path: string): boolean {
  const [type = '', ...names] = path.split('.');
  let types: readonly string[] = [type];
  let isRepeated = true;
  for (const name of names) {
    const plain = name.replace('[x]', '');
    const model = types.map((one) => elementsOf(one)?.get(plain)).find((one) => one !== undefined);
    if (model === undefined) return true;
    ({ types } = model);
    isRepeated = model.max !== 1 || model.choice || types.length > 1;
  }
  return isRepeated;
}

/** R5 deprecates the discriminator type `pattern` in favour of `value`. The path of a discriminator is a restricted form of FHIRPath. */
function checkDiscriminator({ type, path }: Json, types: readonly string[] | undefined, run: Run): void {
  if (type === 'pattern') {
    run.report('definition-discriminator-pattern');
    run.enter('type', -1);
    run.report('code-inactive', { code: type, system: 'http://hl7.org/fhir/discriminator-type', status: 'deprecated' });
    run.leave();
  }
  if (typeof path !== 'string') return;
  try {
    compile(path);
    const [fault] =
      types === undefined ? [] : checkTypes(path, { types }).findings.filter((one) => one.severity === 'error');
    if (fault !== undefined)
      run.report('definition-discriminator-path', { path: shown(path), reason: `${fault.text}.` });
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    run.report('definition-discriminator-path', { path: shown(path), reason: error.message });
  }
}
