import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, entriesOf, issuesOf, observation, post, put, remove, send, statusesOf, urn } from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, referenceIntegrity: 'enforce' });
});
after(() => server.close());

async function created(resource: Record<string, unknown>): Promise<string> {
  const reply = await server.write('POST', `/${String(resource['resourceType'])}`, resource);
  assert.equal(reply.status, 201, reply.text);
  return String(reply.json['id']);
}

function statusOf(path: string): Promise<number> {
  return server.request('GET', path).then(({ status }) => status);
}

test('a reference to what does not exist is refused, with the element named', async () => {
  const missing = observation('Patient/nobody', { performer: [{ reference: 'Practitioner/none' }] });
  for (const reply of [
    await server.write('POST', '/Observation', missing),
    await server.write('PUT', '/Observation/i1', { ...missing, id: 'i1' }),
    await server.write('PUT', '/Observation?_id=i1', missing),
    await server.write('POST', '/Observation', missing, { 'if-none-exist': '_id=i1' }),
  ]) {
    assert.deepEqual([reply.status, reply.code], [422, 'reference-not-found'], reply.text);
    const issues = issuesOf(reply);
    assert.deepEqual(issues.map(({ code, expression }) => [code, expression?.[0]]).sort(), [
      ['not-found', 'Observation.performer[0].reference'],
      ['not-found', 'Observation.subject.reference'],
    ]);
  }
  assert.equal(await statusOf('/Observation/i1'), 404);
});

test('a deleted resource is no target; a version of one that is there is', async () => {
  const id = await created(patient());
  assert.equal((await server.write('POST', '/Observation', observation(`Patient/${id}/_history/1`))).status, 201);
  const gone = await created(patient());
  await server.request('DELETE', `/Patient/${gone}`);
  for (const reference of [`Patient/${gone}`, `${baseUrl}/Patient/${gone}`]) {
    const reply = await server.write('POST', '/Observation', observation(reference));
    assert.deepEqual([reply.status, reply.code], [422, 'reference-not-found'], reference);
  }
});

test('logical references, contained ones and addresses elsewhere are left alone', async () => {
  for (const subject of [
    { identifier: { system: 'urn:x', value: '1' } },
    { reference: 'https://elsewhere.example/fhir/Patient/1' },
    { reference: '#p' },
    { display: 'somebody' },
  ]) {
    const performer = [{ reference: '#p' }];
    const resource = { ...observation(''), contained: [{ resourceType: 'Patient', id: 'p' }], subject, performer };
    const reply = await server.write('POST', '/Observation', resource);
    assert.equal(reply.status, 201, reply.text);
  }
});

