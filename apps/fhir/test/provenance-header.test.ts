/** `X-Provenance`: a Provenance of what is written, in the same transaction. https://hl7.org/fhir/R5/provenance.html */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAudited, type Audited } from './audit/audited.ts';
import { patient, type Reply } from './environment.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ referenceIntegrity: 'enforce' });
});
after(() => server.close());

const agent = [{ who: { display: 'The laboratory' } }];
const provenance = { resourceType: 'Provenance', agent, recorded: '2026-11-29T10:00:00+05:00' };
const header = (members: object = {}): Record<string, string> => ({
  'x-provenance': Buffer.from(JSON.stringify({ ...provenance, ...members })).toString('latin1'),
});

interface Found {
  readonly id: string;
  readonly target: readonly { readonly reference: string }[];
  readonly agent: readonly { readonly who: { readonly display: string } }[];
}

async function about(reference: string): Promise<Found[]> {
  const { json } = await server.request('GET', `/Provenance?target=${reference}`);
  return ((json['entry'] ?? []) as { resource: Found }[]).map(({ resource }) => resource);
}

const targets = ({ target }: Found): string[] => target.map(({ reference }) => reference);
const idOf = ({ json }: Reply): string => String(json['id']);

async function count(type: string): Promise<number> {
  const { json } = await server.request('GET', `/${type}?_summary=count`);
  return Number(json['total']);
}

/** Nothing is stored by a request that is refused so. */
async function refused(send: () => Promise<Reply>, status: number, code: string): Promise<Reply> {
  const before = [await count('Patient'), await count('Provenance')];
  const reply = await send();
  assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
  assert.deepEqual([await count('Patient'), await count('Provenance')], before);
  return reply;
}

