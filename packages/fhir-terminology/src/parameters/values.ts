import type {
  CodeableConcept,
  Coding,
  Extension,
  Parameters,
  ParametersParameter,
  ResourceBase,
} from '@dhp/fhir-model';

/** The value of a parameter or an extension, of any type; undefined without a value. */
export function valueOf(source: ParametersParameter | Extension): string | number | boolean | object | undefined {
  for (const [name, value] of Object.entries(source)) {
    if (name.startsWith('value') && value !== undefined) return value as string | number | boolean | object;
  }
  return undefined;
}

/** The first parameter of a name. */
function find(parameters: Parameters, name: string): ParametersParameter | undefined {
  return parameters.parameter?.find((parameter) => parameter.name === name);
}

/** The value of the first parameter of a name as text: uri, canonical, code, string … alike. */
export function text(parameters: Parameters, name: string): string | undefined {
  const found = find(parameters, name);
  const value = found === undefined ? undefined : valueOf(found);
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

export function coding(parameters: Parameters, name: string): Coding | undefined {
  return find(parameters, name)?.valueCoding;
}

export function codeableConcept(parameters: Parameters, name: string): CodeableConcept | undefined {
  return find(parameters, name)?.valueCodeableConcept;
}

/** The resources given under a name. */
export function resources(parameters: Parameters, name: string): ResourceBase[] {
  return (parameters.parameter ?? []).flatMap((parameter) =>
    parameter.name === name && parameter.resource !== undefined ? [parameter.resource] : [],
  );
}
