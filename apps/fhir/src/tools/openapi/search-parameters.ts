/** Parameters of searches as OpenAPI has them: the form of the values by the type, and the modifiers by the parameter. */
import { memberOf, type MemberModel } from '@dhp/fhir-model';
import { elementPaths, modifiersByType, modifiersOf } from '@dhp/fhir-search/elements';
import type { OwnParameters, SearchParameter, SearchParameterType } from '@dhp/fhir-search/parameters';
import { searchableParameters } from '../../search/declared-search.ts';
import type { Schema } from './schemas.ts';

const prefixed = '(eq|ne|gt|lt|ge|le|sa|eb|ap)?';
const listOf = (one: string): string => `^${one}(,${one})*$`;

/** https://hl7.org/fhir/R5/search.html#ptypes; docs/search.md */
const forms: Readonly<Record<SearchParameterType, Schema>> = {
  token: { description: 'code, system|code, |code or system|', examples: ['final', 'http://loinc.org|72166-2'] },
  string: { description: 'The beginning of a text, or of a part of a name or address', examples: ['Karimova'] },
  date: {
    description: `A date or time as far as it is known, with a prefix: ${prefixed.slice(1, -2).replaceAll('|', ' ')}`,
    pattern: listOf(`${prefixed}[0-9]{4}[-0-9T:.+Z]*`),
    examples: ['ge2026-01-01', '2026-11'],
  },
  number: { description: 'A number, with a prefix', pattern: listOf(`${prefixed}[-+0-9.eE]+`), examples: ['gt5.4'] },
  quantity: {
    description: 'number, number|system|code or number||code, with a prefix',
    examples: ['5.4|http://unitsofmeasure.org|mg'],
  },
  reference: { description: 'ID, Type/ID, a URL or a canonical', examples: ['Patient/1'] },
  uri: { description: 'The URI, whole', examples: ['http://hl7.org/fhir/StructureDefinition/bp'] },
  composite: { description: 'The parts with $ between them', examples: ['http://loinc.org|8480-6$gt140'] },
  special: { description: 'As https://hl7.org/fhir/R5/search.html says of this parameter' },
};

/** A parameter with more target types refers to nearly all types. */
const fewTargets = 20;

/**
 * Query parameters of a search of a type; the schemas they refer to are added to `schemas`. `isBrief`: without the parts that `/metadata`
 * contains.
 */
export function searchParameterObjects(
  type: string,
  schemas: Record<string, Schema>,
  { own, isBrief }: { readonly own: OwnParameters | undefined; readonly isBrief: boolean },
): object[] {
  return searchableParameters(type, own).map((parameter) => {
    const modifiers = modifiersOf(type, parameter);
    const name = schemaName(parameter.type, modifiers);
    schemas[name] ??= schemaOf(parameter.type, modifiers);
    return {
      name: parameter.code,
      in: 'query',
      ...(!isBrief && aboutParameter(type, parameter)),
      schema: { $ref: `#/components/schemas/${name}` },
    };
  });
}

function aboutParameter(type: string, parameter: SearchParameter): object {
  const { expression, target, url } = parameter;
  const valueSet = parameter.type === 'token' ? valueSetOf(type, parameter) : undefined;
  return {
    ...(expression !== undefined && { description: `Values: ${expression}` }),
    'x-fhir-definition': url,
    ...(target.length > 0 && target.length <= fewTargets && { 'x-fhir-targets': target }),
    ...(valueSet !== undefined && { 'x-fhir-value-set': valueSet }),
  };
}

/** The value set of the codes that a token parameter searches; undefined if there is none, or more than one. */
function valueSetOf(type: string, parameter: SearchParameter): string | undefined {
  const paths = elementPaths(type, parameter);
  if (typeof paths === 'string') return undefined;
  const found = new Set(
    paths.map((steps) => {
      let [at, valueSet]: [string | undefined, string | undefined] = [type, undefined];
      for (const step of steps) {
        if (step.kind !== 'member') continue;
        const member: MemberModel | undefined = at === undefined ? undefined : memberOf(at, step.name);
        valueSet = member?.element.binding?.valueSet ?? valueSet;
        at = member?.type;
      }
      return valueSet;
    }),
  );
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** `SearchToken`, followed by the missing modifiers or by the supported ones, whichever are fewer. */
function schemaName(type: SearchParameterType, modifiers: readonly string[]): string {
  const name = `Search${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const missing = modifiersByType[type].filter((one) => !modifiers.includes(one));
  if (missing.length === 0 && modifiers.length === modifiersByType[type].length) return name;
  return missing.length > 0 && missing.length < modifiers.length
    ? `${name}.without.${missing.join('.')}`
    : `${name}.with.${modifiers.join('.')}`;
}

/** A repeated parameter requires all of its values; values between commas are alternatives. */
function schemaOf(type: SearchParameterType, modifiers: readonly string[]): Schema {
  const { description, examples, ...rules } = forms[type];
  return {
    type: 'array',
    description: `${String(description)}; a comma is between alternatives. Repeated: all must hold.`,
    items: { type: 'string', ...rules },
    ...(examples !== undefined && { examples: [examples] }),
    'x-fhir-search-type': type,
    'x-fhir-modifiers': modifiers,
  };
}
