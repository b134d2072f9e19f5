// HL7's terminology test cases, if the neighbouring folder ../shared has them. None of them is stored here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Parameters, ResourceBase } from '@dhp/fhir-model';

const folder = fileURLToPath(new URL('../../../../../shared/cases/terminology', import.meta.url));

export const casesArePresent = existsSync(folder);

export interface OfficialCase {
  readonly suite: string;
  readonly name: string;
  readonly operation: string;
  readonly httpStatus: number | string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: Parameters;
  /** The answers that are right, the general one first. */
  readonly expected: readonly ResourceBase[];
}

export interface OfficialSuite {
  readonly name: string;
  readonly setup: readonly ResourceBase[];
  readonly cases: readonly OfficialCase[];
}

interface CaseFile {
  operation: string;
  httpStatus: number | string;
  headers: Record<string, string>;
  profileFile?: string;
  alternatives?: Record<string, string>;
}

export function readSuites(): OfficialSuite[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'suite.json')))
    .sort()
    .map(readSuite);
}

/** Compares an answer with the template of the right one: null if they agree, else the place of the difference. */
export type Matcher = (expected: unknown, actual: unknown, one: OfficialCase) => string | null;

/**
 * The suite's own comparison. If a template leaves a sentence to the server, it only requires parts of it; the exact sentence of the
 * reference server is right as well.
 */
export async function officialMatcher(): Promise<Matcher> {
  const { makeMatcher } = (await import(pathToFileURL(join(folder, 'match.mjs')).href)) as {
    makeMatcher: (options: object) => (expected: unknown, actual: unknown) => string | null;
  };
  const sentences = readJson(join(folder, 'messages-tx.fhir.org.json')) as Record<string, object>;
  const matches = makeMatcher({ fhirVersion: '5.0.0' });
  return (expected, actual, { suite, name }) => {
    const difference = matches(expected, actual);
    const externals = sentences[`${suite}/${name.replace(/^validation-/, '')}-response-parameters.json`];
    if (difference === null || externals === undefined) return difference;
    return makeMatcher({ fhirVersion: '5.0.0', externals })(expected, actual) === null ? null : difference;
  };
}

function readSuite(name: string): OfficialSuite {
  const suite = join(folder, name);
  const list = (part: string): string[] => (existsSync(join(suite, part)) ? readdirSync(join(suite, part)).sort() : []);
  return {
    name,
    setup: list('setup').map((file) => readJson(join(suite, 'setup', file)) as ResourceBase),
    cases: list('cases').map((one) => readCase(name, one, join(suite, 'cases', one))),
  };
}

function readCase(suite: string, name: string, path: string): OfficialCase {
  const { operation, httpStatus, headers, profileFile, alternatives } = readJson(join(path, 'case.json')) as CaseFile;
  const request = existsSync(join(path, 'request.json'))
    ? (readJson(join(path, 'request.json')) as Parameters)
    : ({ resourceType: 'Parameters' } satisfies Parameters);
  const profile = profileFile === undefined ? undefined : (readJson(join(path, profileFile)) as Parameters);
  // Answers that a named product gives otherwise are not for us.
  const others = Object.entries(alternatives ?? {}).filter(([key]) => !/^response:.*\./.test(key));
  return {
    suite,
    name,
    operation,
    httpStatus,
    headers,
    request: { ...request, parameter: [...(request.parameter ?? []), ...(profile?.parameter ?? [])] },
    expected: ['expected.json', ...others.map(([, file]) => file)].map(
      (file) => readJson(join(path, file)) as ResourceBase,
    ),
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
