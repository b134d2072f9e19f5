import type { ConvertUnit, EvaluationEnvironment, Item } from '@dhp/fhirpath';
import { localTarget, typeInReference } from './base/reference.ts';
import { isObject } from './json.ts';
import { readNarrative } from './narrative/narrative.ts';
import type { Run } from './run.ts';
import { memberOfValueSet } from './terminology/binding.ts';

/** Returns the FHIRPath environment for invariants: the values and functions from outside the evaluated element. */
export function environment(
  run: Run,
  { now, convertUnit }: { readonly now?: () => Date; readonly convertUnit?: ConvertUnit } = {},
): EvaluationEnvironment {
  const made: Writable<EvaluationEnvironment> = {
    resource: run.resource,
    rootResource: run.rootResource,
    work: run.budget,
    resolve: (reference, item) => resolve(reference, item, run),
    memberOf: (item, valueSet) => {
      const found = memberOfValueSet(item.value, valueSet, run);
      return found === 'unknown' ? undefined : found === 'in';
    },
    slice: (item, profile, name) => run.rules.profiles.overlay(profile)?.isInSlice(item, name, run),
    variables: run.variables,
    conformsTo: (item, profile) => conforms(item, profile, run),
    htmlChecks: (xhtml) => {
      const { faults, hasContent } = readNarrative(xhtml, (units) => run.spend(units));
      return faults.length === 0 && hasContent;
    },
  };
  if (now !== undefined) made.now = now();
  if (convertUnit !== undefined) made.convertUnit = convertUnit;
  return made;
}

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/**
 * Returns the resource within the Bundle or the container that a reference points to. If there is none, returns an object with the type and
 * the id from the reference itself; undefined if its type is unknown.
 */
function resolve(reference: string, { value }: Item, run: Run): unknown {
  const target = localTarget(reference, run);
  if (target !== undefined) return target;
  const stated = isObject(value) ? value['type'] : undefined;
  const resourceType = typeInReference(reference) ?? (typeof stated === 'string' ? stated : undefined);
  return resourceType === undefined ? undefined : { resourceType, id: reference.split('/').at(-1), reference };
}

function conforms({ value, type }: Item, profile: string, run: Run): boolean | undefined {
  const overlay = run.rules.profiles.overlay(profile);
  if (overlay === undefined) return undefined;
  const { environment: outer } = run;
  const isMet = overlay.accepts(value, type, run);
  run.environment = outer;
  return isMet;
}
