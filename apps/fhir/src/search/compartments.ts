/** Searches within a compartment. https://hl7.org/fhir/R5/compartmentdefinition.html */
import { compartmentMembers } from './compartment-members.ts';

export type Compartment = keyof typeof compartmentMembers;

export const compartments = Object.keys(compartmentMembers) as Compartment[];

export function isCompartment(type: string): type is Compartment {
  return Object.hasOwn(compartmentMembers, type);
}

/** The canonical of a compartment's definition. */
export function compartmentUrl(compartment: Compartment): string {
  return `http://hl7.org/fhir/CompartmentDefinition/${compartment.charAt(0).toLowerCase()}${compartment.slice(1)}`;
}

const read = new Map<Compartment, ReadonlyMap<string, readonly string[]>>();

/**
 * The types that can be in a compartment, each with search parameters; a resource is in the compartment if one of these refers to the
 * resource of the compartment. The type of that resource is included.
 */
export function membersOf(compartment: Compartment): ReadonlyMap<string, readonly string[]> {
  let members = read.get(compartment);
  if (members === undefined) {
    const lines = compartmentMembers[compartment].trim().split(/\s+/);
    members = new Map(
      lines.map((line) => {
        const [type = '', parameters = ''] = line.split(':');
        return [type, parameters.split(',').filter((parameter) => parameter !== '')];
      }),
    );
    read.set(compartment, members);
  }
  return members;
}
