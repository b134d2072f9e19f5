/** The permissions of a token limit every part of a search: matches, conditions, includes and counts. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { observation } from './bundles.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { idsOf, linkTo, put, search, toldBy } from './searches.ts';

const system = 'http://terminology.hl7.org/CodeSystem/observation-category';
const categorised = (id: string, subject: string, code: string): Record<string, unknown> =>
  observation(subject, {
    id,
    category: [{ coding: [{ system, code }] }],
    performer: [{ reference: 'Practitioner/d' }],
  });

let server: TestServer;
before(async () => {
  server = await startServer();
  const name = [{ family: 'Usmonov' }];
  await put(
    server,
    { resourceType: 'Practitioner', id: 'd', name },
    patient({ id: 'a', name, generalPractitioner: [{ reference: 'Practitioner/d' }] }),
    patient({ id: 'b', name }),
    categorised('lab-a', 'Patient/a', 'laboratory'),
    categorised('vital-a', 'Patient/a', 'vital-signs'),
    categorised('lab-b', 'Patient/b', 'laboratory'),
    { resourceType: 'Encounter', id: 'e', status: 'completed', subject: { reference: 'Patient/a' } },
  );
});
after(() => server.close());

/** A search with a token of these scopes. */
async function as(scope: string, path: string, claims: Record<string, unknown> = {}): Promise<Reply> {
  return search(server, path, { token: await server.sso.token({ scope, ...claims }) });
}
async function matches(scope: string, path: string, claims: Record<string, unknown> = {}): Promise<string[]> {
  return idsOf(await as(scope, path, claims)).sort();
}
async function refused(scope: string, path: string, claims: Record<string, unknown> = {}): Promise<string> {
  const reply = await server.request('GET', path, { token: await server.sso.token({ scope, ...claims }) });
  assert.equal(reply.status, 403, `${scope} ${path}: ${reply.text}`);
  return `${reply.code} ${/scope="([^"]*)"/.exec(reply.headers.get('www-authenticate') ?? '')?.[1] ?? ''}`;
}