test('a patch is checked like an update', async () => {
  const id = await created(patient());
  const reply = await server.request('PATCH', `/Patient/${id}`, {
    headers: { 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([{ op: 'add', path: '/managingOrganization', value: { reference: 'Organization/none' } }]),
  });
  assert.deepEqual([reply.status, reply.code], [422, 'reference-not-found']);
  assert.deepEqual(issuesOf(reply)[0]?.expression, ['Patient.managingOrganization.reference']);
});

test('in a transaction its own entries are targets, and a missing one is named with its entry', async () => {
  const [person, other] = [urn(), urn()];
  const good = await send(server, 'transaction', [
    post(observation(person)),
    post(patient(), person),
    post(observation('Patient/t1')),
    put('t1'),
  ]);
  assert.equal(good.status, 200, good.text);
  const bad = await send(server, 'transaction', [
    put('t2'),
    { fullUrl: other, ...post(observation('Patient/nobody')) },
  ]);
  assert.deepEqual([bad.status, bad.code], [422, 'reference-not-found']);
  assert.deepEqual(issuesOf(bad)[0]?.expression, ['Bundle.entry[1].resource.ofType(Observation).subject.reference']);
  assert.ok(bad.diagnostics.startsWith(`Bundle.entry[1] (${other}): `), bad.diagnostics);
  assert.equal(await statusOf('/Patient/t2'), 404);
  const batch = await send(server, 'batch', [post(observation('Patient/nobody')), put('t3')]);
  assert.deepEqual([codeOf(entriesOf(batch)[0]), statusesOf(batch)[1]], ['reference-not-found', '201 Created']);
});

test('what others refer to is not deleted, and they are named', async () => {
  const id = await created(patient());
  const referrer = await created(observation(`Patient/${id}`));
  for (const reply of [
    await server.request('DELETE', `/Patient/${id}`),
    await server.request('DELETE', `/Patient?_id=${id}`),
    await send(server, 'transaction', [put('d9'), remove(`Patient/${id}`)]),
  ]) {
    assert.deepEqual([reply.status, reply.code], [409, 'resource-referenced'], reply.text);
    assert.ok(reply.diagnostics.includes(`Observation/${referrer}`), reply.diagnostics);
    assert.ok(reply.sentence.includes(`Observation/${referrer}`));
  }
  assert.equal(await statusOf('/Patient/d9'), 404);
  const both = await send(server, 'transaction', [remove(`Patient/${id}`), remove(`Observation/${referrer}`)]);
  assert.equal(both.status, 200, both.text);
  const circle = await send(server, 'transaction', [
    put('c1', { link: [{ other: { reference: 'Patient/c2' }, type: 'seealso' }] }),
    put('c2', { link: [{ other: { reference: 'Patient/c1' }, type: 'seealso' }] }),
  ]);
  assert.equal(circle.status, 200, circle.text);
  assert.equal((await server.request('DELETE', '/Patient/c1')).status, 409);
  assert.equal((await send(server, 'transaction', [remove('Patient/c1'), remove('Patient/c2')])).status, 200);
});

test('a delete cascades when that is asked for and permitted', async () => {
  const tree = async (): Promise<string[]> => {
    const id = await created(patient());
    const one = await created(observation(`Patient/${id}`));
    const two = await created(observation(`Patient/${id}`, { hasMember: [{ reference: `Observation/${one}` }] }));
    return [`/Patient/${id}`, `/Observation/${one}`, `/Observation/${two}`];
  };
  const cascade = (path: string, token?: string): Promise<Reply> =>
    server.request('DELETE', path, { headers: { 'x-cascade': 'delete' }, ...(token === undefined ? {} : { token }) });
  const paths = await tree();
  const some = await server.sso.token({ scope: 'system/Patient.cruds system/Observation.rs' });
  const refused = await cascade(paths[0]!, some);
  assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
  const reply = await cascade(paths[0]!);
  assert.equal(reply.status, 200, reply.text);
  const told = issuesOf(reply)
    .map(({ details }) => details.text)
    .join();
  for (const path of paths) {
    assert.equal(await statusOf(path), 410, path);
    assert.ok(told.includes(path.slice(1)), path);
  }
  const [root = ''] = await tree();
  const batch = await send(server, 'batch', [remove(`${root.slice(1)}?_cascade=delete`)]);
  assert.deepEqual(statusesOf(batch), ['204 No Content'], batch.text);
  assert.equal((await server.request('DELETE', `${root}?_cascade=x`)).code, 'parameter-invalid');
  assert.equal((await cascade('/Patient/never-there')).code, 'nothing-to-delete');
});

test('of a deletion and a reference to what it deletes, at the same time, one wins', async () => {
  for (let n = 0; n < 12; n += 1) {
    const id = await created(patient());
    const [deletion, reference] = await Promise.all([
      server.request('DELETE', `/Patient/${id}`),
      server.write('POST', '/Observation', observation(`Patient/${id}`)),
    ]);
    const both = [deletion.status, reference.status];
    assert.ok(
      (both[0] === 200 && both[1] === 422) || (both[0] === 409 && both[1] === 201),
      `${both.join()} ${deletion.text} ${reference.text}`,
    );
  }
});

test('where it is allowed nothing is refused, and the CapabilityStatement says which it is', async (t) => {
  const open = await startServer({ referenceIntegrity: 'allow' });
  t.after(() => open.close());
  const made = await open.write('POST', '/Observation', observation('Patient/nobody'));
  assert.equal(made.status, 201);
  const policies = async (of: TestServer): Promise<unknown> => {
    const { json } = await of.request('GET', '/metadata');
    return (json['rest'] as [{ resource: [{ referencePolicy: string[] }] }])[0].resource[0].referencePolicy;
  };
  assert.deepEqual(await policies(open), ['literal', 'logical']);
  assert.deepEqual(await policies(server), ['literal', 'logical', 'enforced']);
});
