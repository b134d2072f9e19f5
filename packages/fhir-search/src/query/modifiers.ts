import { isResourceType } from '@dhp/fhir-model';
import type { SearchParameterType } from '../parameters/encoding.ts';
import type { SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { nearNames } from './near-names.ts';
import { hasIdentifiers, hasReferences, isBoolean } from '../parameters/value-types.ts';

/** Modifiers of each type of parameter. https://hl7.org/fhir/R5/search.html#modifiers */
export const modifiersByType: Readonly<Record<SearchParameterType, readonly string[]>> = {
  number: ['missing'],
  date: ['missing'],
  quantity: ['missing'],
  string: ['missing', 'exact', 'contains', 'text'],
  token: ['missing', 'not', 'text', 'text-advanced', 'code-text', 'of-type', 'in', 'not-in', 'above', 'below'],
  reference: [
    ...['missing', 'identifier', 'text', 'text-advanced', 'code-text', 'in', 'not-in', 'above', 'below', 'contains'],
  ],
  uri: ['missing', 'above', 'below', 'contains'],
  composite: [],
  special: [],
};

/** Parameters with special rules. */
const byCode: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({ _id: ['missing', 'not'], _in: ['not'], _list: ['not'] }),
);

/** Every modifier of criteria; `iterate` belongs to `_include` and `_revinclude`. */
const all = [...new Set([...Object.values(modifiersByType).flat(), 'iterate'])];

/** These refer to code systems and value sets, which do not contain booleans. */
const ofCodes = new Set(['in', 'not-in', 'above', 'below']);

/**
 * The modifiers that can be given to the parameter; a reference may also name one of its target types.
 * @example
 * modifiersOf('Patient', searchParameter('Patient', 'birthdate')!); // [ 'missing' ]
 */
export function modifiersOf(type: string, parameter: SearchParameter): string[] {
  return (byCode.get(parameter.code) ?? modifiersByType[parameter.type]).filter((modifier) => {
    if (modifier === 'of-type') return hasIdentifiers(type, parameter);
    if (parameter.type === 'token' && ofCodes.has(modifier)) return !isBoolean(type, parameter);
    const needsReferences = parameter.type === 'reference' && ['identifier', 'in', 'not-in'].includes(modifier);
    if (needsReferences) return hasReferences(type, parameter);
    return true;
  });
}

/** @throws SearchFault `unknown-modifier`, with the possible ones, if the parameter cannot have the modifier. */
export function checkModifier(type: string, parameter: SearchParameter, modifier: string, name: string): void {
  const possible = modifiersOf(type, parameter);
  const { target } = parameter;
  if (possible.includes(modifier) || (parameter.type === 'reference' && target.includes(modifier))) return;
  const types = target.length > 0 ? ` or one of the types ${listed(target)}` : '';
  const allowed =
    possible.length === 0 ? 'no modifier' : `one of ${possible.map((one) => `:${one}`).join(' ')}${types}`;
  const known = all.includes(modifier) || isResourceType(modifier);
  refuse({
    kind: 'unknown-modifier',
    parameter: name,
    near: known ? [] : nearNames(modifier, [...possible, ...target]),
    expected: `${parameter.code} of ${type} is of type ${parameter.type} and can have ${allowed}, not :${modifier}`,
  });
}

function listed(types: readonly string[]): string {
  return types.length > 12 ? `${types.slice(0, 12).join(' ')} …` : types.join(' ');
}