describe('a type', () => {
  test('is searched with the permission to search it', async () => {
    assert.deepEqual(await matches('system/Patient.s', '/Patient'), ['Patient/a', 'Patient/b']);
    assert.equal(await refused('system/Patient.r', '/Patient'), 'scope-insufficient system/Patient.s');
    assert.equal(await refused('system/Patient.rs', '/Observation'), 'scope-insufficient system/Observation.s');
    assert.equal(
      await refused('system/Patient.rs', '/Patient/a/Observation'),
      'scope-insufficient system/Observation.s',
    );
    const token = await server.sso.token({ scope: 'system/Patient.r' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = await server.request('POST', '/Patient/_search', { token, headers, body: 'name=x' });
    assert.equal(form.status, 403);
    assert.equal((await server.request('GET', '/Patient', { token: null })).status, 401);
  });

  test('is left out of a search of all that one may search, and refused when it is named', async () => {
    assert.deepEqual(await matches('system/Patient.rs system/Encounter.rs', '/?_id=a,e,lab-a'), [
      'Encounter/e',
      'Patient/a',
    ]);
    assert.deepEqual(await matches('system/Encounter.rs', '/Patient/a/*'), ['Encounter/e']);
    assert.equal(
      await refused('system/Patient.rs', '/?_type=Patient,Encounter'),
      'scope-insufficient system/Encounter.s',
    );
    assert.equal(await refused('system/*.r', '/'), 'scope-insufficient system/*.s');
  });
});

describe('to what is not permitted nothing leads', () => {
  const only = 'system/Observation.rs';

  test('no chain', async () => {
    const path = '/Observation?subject:Patient.family=Usmonov';
    assert.equal((await matches('system/*.rs', path)).length, 3);
    const reply = await as(only, path);
    assert.deepEqual([idsOf(reply), reply.json['total']], [[], 0]);
    assert.deepEqual(toldBy(reply), ['search-type-not-permitted']);
    assert.deepEqual(await matches(only, '/Observation?subject=Patient/a'), [
      'Observation/lab-a',
      'Observation/vital-a',
    ]);
    const two = '/Observation?subject:Patient.general-practitioner.family=Usmonov';
    assert.equal((await matches('system/*.rs', two)).length, 2);
    assert.deepEqual(await matches(`${only} system/Patient.rs`, two), []);
  });

  test('no _has', async () => {
    const path = '/Patient?_has:Observation:subject:category=laboratory';
    assert.deepEqual(await matches('system/*.rs', path), ['Patient/a', 'Patient/b']);
    const reply = await as('system/Patient.rs', path);
    assert.deepEqual([idsOf(reply), toldBy(reply)], [[], ['search-type-not-permitted']]);
  });

  test('no _include and no _revinclude', async () => {
    const include = '/Observation?_id=lab-a&_include=Observation:subject';
    assert.deepEqual(idsOf(await as('system/*.rs', include), 'include'), ['Patient/a']);
    assert.deepEqual(idsOf(await as(only, include), 'include'), []);
    const all = idsOf(await as('system/*.rs', '/Observation?_id=lab-a&_include=*'), 'include').sort();
    assert.deepEqual(all, ['Patient/a', 'Practitioner/d']);
    assert.deepEqual(idsOf(await as(`${only} system/Patient.rs`, '/Observation?_id=lab-a&_include=*'), 'include'), [
      'Patient/a',
    ]);
    const revinclude = '/Patient?_id=a&_revinclude=Observation:subject';
    assert.equal(idsOf(await as('system/*.rs', revinclude), 'include').length, 2);
    assert.deepEqual(idsOf(await as('system/Patient.rs', revinclude), 'include'), []);
  });
});

describe('a scope with a query', () => {
  const lab = `system/Observation.rs?category=${system}|laboratory`;

  test('permits what meets it, in matches and totals', async () => {
    assert.deepEqual(await matches(lab, '/Observation'), ['Observation/lab-a', 'Observation/lab-b']);
    assert.deepEqual(await matches(lab, '/Observation?subject=Patient/a'), ['Observation/lab-a']);
    assert.deepEqual(await matches(lab, '/Observation?category=vital-signs'), []);
    assert.deepEqual(await matches(lab, '/Observation?_id=vital-a'), []);
    const counted = await as(lab, '/Observation?_summary=count');
    assert.equal(counted.json['total'], 2);
    assert.deepEqual(await matches(lab, '/Patient/a/Observation'), ['Observation/lab-a']);
    assert.deepEqual(await matches(lab, '/'), ['Observation/lab-a', 'Observation/lab-b']);
  });

  test('and on its pages', async () => {
    const token = await server.sso.token({ scope: lab });
    const everything = await search(server, '/Observation?_count=1&_sort=_id');
    const next = linkTo(await search(server, linkTo(everything, 'next') ?? ''), 'next') ?? '';
    assert.deepEqual(idsOf(await search(server, next)), ['Observation/vital-a']);
    assert.deepEqual(idsOf(await search(server, next, { token })), []);
  });

  test('permits what any of several meets', async () => {
    const both = `${lab} system/Observation.s?category=vital-signs`;
    assert.equal((await matches(both, '/Observation')).length, 3);
    assert.deepEqual(await matches(`${lab} system/Observation.s`, '/Observation?_id=vital-a'), ['Observation/vital-a']);
    assert.deepEqual(await matches('system/Observation.s?category=laboratory&_id=lab-b', '/Observation'), [
      'Observation/lab-b',
    ]);
  });

  test('counts in chains, _has and includes', async () => {
    const has = '/Patient?_id=a&_has:Observation:subject:category=vital-signs';
    assert.deepEqual(await matches('system/*.rs', has), ['Patient/a']);
    assert.deepEqual(await matches(`system/Patient.rs ${lab}`, has), []);
    const revinclude = await as(`system/Patient.rs ${lab}`, '/Patient?_id=a&_revinclude=Observation:subject');
    assert.deepEqual(idsOf(revinclude, 'include'), ['Observation/lab-a']);
  });

  test('grants nothing when it cannot be understood', async () => {
    const wrong = 'system/Observation.rs?colour=red';
    assert.equal(await refused(wrong, '/Observation'), 'scope-context-unsupported system/Observation.s');
    assert.deepEqual(await matches(`system/Patient.rs ${wrong}`, '/?_id=a,lab-a'), ['Patient/a']);
  });
});

describe('a patient scope', () => {
  const scope = 'patient/*.rs';

  test('permits the compartment of the patient of the token', async () => {
    const claims = { patient: 'a' };
    assert.deepEqual(await matches(scope, '/Patient', claims), ['Patient/a']);
    assert.deepEqual(await matches(scope, '/Observation', claims), ['Observation/lab-a', 'Observation/vital-a']);
    assert.deepEqual(await matches(scope, '/Observation?subject=Patient/b', claims), []);
    assert.deepEqual(await matches('patient/Observation.s?category=laboratory', '/Observation', claims), [
      'Observation/lab-a',
    ]);
    assert.deepEqual(await matches(scope, '/Practitioner', claims), []);
    const included = await as(scope, '/Patient?_id=a&_revinclude=Observation:subject', { patient: 'b' });
    assert.deepEqual([idsOf(included), idsOf(included, 'include')], [[], []]);
  });

  test('permits nothing without a patient', async () => {
    assert.equal(await refused(scope, '/Patient'), 'scope-context-unsupported system/Patient.s');
    assert.equal(await refused(scope, '/Patient', { patient: 'a b' }), 'scope-context-unsupported system/Patient.s');
  });
});

describe('_explain', () => {
  test('wants a scope of its own, which no wildcard contains', async () => {
    assert.equal(await refused('system/*.cruds', '/Patient?_explain=true'), 'scope-insufficient dhp.explain');
    assert.equal(await refused('dhp.explain', '/Patient?_explain=true'), 'scope-insufficient system/Patient.s');
  });

  test('shows the search as it was understood, and how it is carried out', async () => {
    const token = await server.sso.token({ scope: 'system/Patient.rs dhp.explain' });
    const reply = await server.request('GET', '/Patient?family=Usmonov&_explain=true', { token });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json['resourceType'], 'Parameters');
    const parameters = reply.json['parameter'] as { name: string; valueString?: string }[];
    assert.match(parameters.find(({ name }) => name === 'query')?.valueString ?? '', /"usmonov"/);
    assert.match(JSON.stringify(parameters), /fhir\.str/, 'the statement');
    assert.match(JSON.stringify(parameters), /Index.*Scan/, 'the plan');
    const xml = await server.request('GET', '/Patient?_explain=true&_format=xml', { token });
    assert.equal(xml.status, 200);
  });
});