describe('a write with X-Provenance', () => {
  it('stores one of the version that it creates, with the record of each', async () => {
    const reply = await server.write('POST', '/Patient', patient(), { ...header(), 'x-request-id': 'created-1' });
    assert.equal(reply.status, 201, reply.text);
    const id = idOf(reply);
    const [found, ...others] = await about(`Patient/${id}`);
    assert.deepEqual([targets(found!), others.length], [[`Patient/${id}/_history/1`], 0]);
    assert.equal(found!.agent[0]!.who.display, 'The laboratory');
    const requestId = reply.headers.get('x-request-id')!;
    const records = (await server.of(requestId)).map(({ content }) => [content['type'], content['action']]);
    assert.deepEqual(records.sort(), [
      ['Patient', 'C'],
      ['Provenance', 'C'],
    ]);
  });

  it('stores one of an update, an update that creates, and a patch', async () => {
    const id = idOf(await server.write('POST', '/Patient', patient()));
    const updated = await server.write(
      'PUT',
      `/Patient/${id}`,
      { ...patient(), id, active: false },
      { ...header(), 'if-match': 'W/"1"' },
    );
    assert.equal(updated.status, 200, updated.text);
    const body = JSON.stringify([{ op: 'replace', path: '/active', value: true }]);
    const headers = { ...header(), 'content-type': 'application/json-patch+json' };
    const patched = await server.request('PATCH', `/Patient/${id}`, { headers, body });
    assert.equal(patched.status, 200, patched.text);
    const own = await server.write('PUT', '/Patient/own-id', { ...patient(), id: 'own-id' }, header());
    assert.equal(own.status, 201, own.text);
    const found = (await about(`Patient/${id}`)).flatMap(targets);
    assert.deepEqual(found.sort(), [`Patient/${id}/_history/2`, `Patient/${id}/_history/3`]);
    assert.equal(patched.json['meta'] && (patched.json['meta'] as { versionId: string }).versionId, '3');
    assert.deepEqual((await about('Patient/own-id')).map(targets), [['Patient/own-id']]);
  });

  it('stores one of all that a transaction creates and updates, and answers its entries alone', async () => {
    const id = idOf(await server.write('POST', '/Patient', patient()));
    const gone = idOf(await server.write('POST', '/Patient', patient()));
    const entry = [
      {
        fullUrl: 'urn:uuid:5f0c1c3e-6d53-4a4c-9d2a-3b7f7f0d1a11',
        resource: patient(),
        request: { method: 'POST', url: 'Patient' },
      },
      {
        resource: { ...patient(), id, active: false },
        request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"1"' },
      },
      { request: { method: 'DELETE', url: `Patient/${gone}` } },
      { request: { method: 'GET', url: `Patient/${id}` } },
    ];
    const reply = await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry }, header());
    assert.equal(reply.status, 200, reply.text);
    const answers = reply.json['entry'] as { response: { status: string; location?: string } }[];
    assert.equal(answers.length, 4);
    const created = /Patient\/[^/]+/.exec(answers[0]!.response.location!)![0];
    const [found, ...others] = await about(`Patient/${id}`);
    const expected = [`${created}/_history/1`, `Patient/${id}/_history/2`].sort();
    assert.deepEqual([targets(found!).sort(), others.length], [expected, 0]);
  });

  it('reads text of every script', async () => {
    const who = { display: 'Тошкент шаҳар лабораторияси' };
    const reply = await server.write('POST', '/Patient', patient(), header({ agent: [{ who }] }));
    assert.equal((await about(`Patient/${idOf(reply)}`))[0]!.agent[0]!.who.display, who.display);
  });

  it('names a version only where there will be one', async () => {
    const id = idOf(await server.write('POST', '/Patient', patient()));
    const put = (body: object, headers: Record<string, string>): Promise<Reply> =>
      server.write('PUT', `/Patient/${id}`, { ...body, id }, { ...header(), ...headers });
    const plain = await server.write('PUT', `/Patient/${id}`, { ...patient(), id }, { 'if-match': 'W/"1"' });
    const etag = plain.headers.get('etag')!;
    const version = Number(/\d+/.exec(etag)![0]);
    const same = await put(patient(), { 'if-match': etag });
    assert.deepEqual([same.status, same.headers.get('etag')], [200, etag], same.text);
    assert.deepEqual((await about(`Patient/${id}`)).map(targets), [[`Patient/${id}`]], 'the content stayed as it is');
    const either = await put({ ...patient(), active: false }, { 'if-match': `W/"9", ${etag}` });
    assert.equal(either.status, 200, either.text);
    assert.deepEqual((await about(`Patient/${id}`)).map(targets), [[`Patient/${id}`], [`Patient/${id}`]]);
    const next = `W/"${String(version + 1)}"`;
    const replies = await Promise.all(
      [1, 2, 3].map((n) => put({ ...patient(), multipleBirthInteger: n }, { 'if-match': next })),
    );
    assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 412, 412]);
    const versioned = (await about(`Patient/${id}`)).flatMap(targets).filter((one) => one.includes('_history'));
    assert.deepEqual(versioned, [`Patient/${id}/_history/${String(version + 2)}`], 'of one of three at once');
  });

  it('stores none where nothing is written', async () => {
    const identifier = [{ system: 'urn:test', value: 'found' }];
    const criteria = { 'if-none-exist': 'identifier=urn:test|found' };
    const first = await server.write('POST', '/Patient', { ...patient(), identifier }, { ...criteria, ...header() });
    assert.equal(first.status, 201, first.text);
    const second = await server.write('POST', '/Patient', { ...patient(), identifier }, { ...criteria, ...header() });
    assert.equal(second.status, 200, second.text);
    assert.equal((await about(`Patient/${idOf(first)}`)).length, 1);
    assert.equal((await server.request('GET', '/Patient/own-id', { headers: header() })).status, 200);
  });
});

