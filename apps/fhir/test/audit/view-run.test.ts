/**
 * A table can reveal patients without any key that says so. Each patient gets a record before the part of the table about the patient is
 * sent.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ requireIfMatch: false });
  for (const id of ['early', 'late', 'left-out', 'asked'])
    await server.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
  for (let n = 0; n < 6; n += 1) {
    const entry = Array.from({ length: 100 }, (_, i) => observation(`o${n}-${i}`, n < 5 ? 'early' : 'late', 'final'));
    const reply = await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(reply.status, 200, reply.text);
  }
  const entry = [observation('left-out', 'left-out', 'cancelled')];
  await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
});
after(() => server.close());

function observation(id: string, patient: string, status: string): object {
  const subject = { reference: `Patient/${patient}` };
  const resource = { resourceType: 'Observation', id, status, code: { text: 'x' }, subject };
  return { request: { method: 'PUT', url: `Observation/${id}` }, resource };
}

async function patientsOf(
  requestId: string,
  view: object,
  more: readonly object[] = [],
): Promise<[rows: number, patients: string[]]> {
  const parameter = [{ name: 'viewResource', resource: view }, ...more];
  const reply = await server.write(
    'POST',
    '/$viewdefinition-run',
    { resourceType: 'Parameters', parameter },
    { 'x-request-id': requestId },
  );
  assert.equal(reply.status, 200, reply.text);
  const records = await server.of(requestId);
  for (const { content } of records) assert.equal(content['interaction'], '$viewdefinition-run');
  const names = new Map(['early', 'late', 'left-out', 'asked'].map((id) => [server.pseudonym(id), id]));
  const patients = records.flatMap(({ patient }) => (patient === null ? [] : [names.get(patient)!]));
  return [reply.text.split('\n').length - 1, patients.sort()];
}

const view = {
  resource: 'Observation',
  select: [{ column: [{ name: 'status', path: 'status' }] }],
  where: [{ path: "status = 'final'" }],
};

test('those whose resources have rows are recorded, each once, and nobody else', async () => {
  assert.deepEqual(await patientsOf('v1', view), [600, ['early', 'late']]);
});

test('no more of them than the table has', async () => {
  assert.deepEqual(await patientsOf('v2', view, [{ name: '_limit', valueInteger: 10 }]), [10, ['early']]);
});

test('patients themselves, and those who are asked about', async () => {
  const patients = { resource: 'Patient', select: [{ column: [{ name: 'sex', path: 'gender' }] }] };
  assert.deepEqual((await patientsOf('v3', patients))[1], ['asked', 'early', 'late', 'left-out']);
  const asked = { name: 'patient', valueReference: { reference: 'Patient/asked' } };
  assert.deepEqual(await patientsOf('v4', view, [asked]), [0, ['asked']]);
});

test('nobody, where all comes with the request', async () => {
  const resource = { resourceType: 'Observation', id: 'x', status: 'final', subject: { reference: 'Patient/early' } };
  assert.deepEqual(await patientsOf('v5', view, [{ name: 'resource', resource }]), [1, []]);
});

test('what is done with a stored view is recorded, with who runs it', async () => {
  const stored = { resourceType: 'ViewDefinition', id: 'kept', status: 'active', ...view };
  const ask = async (requestId: string, method: string, path: string, resource?: object): Promise<unknown[]> => {
    const headers = { 'x-request-id': requestId, 'content-type': 'application/fhir+json' };
    const body = resource === undefined ? {} : { body: JSON.stringify(resource) };
    const reply = await server.request(method, path, { headers, ...body });
    assert.ok(reply.status < 500, reply.text);
    const [record] = await server.of(requestId);
    const content = record!.content;
    return [content['interaction'], content['action'], content['type'], content['outcome'], content['reason']];
  };
  assert.deepEqual(await ask('w1', 'PUT', '/ViewDefinition/kept', stored), [
    ...['view-update', 'U', 'ViewDefinition', 'success'],
    undefined,
  ]);
  assert.deepEqual(await ask('w2', 'PUT', '/ViewDefinition/other', { ...stored, id: 'other', select: [] }), [
    ...['view-update', 'U', 'ViewDefinition', 'error', 'view-invalid'],
  ]);
  assert.deepEqual(await ask('w3', 'GET', '/ViewDefinition?status=active'), [
    ...['search-views', 'R', 'ViewDefinition', 'success'],
    undefined,
  ]);
  const parameters = { resourceType: 'Parameters', parameter: [] };
  const [ran, action] = await ask('w4', 'POST', '/ViewDefinition/kept/$viewdefinition-run', parameters);
  assert.deepEqual([ran, action], ['$viewdefinition-run', 'E']);
  assert.equal((await server.of('w4')).filter(({ patient }) => patient !== null).length, 2);
  assert.equal((await ask('w5', 'DELETE', '/ViewDefinition/kept'))[1], 'D');
});
