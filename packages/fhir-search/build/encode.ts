import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeCodeSystems, type EncodedCodes } from './code-systems.ts';
import type { EncodedComponent, EncodedSearchParameter, SearchParameterType } from '../src/parameters/encoding.ts';

/** The parts of a SearchParameter that are read. https://hl7.org/fhir/R5/searchparameter.html */
interface SearchParameter extends Omit<EncodedSearchParameter, 'component'> {
  readonly url: string;
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

const canonicalBase = 'http://hl7.org/fhir/SearchParameter/';

/**
 * Types of components whose definition does not exist under the canonical given, or is of another kind than the element that
 * the expression leads to (`relationship` names its two definitions in the wrong order).
 */
const componentTypes: Readonly<Record<string, readonly SearchParameterType[]>> = {
  'DeviceDefinition-specification-version': ['token', 'string'],
  'Device-code-value-concept': ['token', 'string'],
  'DocumentReference-relationship': ['token', 'reference'],
  'Encounter-location-period': ['reference', 'date'],
  'Ingredient-strength-concentration-ratio': ['quantity', 'quantity'],
  'Ingredient-strength-presentation-ratio': ['quantity', 'quantity'],
  'Observation-code-value-string': ['token', 'string'],
  'ResearchStudy-progress-status-state-actual': ['token', 'token'],
  'ResearchStudy-progress-status-state-period-actual': ['token', 'date', 'token'],
  'ResearchStudy-progress-status-state-period': ['token', 'date'],
  'TestScript-scope-artifact-conformance': ['reference', 'token'],
  'TestScript-scope-artifact-phase': ['reference', 'token'],
};

/** The folder with the files of hl7.fhir.r5.core. */
const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));

/** Every SearchParameter of hl7.fhir.r5.core in the order of their ids; the same package gives the same result. */
export function encodeSearchParameters(): EncodedSearchParameter[] {
  const definitions = readdirSync(folder)
    .filter((name) => name.startsWith('SearchParameter-') && name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SearchParameter);
  const typeOf = new Map(definitions.map(({ url, type }) => [url, type]));
  return definitions.map((definition) => encode(definition, typeOf));
}

function encode(definition: SearchParameter, typeOf: ReadonlyMap<string, SearchParameterType>): EncodedSearchParameter {
  const { url, code, type, base, expression, target, multipleOr, multipleAnd, comparator, modifier } = definition;
  if (!url.startsWith(canonicalBase)) throw new Error(`not a core search parameter: ${url}`);
  const id = url.slice(canonicalBase.length);
  const component = definition.component?.map(({ definition: canonical, expression: part }, i): EncodedComponent => {
    const found = componentTypes[id]?.[i] ?? typeOf.get(canonical);
    if (found === undefined) throw new Error(`${id}: no type for component ${part}`);
    return { expression: part, type: found };
  });
  return {
    id,
    code,
    type,
    base,
    ...(expression !== undefined && { expression }),
    ...(target !== undefined && { target }),
    ...(multipleOr !== undefined && { multipleOr }),
    ...(multipleAnd !== undefined && { multipleAnd }),
    ...(comparator !== undefined && { comparator }),
    ...(modifier !== undefined && { modifier }),
    ...(component !== undefined && { component }),
  };
}

/** The module that holds all that is read from the package. Its text needs no escapes; should a definition ever do, this throws. */
export function definitionsModule(): string {
  return [
    '// Every SearchParameter of hl7.fhir.r5.core, one JSON object a line; written by `node packages/fhir-search/build/generate.ts`.',
    '// As text: read at first use in a few milliseconds, where the package itself takes a quarter second.',
    `export const definitions = ${literal(encodeSearchParameters().map((parameter) => JSON.stringify(parameter)))};`,
    '// Value sets that codes are bound to: the value set, a system, and the codes of that system unless all are.',
    `export const codeSystems = ${literal(encodeCodeSystems(folder).map(encodeCodes))};`,
    '',
  ].join('\n');
}

function encodeCodes({ valueSet, system, codes }: EncodedCodes): string {
  return [valueSet, system, ...codes].join(' ');
}

function literal(lines: readonly string[]): string {
  const text = lines.join('\n');
  if (/`|\$\{/.test(text)) throw new Error('a definition would end the template literal');
  return `String.raw\`\n${text}\n\``;
}