describe('X-Provenance is refused, with what it comes with', () => {
  const create = (headers: Record<string, string>, token?: string): Promise<Reply> =>
    server.request('POST', '/Patient', {
      headers: { 'content-type': 'application/fhir+json', ...headers },
      body: JSON.stringify(patient()),
      ...(token !== undefined && { token }),
    });

  for (const [name, headers] of Object.entries({
    'has a target': header({ target: [{ reference: 'Patient/1' }] }),
    'has a signature': header({ signature: [{ sigFormat: 'application/jose', data: 'eA==' }] }),
    'is no JSON': { 'x-provenance': '{' },
    'is no object': { 'x-provenance': '[]' },
    'is another resource': { 'x-provenance': '{"resourceType":"Patient"}' },
    'has no agent': header({ agent: undefined }),
    'has an element that there is not': header({ colour: 'blue' }),
  }))
    it(`when it ${name}`, async () => {
      const { json } = await refused(() => create(headers), 400, 'provenance-header-invalid');
      const issues = json['issue'] as { diagnostics: string; expression?: string[] }[];
      assert.ok(issues.length > 0);
      for (const { diagnostics } of issues) assert.match(diagnostics, /^X-Provenance: (?!Line)/);
    });

  it('when the caller may not create a Provenance', async () => {
    const token = await server.sso.token({ scope: 'system/Patient.cruds' });
    await refused(() => create(header(), token), 403, 'scope-insufficient');
    assert.equal((await create({}, token)).status, 201);
  });

  it('when it refers to what is not there', async () => {
    const agentOf = [{ who: { reference: 'Organization/none' } }];
    const reply = await refused(() => create(header({ agent: agentOf })), 422, 'reference-not-found');
    assert.match(reply.diagnostics, /^X-Provenance: .*Organization\/none/);
    const entry = [{ resource: patient(), request: { method: 'POST', url: 'Patient' } }];
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const told = await refused(
      () => server.write('POST', '/', bundle, header({ agent: agentOf })),
      422,
      'reference-not-found',
    );
    assert.match(told.diagnostics, /^X-Provenance: /);
  });

  it('when the write is', async () => {
    const id = idOf(await server.write('POST', '/Patient', patient()));
    const update = { ...patient(), id, active: false };
    await refused(
      () => server.write('PUT', `/Patient/${id}`, update, { ...header(), 'if-match': 'W/"7"' }),
      412,
      'version-mismatch',
    );
    assert.deepEqual(await about(`Patient/${id}`), []);
  });

  it('with a batch, and with a deletion', async () => {
    const entry = [{ resource: patient(), request: { method: 'POST', url: 'Patient' } }];
    const batch = { resourceType: 'Bundle', type: 'batch', entry };
    await refused(() => server.write('POST', '/', batch, header()), 400, 'provenance-header-invalid');
    const id = idOf(await server.write('POST', '/Patient', patient()));
    await refused(
      () => server.request('DELETE', `/Patient/${id}`, { headers: header() }),
      400,
      'provenance-header-invalid',
    );
    assert.equal((await server.request('GET', `/Patient/${id}`)).status, 200);
  });
});

describe('a signature', () => {
  const signature = [
    {
      type: [{ code: '1.2.840.10065.1.12.1.1' }],
      when: '2026-11-29T10:00:00+05:00',
      sigFormat: 'application/jose',
      data: 'eA==',
    },
  ];
  const body = (more: object): object => ({ ...provenance, target: [{ reference: 'Patient/own-id' }], ...more });

  it('is stored as it was sent, and the answer says that nobody has verified it', async () => {
    const signed = await server.write('POST', '/Provenance', body({ signature }));
    assert.equal(signed.status, 201, signed.text);
    assert.match(signed.headers.get('warning')!, /^299 - "The signature is stored as it was sent: /);
    const told = await server.write('POST', '/Provenance', body({ signature }), { prefer: 'return=OperationOutcome' });
    assert.match(told.text, /"code":"signature-not-verified"/);
    const plain = await server.write('POST', '/Provenance', body({}));
    assert.deepEqual([plain.status, plain.headers.get('warning')], [201, null], plain.text);
  });
});
