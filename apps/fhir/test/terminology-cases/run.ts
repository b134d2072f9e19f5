// Puts the official cases to a server over HTTP.
import type { TestServer } from '../environment.ts';
import { parametersOf, type Matcher, type OfficialCase, type OfficialSuite, type Resource } from './cases.ts';

/** How a server comes to know the resources of a suite: it stores them, or each request brings them. */
export type Way = 'stored' | 'tx-resource';

export interface Outcome {
  readonly suite: string;
  readonly name: string;
  readonly passed: boolean;
  /** Where the answer is not what it should be. */
  readonly reason?: string;
}

/** Runs every case of the suites in order; what a suite stores is gone before the next one. */
export async function runSuites(
  server: TestServer,
  suites: readonly OfficialSuite[],
  way: Way,
  matches: Matcher,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const suite of suites) {
    const { places, refused } = way === 'stored' ? await store(server, suite.setup) : { places: [], refused: [] };
    const given = way === 'tx-resource' ? suite.setup : refused;
    for (const one of suite.cases) outcomes.push(await runCase(server, one, given, matches));
    for (const place of places) await server.request('DELETE', place);
  }
  return outcomes;
}

/** Some are wrong on purpose, and this server does not store what is wrong: requests bring those. */
async function store(
  server: TestServer,
  resources: readonly Resource[],
): Promise<{ places: string[]; refused: Resource[] }> {
  const [places, refused]: [string[], Resource[]] = [[], []];
  for (const resource of resources) {
    const reply = await server.write('POST', `/${resource.resourceType}`, resource);
    if (reply.status === 201) places.push(`/${resource.resourceType}/${String(reply.json['id'])}`);
    else if (reply.code === 'resource-invalid') refused.push(resource);
    else throw new Error(`a resource of the suite was refused: ${reply.text}`);
  }
  return { places, refused };
}

async function runCase(
  server: TestServer,
  one: OfficialCase,
  given: readonly Resource[],
  matches: Matcher,
): Promise<Outcome> {
  const { suite, name, method, path, request, httpStatus, expected } = one;
  const resources = given.map((resource) => ({ name: 'tx-resource', resource }));
  const body = request && { ...request, parameter: [...resources, ...parametersOf(request)] };
  const reply = await server.request(method, `/${path}`, {
    // As a client that says nothing of languages: what fetch would say by itself is any.
    headers: {
      'accept-language': '*',
      ...lowerCased(one.headers),
      ...(body && { 'content-type': 'application/fhir+json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const isRight = httpStatus === '4xx' ? reply.status >= 400 && reply.status < 500 : reply.status === httpStatus;
  if (!isRight)
    return { suite, name, passed: false, reason: `status ${reply.status}, not ${httpStatus}: ${reply.text}` };
  const differences = expected.map((each) => {
    const actual = path.startsWith('metadata') ? minimum(each, reply.json) : reply.json;
    return matches(each, actual, one);
  });
  if (differences.includes(null)) return { suite, name, passed: true };
  return { suite, name, passed: false, reason: differences[0] ?? '' };
}

/** Reduces a server's description of itself to the parts that the cases require. */
function minimum(expected: unknown, actual: unknown): unknown {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const wanted = expected.map((each) => nameOf(each));
    return actual
      .filter((each) => wanted.includes(nameOf(each)))
      .map((each) =>
        minimum(
          expected.find((other) => nameOf(other) === nameOf(each)),
          each,
        ),
      );
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) return actual;
  const known = Object.entries(actual).filter(([name]) => Object.hasOwn(expected, name));
  return Object.fromEntries(
    known.map(([name, value]) => [name, minimum((expected as Record<string, unknown>)[name], value)]),
  );
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : value;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
