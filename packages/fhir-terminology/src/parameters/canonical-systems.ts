import type { Coding, Parameters, ParametersParameter } from '@dhp/fhir-model';

/** Parameters that name a code system, or a version of one (`url|version`); `url` may be that of a value set, which stays. */
const systems = new Set([
  ...['system', 'url', 'sourceSystem', 'targetSystem', 'exclude-system'],
  ...['system-version', 'default-system-version', 'check-system-version', 'force-system-version'],
]);

/**
 * The parameters with every code system under its canonical: those named by an alias (`urn:oid:…`) too, in `system` and the like, in
 * codings and in the codings of concepts.
 * @param canonicalOf returns the canonical of a code system's name, or the same name if it is not known
 */
export function withCanonicalSystems(parameters: Parameters, canonicalOf: (name: string) => string): Parameters {
  const named = (reference: string): string => {
    const [url = '', ...version] = reference.split('|');
    return [canonicalOf(url), ...version].join('|');
  };
  const ofCoding = (coding: Coding): Coding => {
    if (coding.system === undefined) return coding;
    const system = canonicalOf(coding.system);
    return system === coding.system ? coding : { ...coding, system };
  };
  const ofParameter = (parameter: ParametersParameter): ParametersParameter => {
    const { name, valueCoding, valueCodeableConcept } = parameter;
    if (valueCoding !== undefined) {
      const coding = ofCoding(valueCoding);
      return coding === valueCoding ? parameter : { ...parameter, valueCoding: coding };
    }
    if (valueCodeableConcept?.coding !== undefined) {
      const coding = mapped(valueCodeableConcept.coding, ofCoding);
      if (coding === valueCodeableConcept.coding) return parameter;
      return { ...parameter, valueCodeableConcept: { ...valueCodeableConcept, coding } };
    }
    if (!systems.has(name)) return parameter;
    for (const type of ['valueUri', 'valueCanonical', 'valueString'] as const) {
      const value = parameter[type];
      if (value !== undefined && named(value) !== value) return { ...parameter, [type]: named(value) };
    }
    return parameter;
  };
  const all = parameters.parameter ?? [];
  const parameter = mapped(all, ofParameter);
  return parameter === all ? parameters : { ...parameters, parameter };
}

/** The list itself if nothing in it changes. */
function mapped<T>(list: T[], change: (item: T) => T): T[] {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
}
