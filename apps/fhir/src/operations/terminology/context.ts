/** Resolves the parameter `context` of a terminology operation to a value set. */
import { elementsOf, type Parameters, type ParametersParameter } from '@dhp/fhir-model';
import type { DefinitionsNow } from '@dhp/fhir-store';
import { invalid } from '../input.ts';

/** The part of a StructureDefinition that is read here. */
interface Structure {
  readonly baseDefinition?: string;
  readonly snapshot?: { readonly element?: readonly Element[] };
  readonly differential?: { readonly element?: readonly Element[] };
}

interface Element {
  readonly id?: string;
  readonly path?: string;
  readonly sliceName?: string;
  readonly binding?: Binding;
}

interface Binding {
  readonly valueSet?: string;
  readonly additional?: readonly { readonly purpose?: string; readonly valueSet?: string }[];
}

const core = 'http://hl7.org/fhir/StructureDefinition/';
const directions = ['incoming', 'outgoing'];
/** Derivations of profiles are followed to this depth, so that a circle ends. */
const deepest = 20;

/**
 * The parameters with the value set of the element in place of `context` and `contextDirection`
 * (https://hl7.org/fhir/R5/valueset-operation-expand.html). Fails with `parameter-invalid` if no element is found, if it has no binding, or
 * if the request also names a value set.
 */
export function inContext(parameters: Parameters, definitions: DefinitionsNow): Parameters {
  const given = parameters.parameter ?? [];
  const direction = textOf(given, 'contextDirection');
  const context = textOf(given, 'context');
  if (direction !== undefined && !directions.includes(direction)) {
    invalid(
      'contextDirection',
      `contextDirection is incoming or outgoing, not ${JSON.stringify(direction.slice(0, 100))}.`,
    );
  }
  if (context === undefined) {
    if (direction !== undefined) invalid('contextDirection', 'contextDirection goes with context, which is not there.');
    return parameters;
  }
  const other = given.find(({ name }) => name === 'url' || name === 'valueSet');
  if (other !== undefined) invalid('context', `context and ${other.name} both name a value set; one of them does.`);
  const [profile = '', element] = context.split('#');
  if (element === undefined || element === '') {
    invalid('context', 'context is the canonical of a StructureDefinition, #, and the path of an element.');
  }
  const binding = bindingOf(definitions, profile, element);
  if (binding?.valueSet === undefined) {
    invalid(
      'context',
      `No element ${element.slice(0, 200)} that is bound to a value set is known of ${profile.slice(0, 200)}.`,
    );
  }
  const current =
    direction === 'incoming' ? binding.additional?.find(({ purpose }) => purpose === 'current') : undefined;
  const rest = given.filter(({ name }) => name !== 'context' && name !== 'contextDirection');
  return { ...parameters, parameter: [{ name: 'url', valueUri: current?.valueSet ?? binding.valueSet }, ...rest] };
}

function textOf(given: readonly ParametersParameter[], wanted: string): string | undefined {
  const found = given.find(({ name }) => name === wanted);
  const value: unknown = Object.entries(found ?? {}).find(([member]) => member.startsWith('value'))?.[1];
  return typeof value === 'string' ? value : undefined;
}

/** If a profile does not mention an element, its base decides. */
function bindingOf(definitions: DefinitionsNow, profile: string, name: string): Binding | undefined {
  let canonical: string | undefined = profile;
  for (let depth = 0; canonical !== undefined && depth < deepest; depth++) {
    const [url = '', version]: string[] = canonical.split('|');
    const stored = definitions.find('StructureDefinition', url, version)?.resource() as Structure | undefined;
    const found = [...elementsIn(stored?.snapshot), ...elementsIn(stored?.differential)].find(
      ({ id, path, sliceName, binding }) => binding !== undefined && [id, path, sliceName].includes(name),
    );
    if (found !== undefined) return found.binding;
    if (url.startsWith(core)) return coreBinding(url.slice(core.length), name);
    canonical = stored?.baseDefinition;
  }
  return undefined;
}

function elementsIn(list: Structure['snapshot']): readonly Element[] {
  return list?.element ?? [];
}

/** Returns the binding of an element of R5 itself: `Patient.contact.gender`, with or without the name of the type. */
function coreBinding(type: string, path: string): Binding | undefined {
  const steps = path.split('.');
  if (steps[0] === type) steps.shift();
  let types: readonly string[] = [type];
  for (const [n, step] of steps.entries()) {
    const name = step.replace(/\[x\]$|:.*/s, '');
    const element = types.map((each) => elementsOf(each)?.get(name)).find((each) => each !== undefined);
    if (element === undefined) return undefined;
    if (n === steps.length - 1) return element.binding;
    types = element.types;
  }
  return undefined;
}
