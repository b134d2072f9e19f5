import { inOperation, PatchFault, Refusal } from '../fault.ts';
import { depthOf, hasUnusualNumbers, readJson, type JsonValue } from '../json.ts';
import { defaultLimits, Meter, payForTexts, type PatchLimits } from '../limits.ts';
import { checkIdentity, readResource } from '../resource.ts';
import { apply, type Document } from './apply.ts';
import { describe, operationParameters, readOperation } from './operation.ts';

/**
 * Applies a FHIRPath Patch to a resource: all operations or none. https://hl7.org/fhir/R5/fhirpatch.html
 *
 * @param resourceText a resource as JSON text
 * @param parametersText the Parameters resource with the operations as JSON text
 * @returns the patched resource as compact JSON text; numbers keep their text (`1.00`), members their order. New values have
 *   the form of their types; whether the whole is a valid resource is for the caller to check, as for an update.
 * @throws PatchFault, and BudgetSpent where there is a budget
 */
export function applyFhirPathPatch(
  resourceText: string,
  parametersText: string,
  limits?: Partial<PatchLimits>,
): string {
  const { operations: most, pathLength, pathTokens, visits, depth, budget } = { ...defaultLimits, ...limits };
  payForTexts(budget, resourceText, parametersText);
  const resource = readResource(resourceText);
  const identity = { resourceType: resource['resourceType'] as string, id: resource['id'] };
  const parameters = readParameters(parametersText);
  if (parameters.length > most) {
    throw new PatchFault(
      'too-costly',
      `the patch has ${parameters.length} operations and ${most} are the limit: split it`,
    );
  }

  const isPlain = !hasUnusualNumbers(resourceText) && !hasUnusualNumbers(parametersText);
  const document: Document = { exact: resource, plain: isPlain ? resource : undefined };
  const costs = {
    tokens: new Meter(pathTokens, 'have more tokens in their paths than allowed', { units: 1000, budget }),
    visits: new Meter(visits, 'visit too many elements', { units: 2, budget }),
    changed: (elements: number) => budget?.spend(elements * unitsOfPlace, 'a patch'),
  };
  parameters.forEach((parameter, index) => {
    budget?.spend(20, 'a patch');
    inOperation(
      index,
      () => describe(parameter),
      () => {
        const operation = readOperation(parameter);
        if (operation.path.length > pathLength) {
          throw new Refusal(
            'too-costly',
            `the path has ${operation.path.length} characters and ${pathLength} are the limit`,
          );
        }
        apply(document, operation, costs);
      },
    );
  });
  checkIdentity(identity, document.exact);
  if (depthOf(document.exact) > depth) {
    throw new PatchFault('too-costly', `the result would be nested deeper than ${depth} levels`);
  }
  return JSON.stringify(document.exact);
}

/** Units of work for an element of a changed list: it is moved, and so may be its sibling (`_given`). */
const unitsOfPlace = 1 / 8;

function readParameters(text: string): readonly JsonValue[] {
  const patch = readJson(text, 'the patch', 'malformed-patch');
  try {
    return operationParameters(patch);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new PatchFault(error.kind, error.message, undefined, undefined, { cause: error });
  }
}
