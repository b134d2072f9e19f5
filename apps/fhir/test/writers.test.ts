/** The writer of a version, as the server records it from the token of the request, in every interaction that writes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Writer } from '@dhp/fhir-store';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped', requireIfMatch: false });
});
after(() => server.close());

const json = 'application/fhir+json';
const laboratory = { client_id: 'lab', sub: 'lab', scope: 'system/*.cruds' };
const doctor = {
  client_id: 'ehr',
  sub: 'account-1',
  scope: 'user/*.cruds',
  fhirUser: 'https://playground.test/fhir/Practitioner/p',
};
const byLaboratory: Writer = { kind: 'system', client: 'lab', subject: 'lab' };
const byDoctor: Writer = { kind: 'user', client: 'ehr', subject: 'account-1' };

async function send(
  claims: Record<string, unknown>,
  method: string,
  path: string,
  { body, type = json, headers = {} }: { body?: unknown; type?: string; headers?: Record<string, string> } = {},
): Promise<string> {
  const token = await server.sso.token(claims);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await server.request(method, path, { token, headers: { 'content-type': type, ...headers }, ...sent });
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.text}`);
  return reply.json['id'] as string;
}

async function writers(type: string, id: string): Promise<(Writer | undefined)[]> {
  return (await server.store.writersOf(type, id)).map(({ writer }) => writer);
}

test('each interaction on one resource records its caller', async () => {
  const id = await send(laboratory, 'POST', '/Patient', { body: patient() });
  await send(doctor, 'PUT', `/Patient/${id}`, { body: patient({ id, gender: 'male' }) });
  const patch = [{ op: 'replace', path: '/gender', value: 'female' }];
  await send(laboratory, 'PATCH', `/Patient/${id}`, { body: patch, type: 'application/json-patch+json' });
  await send(doctor, 'DELETE', `/Patient/${id}`);
  await send(laboratory, 'PUT', `/Patient/${id}`, { body: patient({ id }) });
  await send(doctor, 'DELETE', `/Patient/${id}`, { headers: { 'x-cascade': 'delete' } });
  assert.deepEqual(await writers('Patient', id), [
    byDoctor,
    byLaboratory,
    byDoctor,
    byLaboratory,
    byDoctor,
    byLaboratory, // prettier-ignore
  ]);
});

test('conditional interactions, transactions and batches do', async () => {
  const of = (n: string): Record<string, unknown> => patient({ identifier: [{ system: 'urn:s', value: n }] });
  const id = await send(laboratory, 'POST', '/Patient', {
    body: of('1'),
    headers: { 'if-none-exist': 'identifier=urn:s|1' },
  });
  await send(doctor, 'PUT', '/Patient?identifier=urn:s|1', { body: { ...of('1'), gender: 'male' } });
  const patch = [{ op: 'replace', path: '/gender', value: 'female' }];
  const at = '/Patient?identifier=urn:s|1';
  await send(laboratory, 'PATCH', at, { body: patch, type: 'application/json-patch+json' });
  const put = (gender: string): unknown[] => [
    { request: { method: 'PUT', url: `Patient/${id}` }, resource: { ...of('1'), id, gender } },
  ];
  await send(doctor, 'POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: put('other') } });
  await send(laboratory, 'POST', '', { body: { resourceType: 'Bundle', type: 'batch', entry: put('unknown') } });
  await send(doctor, 'DELETE', at);
  assert.deepEqual(await writers('Patient', id), [
    byDoctor,
    byLaboratory,
    byDoctor,
    byLaboratory,
    byDoctor,
    byLaboratory, // prettier-ignore
  ]);
});

test('whose authority it is: the patient, a person who acts for the patient, a health worker in the record, a person', async () => {
  await send(laboratory, 'PUT', '/Patient/a', { body: { resourceType: 'Patient', id: 'a' } });
  const body = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/a' },
  };
  const record = async (claims: Record<string, unknown>): Promise<Writer | undefined> =>
    server.store.creatorOf('Observation', await send({ sub: 'person', ...claims }, 'POST', '/Observation', { body }));
  const base = 'https://playground.test/fhir';
  const own = { kind: 'patient', client: 'tests', subject: 'person', patient: 'a' };
  const scope = 'patient/Observation.crs';
  assert.deepEqual(await record({ scope, patient: 'a' }), own);
  assert.deepEqual(await record({ scope, patient: 'a', fhirUser: `${base}/Patient/parent` }), own);
  assert.deepEqual(await record({ scope: 'user/Observation.crs', fhirUser: `${base}/Patient/a` }), own);
  const byRole = { fhirUser: `${base}/Practitioner/p`, patient_policies: true, policies: ['user/Observation.crs'] };
  assert.deepEqual(await record({ scope, patient: 'a', ...byRole }), { ...own, kind: 'user' });
});

test('it is not a part of what is read', async () => {
  const id = await send(doctor, 'POST', '/Patient', { body: patient() });
  for (const path of [`/Patient/${id}`, `/Patient/${id}/_history`, `/Patient?_id=${id}`]) {
    const { text } = await server.request('GET', path);
    assert.ok(text.includes(id) && !text.includes('account-1') && !text.includes('"ehr"'), path);
  }
});
