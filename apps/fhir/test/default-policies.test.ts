/** The access policies of a new production: a right document, that lets clients act for their organisations and persons for their patients. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readPolicySet } from '@dhp/access-policies';
import { checkMeans, defaultPolicies } from '../src/index.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, healthWorkers: 'as-scoped', validation: { level: 'off' } });
  await Promise.all([server.store.buildConsents(), server.store.buildCare()]);
  await activatePolicies(server, defaultPolicies());
});
after(() => server.close());

type Claims = Record<string, unknown>;
const clinic: Claims = { scope: 'system/*.cruds', client_id: 'clinic', sub: 'clinic', organization: 'Organization/7' };
const registry: Claims = { scope: 'system/*.cruds', client_id: 'registry', sub: 'registry' };
const person = (role: string): Claims => ({
  ...{ scope: 'user/*.cruds', client_id: 'app', sub: `account-${role}`, fhirUser: `${baseUrl}/Practitioner/${role}` },
  ...{ policies: ['user/*.cruds'], roles: [`${role} Organization/7`] },
});

async function ask(method: 'GET' | 'PUT', path: string, claims: Claims, resource?: Claims): Promise<number> {
  const reply = await server.request(method, `/${path}`, {
    token: await server.sso.token(claims),
    headers: { 'content-type': 'application/fhir+json' },
    ...(resource && { body: JSON.stringify(resource) }),
  });
  return reply.status;
}
const put = (claims: Claims, resource: Claims): Promise<number> =>
  ask('PUT', `${String(resource['resourceType'])}/${String(resource['id'])}`, claims, resource);
const patient = (id: string): Claims => ({ resourceType: 'Patient', id });
const visit = (id: string, of: string, organization: string): Claims => ({
  ...{ resourceType: 'Encounter', id, status: 'in-progress', subject: { reference: `Patient/${of}` } },
  serviceProvider: { reference: `Organization/${organization}` },
});
const observation = (id: string, of: string, more: Claims = {}): Claims => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${of}` } },
  ...more,
});

describe('the default policies', () => {
  it('are a document without faults', () => {
    const set = readPolicySet(defaultPolicies(), checkMeans);
    assert.deepEqual([set.consent, set.others], ['enforced', 'as-scoped']);
    assert.ok(set.rules.length > 10);
  });

  it('leave to a client of an organisation what is of it, and to one of none what its scopes give', async () => {
    for (const id of ['7', '8']) assert.equal(await put(registry, { resourceType: 'Organization', id, name: id }), 201);
    assert.equal(await put(clinic, patient('p')), 201);
    assert.equal(await put(clinic, visit('own', 'p', '7')), 201);
    assert.equal(await put(clinic, visit('other', 'p', '8')), 403);
    assert.equal(await put(registry, visit('other', 'p', '8')), 201);
    const at = (encounter: string): Claims => ({ encounter: { reference: `Encounter/${encounter}` } });
    assert.equal(await put(clinic, observation('o-own', 'p', at('own'))), 201);
    assert.equal(await put(clinic, observation('o-by', 'p', { performer: [{ reference: 'Organization/7' }] })), 201);
    assert.equal(await put(clinic, observation('o-other', 'p', at('other'))), 403);
    assert.equal(await put(registry, observation('o-other', 'p', at('other'))), 201);
    assert.deepEqual(
      await Promise.all(['o-own', 'o-by', 'o-other'].map((id) => ask('GET', `Observation/${id}`, clinic))),
      [200, 200, 404],
    );
    assert.equal(await ask('GET', 'Organization/8', clinic), 200, 'directories are for everybody');
    assert.equal(await ask('GET', 'Coverage', clinic), 403);
    assert.equal(await ask('GET', 'Coverage', registry), 200);
  });

  it('bind persons to their patients, and let consents refuse', async () => {
    assert.equal(await put(registry, { resourceType: 'Practitioner', id: 'family-doctor' }), 201);
    assert.equal(
      await put(registry, { ...patient('own'), generalPractitioner: [{ reference: 'Practitioner/family-doctor' }] }),
      201,
    );
    assert.equal(await put(registry, observation('o-of-own', 'own')), 201);
    const doctor = person('family-doctor');
    assert.equal(await ask('GET', 'Observation/o-of-own', doctor), 200);
    const nurse = person('nurse');
    const seen = ['o-of-own', 'o-own'].map((id) => ask('GET', `Observation/${id}`, nurse));
    assert.deepEqual(await Promise.all(seen), [404, 200], 'the visit is at the organisation of the nurse');
    const no = {
      resourceType: 'Consent',
      id: 'no',
      status: 'active',
      decision: 'deny',
      subject: { reference: 'Patient/own' },
    };
    assert.equal(await put(registry, no), 201);
    assert.equal(await ask('GET', 'Observation/o-of-own', doctor), 404);
    assert.equal(
      await ask('GET', 'Patient/own', { ...doctor, fhirUser: `${baseUrl}/Patient/own`, policies: undefined }),
      200,
    );
  });
});
