import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import { Validator, type Definitions, type Issue } from '../src/index.ts';
import { definitionsOf, MemoryCodes } from './memory-codes.ts';
import { published, type Json } from './published.ts';

const folder = new URL('../../../../shared/cases/validator/', import.meta.url);

/** Why the official cases are skipped; false if they are available. */
export const skipCases = existsSync(folder) ? false : 'the official cases are not at ../shared/cases/validator';

interface ExpectedIssue {
  readonly severity: string;
  readonly code: string;
  readonly expression?: string;
  readonly text: string;
}

interface Expected {
  readonly errors: number;
  readonly issues?: readonly ExpectedIssue[];
}

interface Meta {
  readonly name: string;
  readonly inputFormat: string;
  readonly options: { readonly validateReference?: string; readonly suppress?: readonly string[] };
  readonly supporting?: readonly { readonly file: string }[];
  readonly expected?: Expected;
  readonly profile?: null | {
    readonly file: string;
    readonly url: string;
    readonly supporting?: readonly { readonly file: string }[];
    readonly expected?: Expected;
  };
}

/** The compared parts of a finding. */
export interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly expression: string;
  readonly text: string;
}

/** One validation of a case: the resource against R5, or also against the profile of the case. */
export interface Outcome {
  readonly name: string;
  readonly inputFormat: string;
  readonly expectedErrors: number;
  readonly errors: number;
  readonly matched: number;
  /** `missing`: findings of the reference validator that ours lacks; `extra`: the opposite. Errors and warnings only. */
  readonly missing: readonly Finding[];
  readonly extra: readonly Finding[];
}

/** Comments in an expression name the resource type at that place and are not part of the path. */
const plain = (expression: string): string => expression.replaceAll(/\/\*[^*]*\*\//g, '');

const isGrave = ({ severity }: { severity: string }): boolean => severity !== 'information';
const isError = ({ severity }: { severity: string }): boolean => severity === 'error' || severity === 'fatal';

function compare(name: string, meta: Meta, expected: Expected | undefined, found: readonly Finding[]): Outcome {
  const wanted = (expected?.issues ?? [])
    .filter((issue) => isGrave(issue) && !issue.text.includes('dom-6'))
    .map((issue) => ({ ...issue, expression: plain(issue.expression ?? '') }));
  const extra = [...found];
  const missing = wanted.filter((issue) => {
    const at = extra.findIndex(
      (one) => one.severity === issue.severity && one.code === issue.code && one.expression === issue.expression,
    );
    if (at >= 0) extra.splice(at, 1);
    return at < 0;
  });
  return {
    name,
    inputFormat: meta.inputFormat,
    expectedErrors: wanted.filter(isError).length,
    errors: found.filter(isError).length,
    matched: wanted.length - missing.length,
    missing,
    extra,
  };
}

const finding = ({ severity, code, expression, id, values }: Issue): Finding => ({
  severity,
  code,
  expression,
  text: `${id} ${JSON.stringify(values).slice(0, 160)}`,
});

/** Systems that the reference validator looked up in a terminology server and that are not available here. */
const external =
  /^http:\/\/(?:loinc\.org|snomed\.info\/sct$|unitsofmeasure\.org|www\.whocc\.no|www\.nlm\.nih|unstats\.un\.org|dicom\.nema\.org|ihe\.net|example\.org)|^urn:(?:ietf|iso:std:iso:11073)/;

let core: MemoryCodes | undefined;

/** Returns the terminology of R5 core for the bindings of the cases. */
function coreCodes(): MemoryCodes {
  core ??= new MemoryCodes(
    (['core', 'extensions', 'terminology'] as const)
      .flatMap((name) => [...published(name, 'ValueSet'), ...published(name, 'CodeSystem')])
      .map(({ resource }) => resource),
  );
  return core;
}

let pack: Definitions | undefined;

/** Returns the extensions that HL7 defines outside of the core. */
function extensionPack(): Definitions {
  return (pack ??= definitionsOf([...published('extensions', 'StructureDefinition')].map(({ resource }) => resource)));
}

/** Runs a case. Returns the outcome against R5, and a second one with the profile if the case has one. */
export function runCase(name: string): Outcome[] {
  const file = (path: string): string => readFileSync(new URL(`${name}/${path}`, folder), 'utf8');
  const meta = JSON.parse(file('meta.json')) as Meta;
  const text = file('input.json');
  const supporting = (files: readonly { readonly file: string }[] = []) =>
    files.map((one) => JSON.parse(file(one.file)) as Json);
  const around = existsSync(new URL(`${name}/supporting`, folder))
    ? readdirSync(new URL(`${name}/supporting`, folder)).map((one) => JSON.parse(file(`supporting/${one}`)) as Json)
    : [];
  const outcomes = [
    compare(name, meta, meta.expected, findings(text, supporting(meta.supporting), around, [], meta.options)),
  ];
  if (meta.profile) {
    const { url, expected } = meta.profile;
    outcomes.push(
      compare(`${name} with its profile`, meta, expected, findings(text, around, around, [url], meta.options)),
    );
  }
  return outcomes;
}

function findings(
  text: string,
  definitions: readonly Json[],
  codes: readonly Json[],
  profiles: readonly string[],
  { validateReference, suppress = [] }: Meta['options'],
): Finding[] {
  try {
    scanJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const expression = error.path === '' ? '' : error.path.replace(/\.[^.]*$/, '');
    return [{ severity: 'error', code: 'invalid', expression, text: error.message }];
  }
  const own = new MemoryCodes(codes);
  const ownDefinitions = definitionsOf(definitions);
  // The reference validator ran these cases with any extension allowed.
  const validator = new Validator({
    unknownExtensions: 'ignore',
    vitalSigns: true,
    // In cases in which references were followed, there was one patient.
    ...(validateReference === 'CHECK_EXISTS_AND_TYPE' && { exists: (reference) => reference === 'Patient/test' }),
    definitions: {
      structure: (url, version) => ownDefinitions.structure(url, version) ?? extensionPack().structure(url, version),
      questionnaire: (url) => ownDefinitions.questionnaire?.(url),
    },
    codes: {
      validate: (valueSet, system, code) => {
        const found = own.validate(valueSet, system, code);
        return found === 'unknown' ? coreCodes().validate(valueSet, system, code) : found;
      },
      concept: (system, code) => {
        const found = own.concept(system, code);
        if (found.known !== 'unknown') return found;
        return external.test(system) ? undefined : coreCodes().concept(system, code);
      },
    },
  });
  return validator
    .validateText(scanJson(text), profiles)
    .filter((one) => isGrave(one) && !suppress.includes(String(one.values['key'])))
    .map(finding);
}

export function caseNames(): string[] {
  return readdirSync(folder).sort();
}
