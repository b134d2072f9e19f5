// HL7's terminology test cases, as far as the neighbouring folder ../shared has them. Nothing of them is kept here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('../../../../../shared/cases/terminology', import.meta.url));

export const casesArePresent = existsSync(folder);
export const noCases = casesArePresent ? false : 'the official cases are not here (../shared/cases/terminology)';

export type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string };

export interface OfficialCase {
  readonly suite: string;
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly httpStatus: number | '4xx';
  readonly headers: Readonly<Record<string, string>>;
  readonly request: Resource | undefined;
  /** The answers that are right, the general one first. */
  readonly expected: readonly Resource[];
}

export interface OfficialSuite {
  readonly name: string;
  readonly setup: readonly Resource[];
  readonly cases: readonly OfficialCase[];
}

interface CaseFile extends Omit<OfficialCase, 'suite' | 'name' | 'request' | 'expected'> {
  readonly profileFile?: string;
  readonly alternatives?: Readonly<Record<string, string>>;
}

export function readSuites(): OfficialSuite[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'suite.json')))
    .sort()
    .map((name) => ({
      name,
      setup: list(name, 'setup').map((file) => readJson(name, 'setup', file) as Resource),
      cases: list(name, 'cases').map((one) => readCase(name, one)),
    }));
}

/** Compares an answer with the template of the right one: null when they agree, else where they do not. */
export type Matcher = (expected: unknown, actual: unknown, one: OfficialCase) => string | null;

/**
 * The suite's own comparison. Where a template leaves a sentence to the server, it only wants parts of it; the sentence of
 * the reference server, word for word, is right as well.
 */
export async function officialMatcher(): Promise<Matcher> {
  const { makeMatcher } = (await import(pathToFileURL(join(folder, 'match.mjs')).href)) as {
    makeMatcher: (options: object) => (expected: unknown, actual: unknown) => string | null;
  };
  const sentences = readJson('messages-tx.fhir.org.json') as Record<string, object>;
  const matches = makeMatcher({ fhirVersion: '5.0.0' });
  return (expected, actual, { suite, name }) => {
    const difference = matches(expected, actual);
    const externals = sentences[`${suite}/${name.replace(/^validation-/, '')}-response-parameters.json`];
    if (difference === null || externals === undefined) return difference;
    return makeMatcher({ fhirVersion: '5.0.0', externals })(expected, actual) === null ? null : difference;
  };
}

function readCase(suite: string, name: string): OfficialCase {
  const at = (file: string): unknown => readJson(suite, 'cases', name, file);
  const { profileFile, alternatives = {}, ...rest } = at('case.json') as CaseFile;
  const profile = profileFile === undefined ? [] : parametersOf(at(profileFile));
  const isAsked = existsSync(join(folder, suite, 'cases', name, 'request.json'));
  const request = isAsked ? (at('request.json') as Resource) : undefined;
  // Answers that a named product gives otherwise are not for us.
  const others = Object.entries(alternatives).filter(([key]) => !/^response:.*\./.test(key));
  return {
    ...rest,
    suite,
    name,
    request: request && { ...request, parameter: [...parametersOf(request), ...profile] },
    expected: ['expected.json', ...others.map(([, file]) => file)].map((file) => at(file) as Resource),
  };
}

export function parametersOf(resource: unknown): Resource[] {
  return ((resource as { parameter?: Resource[] } | undefined)?.parameter ?? []).slice();
}

function list(...path: string[]): string[] {
  const place = join(folder, ...path);
  return existsSync(place) ? readdirSync(place).sort() : [];
}

function readJson(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
}
