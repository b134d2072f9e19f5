import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { found, idsOf, put, search } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(
    server,
    patient({ id: 'a', extension: [{ url: 'urn:blood', valueCode: 'A' }] }),
    patient({ id: 'b', extension: [{ url: 'urn:blood', valueCode: 'B' }] }),
    patient({ id: 'none' }),
    { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' } },
  );
});
after(() => server.close());

const blood = {
  resourceType: 'SearchParameter',
  id: 'blood',
  url: 'https://dhp.example.uz/SearchParameter/blood',
  name: 'Blood',
  status: 'active',
  description: 'The blood group',
  code: 'blood',
  base: ['Patient'],
  type: 'token',
  processingMode: 'normal',
  expression: "Patient.extension('urn:blood').value.ofType(code)",
};

async function declared(name: string): Promise<object | undefined> {
  const { json } = await server.request('GET', '/metadata');
  type Rest = { resource: { type: string; searchParam: { name: string }[] }[] };
  const [rest] = json['rest'] as [Rest];
  return rest.resource.find(({ type }) => type === 'Patient')?.searchParam.find((one) => one.name === name);
}

function refused(reply: Reply, code: string, status: number, diagnostics: RegExp): void {
  assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
  assert.match(reply.diagnostics, diagnostics);
}

