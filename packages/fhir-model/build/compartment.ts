import type { EncodedCompartmentPath, EncodedElement, EncodedModel, EncodedType } from '../src/model/encoding.ts';
import type { CompartmentDefinition, SearchParameter } from './definitions.ts';

type Compartment = Pick<EncodedModel, 'patientCompartment' | 'patientCompartmentWithoutPath'>;

/**
 * The Patient compartment as JSON member paths: for each resource type the places whose reference makes a resource belong to
 * a patient. https://hl7.org/fhir/R5/compartmentdefinition-patient.html
 */
export function encodePatientCompartment(
  compartment: CompartmentDefinition,
  parameters: SearchParameter[],
  types: Record<string, EncodedType>,
): Compartment {
  const result: Compartment = { patientCompartment: {}, patientCompartmentWithoutPath: [] };
  for (const { code: type, param = [] } of compartment.resource) {
    const paths: EncodedCompartmentPath[] = [];
    for (const name of param) {
      const parameter = parameters.find(({ code, base }) => code === name && base.includes(type));
      const found = referencePaths(parameter?.expression ?? '', type, types);
      if (found.length === 0) result.patientCompartmentWithoutPath.push(`${type}.${name}`);
      for (const path of found) {
        const isKnown = paths.some((known) => known.path.join('.') === path.join('.'));
        if (!isKnown) paths.push({ param: name, path });
      }
    }
    if (paths.length > 0) result.patientCompartment[type] = paths;
  }
  return result;
}

/**
 * The JSON member paths at which a search expression finds references in a resource type. Supports the forms in the definitions: unions,
 * `where(resolve() is X)`, `as`/`ofType` on choices, dotted paths. Throws for any other expression.
 */
export function referencePaths(expression: string, type: string, types: Record<string, EncodedType>): string[][] {
  const branches = expression.split('|').map((branch) => branch.trim());
  return branches.flatMap((branch) => {
    const casted = /^\((.*) as (\w+)\)$/.exec(branch);
    const plain = casted === null ? branch : `${casted[1]!}.ofType(${casted[2]!})`;
    // A filter on the target's type changes nothing here: the reader takes Patient references only.
    const steps = plain.replaceAll(/\.where\(resolve\(\) is \w+\)/g, '').split('.');
    if (steps.shift() !== type) return [];
    return memberPath(steps, type, types);
  });
}

function memberPath(steps: string[], type: string, types: Record<string, EncodedType>): string[][] {
  const path: string[] = [];
  let owner = type;
  for (let i = 0; i < steps.length; i += 1) {
    const element = elementOf(owner, steps[i]!, types);
    if (element === undefined) throw new Error(`${type}.${steps.join('.')}: no element ${steps[i]!}`);
    if (element.choice) {
      const cast = /^ofType\((\w+)\)$/.exec(steps[i + 1] ?? '')?.[1];
      if (cast === undefined) throw new Error(`${type}.${steps.join('.')}: a choice without a type`);
      path.push(element.name + cast.charAt(0).toUpperCase() + cast.slice(1));
      owner = cast;
      i += 1;
    } else {
      path.push(element.name);
      owner = element.types[0]!;
    }
  }
  // A canonical cannot name a patient.
  return owner === 'Reference' ? [path] : [];
}

function elementOf(type: string, name: string, types: Record<string, EncodedType>): EncodedElement | undefined {
  for (let t: string | undefined = type; t !== undefined; t = types[t]?.base) {
    const found = types[t]?.elements.find((element) => element.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
