/** Every route takes the steps in their order: of several faults, a request is refused for that of the first step. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../../src/contract/route.ts';
import { isForEntries } from '../../src/pipeline/handle.ts';
import { admission, execution } from '../../src/pipeline/steps.ts';
import { routes } from '../../src/routes.ts';
import { startServer, type Reply, type TestServer } from '../environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

test('the steps are these', () => {
  const names = [...admission, ...execution].map(({ name }) => name);
  const before = ['match', 'authenticate', 'permit', 'negotiate', 'conditions'];
  assert.deepEqual(names, [...before, 'defer', 'run', 'note', 'present']);
});

/** An address of the route, of a type that it has. */
function addressOf({ path, types = ['Patient'] }: Route): string {
  return path
    .replace(':compartment', 'Patient')
    .replace(':type', path.includes(':compartment') ? 'Observation' : types[0]!)
    .replace(':id', 'nobody')
    .replace(':versionId', '1');
}

interface Fault {
  readonly name: string;
  readonly code: RegExp;
  readonly token?: 'none' | 'narrow';
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

/** In the order of the steps. */
const faults: readonly Fault[] = [
  { name: 'authenticate', code: /^token-missing$/, token: 'none' },
  { name: 'permit', code: /^scope-insufficient$/, token: 'narrow' },
  { name: 'negotiate', code: /^not-acceptable$/, query: '_format=application/pdf' },
  {
    name: 'conditions',
    code: /^header-unsupported$/,
    headers: { 'if-unmodified-since': 'Mon, 02 Nov 2026 00:00:00 GMT' },
  },
];

/** The steps that find something wrong with requests for the route. */
function faultsOf({ permission, parameters, answersFiles }: Route): readonly Fault[] {
  return faults.filter(({ name }) => {
    if (name === 'authenticate') return permission !== 'public';
    // The Bundle leaves it to its entries, and who asks for a right of its own does so itself.
    if (name === 'permit') return permission !== 'public' && permission !== 'entries' && permission !== 'own';
    // The form of a table is for the interaction to choose.
    return name !== 'negotiate' || (parameters !== 'any' && answersFiles !== true);
  });
}

describe('of several faults the first step finds its own', () => {
  for (const route of routes) {
    test(`${route.method} ${route.path}`, async () => {
      const narrow = await server.sso.token({ scope: 'openid' });
      const all = faultsOf(route);
      for (const [at, { name, code }] of all.entries()) {
        const left = all.slice(at);
        const query = left.flatMap((fault) => fault.query ?? []).join('&');
        const headers = Object.assign({}, ...left.map((fault) => fault.headers ?? {})) as Record<string, string>;
        const tokens = left.flatMap((fault) => fault.token ?? []);
        const token = tokens.includes('none') ? { token: null } : tokens.includes('narrow') ? { token: narrow } : {};
        const reply = await server.request(route.method, `${addressOf(route)}?${query}`, { ...token, headers });
        assert.match(reply.code, code, `${name}: ${reply.text}`);
      }
    });
  }
});

/** Scopes of all letters and some types, and those that grant something of a type only. */
const scopes: readonly (readonly [scope: string, claims?: Record<string, unknown>])[] = [
  ['openid'],
  ...['cruds', 'c', 'r', 'u', 'd', 's'].map((letters) => [`system/*.${letters}`] as const),
  ['system/Patient.r'],
  ['system/Patient.cud system/Observation.rs'],
  ['system/CodeSystem.rs system/ValueSet.rs'],
  ['system/*.rs?_tag=ours'],
  ['patient/*.cruds'],
  ['patient/*.rs', { patient: 'nobody' }],
  ['user/*.cruds', { fhirUser: 'https://playground.test/fhir/Practitioner/d', policies: ['user/Patient.r'] }],
];

/** The code of a refusal by scope; undefined for every other outcome. */
function refusal(code: string | undefined): string | undefined {
  return code?.startsWith('scope-') === true ? code : undefined;
}

interface EntryOutcome {
  response: { outcome?: { issue: { details?: { coding?: [{ code: string }] } }[] } };
}

/** The least that the route takes as a body. */
function resourceOf(route: Route): { resource?: Record<string, unknown> } {
  const { method, interaction } = route;
  if (method === 'GET' || method === 'DELETE') return {};
  if (method === 'PATCH' || interaction.startsWith('$')) return { resource: { resourceType: 'Parameters' } };
  const [, resourceType, id] = addressOf(route).split('/');
  return { resource: { resourceType, ...(id === undefined ? {} : { id }) } };
}

async function send(token: string, method: string, path: string, resource?: object): Promise<Reply> {
  const headers = { 'content-type': 'application/fhir+json' };
  const body = resource === undefined ? {} : { headers, body: JSON.stringify(resource) };
  return server.request(method, path, { token, ...body });
}

const ofEntries = routes.filter((route) => isForEntries(route) && route.permission !== 'public');

describe('an entry of a Bundle is permitted what the same request alone is', () => {
  for (const [scope, claims = {}] of scopes) {
    test(`${scope} ${Object.keys(claims).join(' ')}`, async () => {
      const token = await server.sso.token({ scope, ...claims });
      assert.ok(ofEntries.length > 40);
      let refused = 0;
      for (const route of ofEntries) {
        const { method } = route;
        const url = addressOf(route);
        const resource = resourceOf(route);
        const bundle = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method, url }, ...resource }] };
        const reply = await send(token, 'POST', '/', bundle);
        assert.equal(reply.status, 200, reply.text);
        const alone = await send(token, method, url, resource.resource);
        const [entry] = reply.json['entry'] as EntryOutcome[];
        const inBundle = entry!.response.outcome?.issue[0]?.details?.coding?.[0].code;
        if (refusal(alone.code) !== undefined) refused += 1;
        assert.equal(refusal(inBundle), refusal(alone.code), `${method} ${url}: ${alone.text}`);
      }
      // The SSO alone is answered by `$identity-evidence`, `$record-looks` and `$access-administration`; `$access-history` (by GET and POST) wants a right of its own.
      assert.ok(scope === 'system/*.cruds' ? refused === 5 : refused > 5, String(refused));
    });
  }
});