describe('a SearchParameter of the environment', () => {
  test('is not known, then not ready, then works like any other', async () => {
    refused(await server.request('GET', '/Patient?blood=A'), 'search-parameter-unknown', 400, /blood/);
    assert.equal((await server.write('PUT', '/SearchParameter/blood', blood)).status, 201);
    const early = await server.request('GET', '/Patient?blood=A');
    refused(early, 'search-parameter-not-ready', 400, /0 % of the resources/);
    assert.match(early.sentence, /not yet ready: 0 %/);
    assert.equal(early.headers.get('retry-after'), '10');
    // Nor can it be asked around the corner, or left out silently.
    for (const query of ['Patient?_sort=blood', 'Observation?subject:Patient.blood=A', 'Patient?_filter=blood eq A']) {
      assert.equal((await server.request('GET', `/${query}`)).code, 'search-parameter-not-ready', query);
    }
    const lenient = { headers: { prefer: 'handling=lenient' } };
    assert.equal((await server.request('GET', '/Patient?blood=A', lenient)).status, 400);
    assert.equal(await declared('blood'), undefined);
    // Writes continue, and what is written is in the index at once.
    await put(server, patient({ id: 'new', extension: [{ url: 'urn:blood', valueCode: 'A' }] }));

    await server.store.reindex();
    assert.deepEqual(await found(server, '/Patient?blood=A'), ['Patient/a', 'Patient/new']);
    assert.deepEqual(await found(server, '/Patient?blood=A,B&_id=b'), ['Patient/b']);
    assert.deepEqual(await found(server, '/Patient?blood:not=A'), ['Patient/b', 'Patient/none']);
    assert.deepEqual(await found(server, '/Patient?blood:missing=true'), ['Patient/none']);
    assert.deepEqual(await found(server, '/Patient?_filter=blood eq B'), ['Patient/b']);
    assert.deepEqual(await found(server, '/Observation?subject:Patient.blood=A'), ['Observation/o']);
    assert.deepEqual(await found(server, '/Observation?subject:Patient.blood=B'), []);
    const sorted = idsOf(await search(server, '/Patient?_sort=-blood,_id'));
    assert.deepEqual(sorted, ['Patient/b', 'Patient/a', 'Patient/new', 'Patient/none']);
    const declaration = await declared('blood');
    assert.deepEqual(declaration, {
      name: 'blood',
      definition: blood.url,
      type: 'token',
      documentation: `Values: ${blood.expression}`,
    });
  });

  test('whose expression cannot be evaluated for a resource has no value of it, and is in the way of nothing', async () => {
    const only = { ...blood, id: 'only', url: 'urn:only', code: 'only-family', type: 'string' };
    await put(server, { ...only, expression: 'Patient.name.single().family' });
    const names = (...families: string[]): object => ({ name: families.map((family) => ({ family })) });
    await put(server, patient({ id: 'two-names', ...names('Karimova', 'Usmonova') }));
    await put(server, patient({ id: 'one-name', ...names('Karimova') }));
    await server.store.reindex();
    assert.deepEqual(await found(server, '/Patient?only-family=karimova&_id=one-name,two-names'), ['Patient/one-name']);
    assert.deepEqual(await found(server, '/Patient?family=usmonova'), ['Patient/two-names']);
    for (const path of ['/Patient/two-names', '/Patient/one-name', '/SearchParameter/only']) {
      assert.equal((await server.request('DELETE', path)).status, 200, path);
    }
  });

  test('narrows scopes: in searches, reads and writes', async () => {
    const token = await server.sso.token({ scope: 'system/Patient.cruds?blood=A' });
    assert.deepEqual(await found(server, '/Patient', { token }), ['Patient/a', 'Patient/new']);
    assert.deepEqual(await found(server, '/Patient?blood=B', { token }), []);
    assert.equal((await server.request('GET', '/Patient/a', { token })).status, 200);
    assert.equal((await server.request('GET', '/Patient/b', { token })).status, 404);
    const create = (valueCode: string): Promise<Reply> =>
      server.request('POST', '/Patient', {
        token,
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(patient({ extension: [{ url: 'urn:blood', valueCode }] })),
      });
    const made = await create('A');
    assert.equal(made.status, 201, made.text);
    refused(await create('B'), 'scope-outside', 403, /./);
    await server.request('DELETE', `/Patient/${String(made.json['id'])}`);
  });

  test('serves conditional interactions', async () => {
    const updated = await server.write('PUT', '/Patient?blood=B', patient({ gender: 'male' }), { 'if-match': '*' });
    assert.equal(updated.status, 200, updated.text);
    assert.equal(updated.json['id'], 'b');
    assert.deepEqual(await found(server, '/Patient?blood=B'), []);
  });

  test('ends with its status, and with its resource', async () => {
    const etag = (await server.request('GET', '/SearchParameter/blood')).headers.get('etag')!;
    const retired = { ...blood, status: 'retired' };
    const reply = await server.write('PUT', '/SearchParameter/blood', retired, { 'if-match': etag });
    assert.equal(reply.status, 200);
    refused(await server.request('GET', '/Patient?blood=A'), 'search-parameter-unknown', 400, /blood/);
    assert.equal(await declared('blood'), undefined);
    // A scope that asks by it gives nothing then, and the refusal says why.
    const token = await server.sso.token({ scope: 'system/Patient.rs?blood=A' });
    const narrowed = (): Promise<Reply> => server.request('GET', '/Patient', { token });
    refused(
      await narrowed(),
      'scope-context-unsupported',
      403,
      /Patient\.rs\?blood=A does not give it here\. blood\. Expected/,
    );
    await server.write('PUT', '/SearchParameter/blood', blood, { 'if-match': reply.headers.get('etag')! });
    refused(await narrowed(), 'scope-context-unsupported', 403, /blood is new: 0 % of the resources/);
    await server.store.reindex();
    assert.deepEqual(await found(server, '/Patient', { token }), ['Patient/a', 'Patient/new']);
    assert.deepEqual(await found(server, '/Patient?blood=A'), ['Patient/a', 'Patient/new']);
    assert.equal((await server.request('DELETE', '/SearchParameter/blood')).status, 200);
    refused(await server.request('GET', '/Patient?blood=A'), 'search-parameter-unknown', 400, /blood/);
  });

  test('is checked before it is stored, each mistake at its place', async () => {
    const mistakes: [object, string, RegExp][] = [
      [{ expression: 'Patient.name.frist()' }, 'SearchParameter.expression', /no function frist.*line 1, column/],
      [{ expression: 'Patient.nmae' }, 'SearchParameter.expression', /no element nmae/],
      [{ expression: 'Practitioner.name' }, 'SearchParameter.expression', /something in Patient/],
      [{ expression: undefined }, 'SearchParameter.expression', /FHIRPath/],
      [{ type: 'special' }, 'SearchParameter.type', /special/],
      [{ type: 'toke' }, 'SearchParameter.type', /one of number/],
      [{ base: ['Patent'] }, 'SearchParameter.base[0]', /not Patent/],
      [{ base: [] }, 'SearchParameter.base', /at least one/],
      [{ code: 'gender' }, 'SearchParameter.code', /Patient has a search parameter gender already/],
      [{ code: '_mine' }, 'SearchParameter.code', /begins with a letter/],
      [{ code: 'a.b' }, 'SearchParameter.code', /letters, digits/],
      [
        { code: 'status', base: ['DomainResource'], expression: 'DomainResource.text.status' },
        'SearchParameter.code',
        /DomainResource stands for/,
      ],
      [{ processingMode: 'phonetic' }, 'SearchParameter.processingMode', /normal/],
      [{ type: 'composite' }, 'SearchParameter.component', /at least two/],
    ];
    let own = 0;
    for (const [change, expression, diagnostics] of mistakes) {
      const reply = await server.write('POST', '/SearchParameter', { ...blood, id: undefined, ...change });
      // The validation reports faults that R5 itself forbids.
      if (reply.code === 'resource-invalid') {
        assert.ok(/type|base|processingMode|component|expression/.test(expression) && reply.status === 422, reply.text);
        continue;
      }
      refused(reply, 'search-parameter-invalid', 422, diagnostics);
      own += 1;
      const [issue] = reply.json['issue'] as { expression: string[] }[];
      assert.deepEqual(issue?.expression, [expression], reply.text);
    }
    assert.ok(own >= 6, `checked by the definition: ${own}`);
    const both = await server.write('POST', '/SearchParameter', {
      ...blood,
      id: undefined,
      type: 'special',
      code: '_mine',
    });
    assert.equal((both.json['issue'] as unknown[]).length, 2);
    // A parameter without effect need not be complete.
    const draft = await server.write('POST', '/SearchParameter', { ...blood, status: 'draft', expression: 'nmae(' });
    assert.equal(draft.status, 201);
    await server.write('PUT', '/SearchParameter/first', { ...blood, id: 'first' });
    const second = await server.write('POST', '/SearchParameter', { ...blood, url: 'urn:other' });
    refused(second, 'search-parameter-invalid', 422, /SearchParameter\/first has defined blood of Patient/);
  });

  test('is checked in a transaction and a patch, too, and the entry is named', async () => {
    const entry = (resource: object): object => ({ resource, request: { method: 'POST', url: 'SearchParameter' } });
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: patient(), request: { method: 'POST', url: 'Patient' } },
        entry({ ...blood, code: 'gender' }),
      ],
    };
    const reply = await server.write('POST', '/', bundle);
    refused(reply, 'search-parameter-invalid', 422, /gender/);
    const [issue] = reply.json['issue'] as { expression: string[] }[];
    assert.match(issue!.expression[0]!, /^Bundle\.entry\[1\]/);
    const patched = await server.request('PATCH', '/SearchParameter/first', {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'replace', path: '/code', value: 'gender' }]),
    });
    refused(patched, 'search-parameter-invalid', 422, /gender/);
  });

  test('of several types and of composites', async () => {
    await put(server, { resourceType: 'Practitioner', id: 'p', extension: [{ url: 'urn:blood', valueCode: 'A' }] });
    await server.request('DELETE', '/SearchParameter/first');
    const common = {
      ...{ ...blood, id: 'common', base: ['Patient', 'Practitioner'] },
      expression: "(Patient | Practitioner).extension('urn:blood').value.ofType(code)",
    };
    const pair = {
      ...{ ...blood, id: 'pair', url: 'urn:pair', code: 'sex-active', type: 'composite', expression: 'Patient' },
      component: [
        { definition: 'http://hl7.org/fhir/SearchParameter/individual-gender', expression: 'gender' },
        { definition: 'http://hl7.org/fhir/SearchParameter/Patient-active', expression: 'active' },
      ],
    };
    for (const each of [common, pair]) {
      const reply = await server.write('PUT', `/SearchParameter/${each.id}`, each);
      assert.equal(reply.status, 201, reply.text);
    }
    await server.store.reindex();
    const several = await found(server, '?_type=Patient,Practitioner&blood=A');
    assert.deepEqual(several, ['Patient/a', 'Patient/new', 'Practitioner/p']);
    assert.deepEqual(await found(server, '/Patient?sex-active=male$true'), ['Patient/b']);
    assert.deepEqual(await found(server, '/Patient?sex-active=male$false'), []);
  });
});
