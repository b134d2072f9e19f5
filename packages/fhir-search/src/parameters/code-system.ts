import { elementsOf, memberOf } from '@dhp/fhir-model';
import { codeSystems } from './definitions.ts';

/** The systems of the codes of a value set: each with its codes, or with none listed, which means all of them. */
type Systems = readonly { readonly system: string; readonly codes: readonly string[] }[];

let valueSets: ReadonlyMap<string, Systems> | undefined;
const known = new Map<string, Systems>();
const none: Systems = [];

/**
 * The system that a value of type `code` implies by the value set to which the base specification binds its element, if that
 * is required. https://hl7.org/fhir/R5/search.html#token
 * @param type the type that the location begins at
 * @param location of the element, such as `Patient.contact[0].gender`; its first name stands for the type
 * @example
 * impliedSystem('Patient', 'Patient.gender', 'male'); // 'http://hl7.org/fhir/administrative-gender'
 */
export function impliedSystem(type: string, location: string, code: unknown): string | undefined {
  const systems = knownSystemsAt(type, location.replaceAll(/\[\d+\]/g, ''));
  return systems.find(({ codes }) => codes.length === 0 || codes.includes(String(code)))?.system;
}

/**
 * The system that every code at a place implies, whatever the code is; undefined if there is no such system, or it depends on the code.
 * @param path of the element, such as `Patient.contact.gender`
 */
export function onlySystemAt(type: string, path: string): string | undefined {
  const [only, ...others] = knownSystemsAt(type, path);
  return only !== undefined && others.length === 0 && only.codes.length === 0 ? only.system : undefined;
}

function knownSystemsAt(type: string, path: string): Systems {
  const key = `${type} ${path}`;
  let systems = known.get(key);
  // Only locations of elements defined in R5 come here, so there are few.
  if (systems === undefined) known.set(key, (systems = systemsAt(type, path.split('.').slice(1))));
  return systems;
}

function systemsAt(type: string, names: readonly string[]): Systems {
  let at = type;
  for (const [i, name] of names.entries()) {
    const element = elementsOf(at)?.get(name) ?? memberOf(at, name)?.element;
    if (element === undefined) return none;
    if (i === names.length - 1) {
      const { strength, valueSet } = element.binding ?? {};
      return strength === 'required' ? systemsOf(valueSet) : none;
    }
    // Behind a choice of types the path does not determine the element.
    if (element.types.length !== 1) return none;
    at = element.types[0]!;
  }
  return none;
}

function systemsOf(valueSet: string | undefined): Systems {
  valueSets ??= readValueSets();
  return (valueSet === undefined ? undefined : valueSets.get(valueSet.replace(/\|.*/, ''))) ?? none;
}

function readValueSets(): ReadonlyMap<string, Systems> {
  const lines = codeSystems
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string, ...string[]]);
  const found = new Map<string, { system: string; codes: string[] }[]>();
  for (const [valueSet, system, ...codes] of lines) {
    const all = found.get(valueSet) ?? [];
    all.push({ system, codes });
    found.set(valueSet, all);
  }
  return found;
}
