import { Collection, nothing } from '../collection.ts';
import { fromItems, type Node } from '../node.ts';
import type { Item, TerminologyOperation } from '../scope.ts';
import { resourceTypeOf, serviceType, systemTypeOfValue } from '../types.ts';
import { failure, type Call, type FunctionTable } from './call.ts';
import { toItem } from './tree.ts';

/** Units of work for asking the service; it counts the cost of its answer itself. */
const askingCost = 50;

/** The terminology service as functions of `%terminologies`. https://hl7.org/fhir/R5/fhirpath.html#txapi */
export const terminologies: FunctionTable = {
  expand: { min: 1, max: 2, build: (call) => serviceCall(call, 'expand', 1) },
  lookup: { min: 1, max: 2, build: (call) => serviceCall(call, 'lookup', 1) },
  validateVS: { min: 2, max: 3, build: (call) => serviceCall(call, 'validateVS', 2) },
  validateCS: { min: 2, max: 3, build: (call) => serviceCall(call, 'validateCS', 2) },
  translate: { min: 2, max: 3, build: (call) => serviceCall(call, 'translate', 2) },
};

/**
 * One question of the service.
 * @param asked number of arguments before the one with the parameters
 * @throws FhirPathError `evaluation` for another input, and several items as an argument; `hook` without a service
 */
export function serviceCall(call: Call, operation: TerminologyOperation, asked: number): Node {
  return fromItems(call.at, (scope) => {
    const input = call.input.items(scope);
    if (input.size === 0) return nothing;
    if (input.size > 1 || input.typeAt(0) !== serviceType) throw failure(call, 'it is a function of %terminologies');
    const given = call.args.map((arg): Item | undefined => {
      const items = arg.items(scope);
      if (items.size > 1) throw failure(call, `an argument has ${items.size} items`);
      return items.size === 0 ? undefined : toItem(items.values[0], items.typeAt(0), items.siteAt(0));
    });
    const parameters = given[asked]?.value ?? '';
    if (typeof parameters !== 'string') throw failure(call, 'the parameters are a string, as in an address');
    const hook = scope.run.environment.terminologies;
    if (hook === undefined) throw failure(call, 'nothing was handed in that could answer (hook terminologies)', 'hook');
    scope.run.spend(askingCost, call.at);
    const result = hook(operation, given.slice(0, asked), parameters);
    if (result === undefined || result === null) return nothing;
    return Collection.of(result, resourceTypeOf(result, systemTypeOfValue(result) ?? ''));
  });
}
