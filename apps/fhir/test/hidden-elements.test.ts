/** Elements that access policies hide from a client, and elements that it may read but not write. docs/access.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';

const policies: PolicySet = {
  others: 'as-scoped',
  rules: [
    { name: 'no-birth-dates', ...limit('Patient'), hide: ['birthDate', 'deceased'] },
    { name: 'no-values', ...limit('Observation'), hide: ['value', 'subject', 'effective'] },
    { name: 'kept-names', ...limit('Patient'), readOnly: ['name', 'multipleBirth'] },
    { name: 'no-genders', ...limit('Patient'), who: { client: ['otherwise'] }, hide: ['gender'] },
    { name: 'nothing-of-codes', ...limit('CodeSystem'), hide: ['concept'] },
  ],
};
function limit(type: string): { effect: 'limit'; who: { client: string[] }; types: string[]; interactions: [] } {
  return { effect: 'limit', who: { client: ['partly'] }, types: [type], interactions: [] };
}

let server: TestServer;
let token: string;
before(async () => {
  server = await startServer({ requireIfMatch: false, referenceIntegrity: 'enforce' });
  token = await server.sso.token({ scope: 'system/*.cruds', client_id: 'partly' });
  await activatePolicies(server, policies);
});
after(() => server.close());

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">secret</div>' };
const patient = (id: string, more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'Patient', id, text: narrative, meta: { tag: [{ system: 'urn:t', code: 'x' }] }, active: true },
  ...{ birthDate: '1980-01-02', _birthDate: { id: 'b' }, deceasedBoolean: false, name: [{ family: 'Karimova' }] },
  ...{ gender: 'female', multipleBirthInteger: 1, ...more },
});

async function put(resource: Record<string, unknown>): Promise<void> {
  const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
  assert.ok(reply.status < 300, reply.text);
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return server.request(method, path, {
    token,
    headers: { ...(body !== undefined && { 'content-type': `application/${kind}` }), ...headers },
    ...sent,
  });
}

const of = ({ status, code }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${code}`);
const tagsOf = ({ json }: Reply): unknown[] => (json['meta'] as { tag: unknown[] }).tag;
const policyTag = {
  extension: [{ url: 'urn:dhp:hidden-by-policy', valueBoolean: true }],
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};
/** Returns the resource as seen by a caller from whom nothing is hidden. */
const whole = async (path: string): Promise<Record<string, unknown>> => (await server.request('GET', path)).json;

describe('hidden elements', () => {
  it('are left out of an answer, with the narrative, and the tag says so', async () => {
    await put(patient('shown'));
    const reply = await ask('GET', '/Patient/shown');
    const { meta, ...rest } = reply.json;
    const {
      meta: _,
      birthDate: __,
      _birthDate: ___,
      deceasedBoolean: ____,
      text: _____,
      ...left
    } = await whole('/Patient/shown');
    assert.deepEqual(rest, left);
    assert.deepEqual((meta as { tag: unknown[] }).tag, [{ system: 'urn:t', code: 'x' }, policyTag]);
    assert.match(reply.headers.get('vary') ?? '', /Authorization, X-Purpose-Of-Use, X-Break-Glass-Patient/);
    assert.match(reply.headers.get('cache-control') ?? '', /^private/);
  });

  it('are no part of what a cache keeps: 304 is for the same body alone', async () => {
    await put(patient('cached'));
    const callers = [undefined, token, await server.sso.token({ scope: 'system/*.cruds', client_id: 'otherwise' })];
    for (const path of ['/Patient/cached', '/Patient/cached/_history/1']) {
      const read = (by: string | undefined, headers: Record<string, string> = {}): Promise<Reply> =>
        server.request('GET', path, { ...(by !== undefined && { token: by }), headers });
      for (const [n, had] of (await Promise.all(callers.map((by) => read(by)))).entries())
        for (const [m, by] of callers.entries()) {
          const [tag, modified] = [had.headers.get('etag'), had.headers.get('last-modified')];
          const now = await read(by, { 'if-none-match': tag ?? '' });
          assert.equal(now.status === 304, n === m, `${path} ${String(tag)} of ${n} by ${m}`);
          assert.equal(now.headers.get('etag') === tag, n === m);
          // A time reveals nothing about changes of hidden elements.
          if (modified === null) assert.ok(n > 0);
          else if (m > 0) assert.equal((await read(by, { 'if-modified-since': modified })).status, 200);
        }
    }
    const { headers, json } = await ask('GET', '/Patient/cached');
    const tag = headers.get('etag')!;
    assert.match(tag, /^W\/"1-[\w-]{12}"$/);
    const sent = { ...json, gender: 'other' };
    assert.equal(
      of(await ask('PUT', '/Patient/cached', sent, { 'if-match': tag.replace('1-', '2-') })),
      '412 version-mismatch',
    );
    assert.equal(of(await ask('PUT', '/Patient/cached', sent, { 'if-match': tag })), '200');
    const [entry] = (
      await ask('POST', '', {
        ...{ resourceType: 'Bundle', type: 'batch' },
        entry: [{ request: { method: 'GET', url: 'Patient/cached', ifNoneMatch: 'W/"2"' } }],
      })
    ).json['entry'] as { response: { status: string } }[];
    assert.equal(entry?.response.status, '200 OK');
  });

  it('are marked where a resource has none of them, too: that would tell of them', async () => {
    await put({ resourceType: 'Patient', id: 'bare' });
    assert.deepEqual(tagsOf(await ask('GET', '/Patient/bare')), [policyTag]);
  });

  it('keep the tag of _elements apart, which a write does not take', async () => {
    await put(patient('some'));
    const reply = await ask('GET', '/Patient/some?_elements=gender,birthDate');
    assert.equal(reply.json['birthDate'], undefined);
    assert.equal(tagsOf(reply).length, 3);
    const headers = { 'if-match': reply.headers.get('etag')! };
    assert.equal(of(await ask('PUT', '/Patient/some', reply.json, headers)), '422 resource-subsetted');
    const summary = await ask('GET', '/Patient/some?_summary=true');
    assert.equal(of(await ask('PUT', '/Patient/some', summary.json, headers)), '422 resource-subsetted');
  });

  it('are left out of what a resource contains, of documents, and of XML', async () => {
    const inner = { ...patient('in'), meta: undefined };
    await put({
      ...{ resourceType: 'Basic', id: 'holds', code: { text: 'x' }, contained: [inner] },
      subject: { reference: '#in' },
    });
    const { json, text } = await ask('GET', '/Basic/holds');
    const [contained] = json['contained'] as Record<string, unknown>[];
    assert.deepEqual([contained?.['birthDate'], contained?.['gender']], [undefined, 'female']);
    assert.ok(!text.includes('secret'));
    const bundle = { resourceType: 'Bundle', id: 'doc', type: 'collection' };
    await put({
      ...bundle,
      entry: [{ fullUrl: 'urn:uuid:7b8f6f4e-5f0e-4f0e-8f0e-5f0e4f0e8f0e', resource: patient('e') }],
    });
    const read = await ask('GET', '/Bundle/doc');
    assert.ok(!read.text.includes('1980-01-02') && !read.text.includes('secret') && read.text.includes('female'));
    const headers = { 'if-match': read.headers.get('etag')! };
    assert.equal(of(await ask('PUT', '/Bundle/doc', read.json, headers)), '422 resource-partly-hidden');
    const xml = await ask('GET', '/Patient/shown?_format=xml');
    assert.ok(xml.text.includes('urn:dhp:hidden-by-policy') && !xml.text.includes('1980-01-02'), xml.text);
  });

  it('are left out by every interaction that shows a resource', async () => {
    await put(patient('every'));
    await put({
      ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'x' }, date: '2026-01-01', title: 'x' },
      ...{ author: [{ reference: 'Patient/every' }], subject: [{ reference: 'Patient/every' }] },
    });
    const entry = [
      { request: { method: 'GET', url: 'Patient/every' } },
      { request: { method: 'GET', url: 'Patient?_id=every' } },
    ];
    const doors: Readonly<Record<string, Reply>> = {
      vread: await ask('GET', '/Patient/every/_history/1'),
      history: await ask('GET', '/Patient/every/_history'),
      'history of a type': await ask('GET', '/Patient/_history'),
      'history of all': await ask('GET', '/_history?_count=20'),
      search: await ask('GET', '/Patient?_id=every'),
      include: await ask('GET', '/Composition?_include=Composition:author'),
      everything: await ask('GET', '/Patient/every/$everything'),
      'everything in pages': await ask('GET', '/Patient/every/$everything?_count=10'),
      document: await ask('GET', '/Composition/c/$document'),
      batch: await ask('POST', '/', { resourceType: 'Bundle', type: 'batch', entry }),
      transaction: await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry }),
      patch: await ask('PATCH', '/Patient/every', [{ op: 'replace', path: '/active', value: false }]),
      'conditional create': await ask(
        'POST',
        '/Patient',
        { resourceType: 'Patient' },
        { 'if-none-exist': '_id=every' },
      ),
    };
    for (const [door, reply] of Object.entries(doors)) {
      assert.ok(reply.status < 300, `${door}: ${reply.text}`);
      assert.ok(reply.text.includes('Karimova'), `${door} does not show it: ${reply.text}`);
      assert.ok(!/1980-01-02|secret|deceased/.test(reply.text), `${door}: ${reply.text}`);
    }
    const stored = await ask('GET', '/Composition/c/$document?_format=json');
    assert.equal(stored.status, 200);
    const persisted = await ask('POST', '/Composition/c/$document', {
      resourceType: 'Parameters',
      parameter: [{ name: 'persist', valueBoolean: true }],
    });
    assert.equal(of(persisted), '422 resource-partly-hidden');
  });

  it('keep operations about codes to those who see all of them', async () => {
    assert.equal(of(await ask('GET', '/CodeSystem/$lookup?system=urn:c&code=x')), '403 policy-refuses');
  });

  const refused: Readonly<Record<string, string>> = {
    '/Patient?birthdate=1980-01-02': 'birthdate',
    '/Patient?birthdate:missing=true': 'birthdate',
    '/Patient?deceased=true': 'deceased',
    '/Patient?_sort=birthdate': '_sort',
    '/Patient?_filter=birthdate eq 1980-01-02': '_filter',
    '/Patient?_content=secret': '_content',
    '/Patient?_text=secret': '_text',
    '/Basic?_content=secret': '_content',
    '/Patient?_contained=true': '_contained',
    '/Observation?subject=Patient/shown': 'subject',
    '/Observation?patient=shown': 'patient',
    '/Observation?value-quantity=gt1': 'value-quantity',
    '/Observation?combo-value-quantity=gt1': 'combo-value-quantity',
    '/Observation?code-value-quantity=x$gt1': 'code-value-quantity',
    '/Observation?date=2026': 'date',
    '/Observation?_include=Observation:subject': '_include',
    '/Patient?_revinclude=Observation:subject': '_revinclude',
    '/Patient?_revinclude=*': '_revinclude',
    '/Patient?_has:Observation:subject:status=final': '_has:Observation:subject:status',
    '/Basic?subject.birthdate=1980-01-02': 'subject.birthdate',
    '/Basic?subject:Patient.birthdate=1980-01-02': 'subject:Patient.birthdate',
    '/Patient?_has:Basic:subject:subject.birthdate=1980-01-02': '_has:Basic:subject:subject.birthdate',
    '/Patient/shown/Observation': 'subject',
    '/?_type=Patient,Basic&birthdate=1980': 'birthdate',
  };
  for (const [path, parameter] of Object.entries(refused)) {
    it(`are not searched by: ${path}`, async () => {
      for (const handling of ['strict', 'lenient']) {
        const reply = await ask('GET', path, undefined, { prefer: `handling=${handling}` });
        if (parameter === 'birthdate' && path.startsWith('/?')) {
          assert.ok(reply.status >= 400, reply.text);
          continue;
        }
        assert.equal(of(reply), '403 search-parameter-hidden', reply.text);
        assert.ok(reply.diagnostics.startsWith(`${parameter}:`) || path.includes('/shown/'), reply.diagnostics);
      }
    });
  }

  it('are no criteria of conditional requests', async () => {
    const body = patient('x', { id: undefined, meta: undefined });
    for (const reply of [
      await ask('POST', '/Patient', body, { 'if-none-exist': 'birthdate=1980-01-02' }),
      await ask('PUT', '/Patient?birthdate=1980-01-02', body),
      await ask('PATCH', '/Patient?birthdate=1980-01-02', [{ op: 'add', path: '/language', value: 'uz' }]),
      await ask('DELETE', '/Patient?birthdate=1980-01-02'),
    ])
      assert.equal(of(reply), '403 search-parameter-hidden', reply.text);
  });

  it('do not stop a deletion, and are not told of by it', async () => {
    await put(patient('leaves'));
    await put({
      ...{ resourceType: 'Observation', id: 'of-leaves', status: 'final', code: { text: 'x' } },
      subject: { reference: 'Patient/leaves' },
    });
    assert.equal(of(await ask('DELETE', '/Patient/leaves')), '200');
  });
});

describe('writes of who sees a part', () => {
  it('keep what is hidden under If-Match of what was read, and store no tag', async () => {
    await put(patient('kept'));
    const read = await ask('GET', '/Patient/kept');
    const reply = await ask('PUT', '/Patient/kept', { ...read.json, gender: 'other' }, { 'if-match': 'W/"1"' });
    assert.equal(of(reply), '200', reply.text);
    assert.equal(reply.json['birthDate'], undefined);
    const { meta, ...stored } = await whole('/Patient/kept');
    assert.deepEqual((meta as { tag: unknown[] }).tag, [{ system: 'urn:t', code: 'x' }]);
    assert.deepEqual(
      [stored['birthDate'], stored['_birthDate'], stored['deceasedBoolean'], stored['text'], stored['gender']],
      ['1980-01-02', { id: 'b' }, false, narrative, 'other'],
    );
  });

  it('change nothing where what was read is sent back', async () => {
    await put(patient('same'));
    const read = await ask('GET', '/Patient/same');
    const reply = await ask('PUT', '/Patient/same', read.json, { 'if-match': 'W/"1"' });
    assert.equal(reply.headers.get('etag'), read.headers.get('etag'), reply.text);
    assert.equal((reply.json['meta'] as { versionId: string }).versionId, '1');
  });

  it('are refused without the version that was read', async () => {
    await put(patient('blind'));
    const { json } = await ask('GET', '/Patient/blind');
    assert.equal(of(await ask('PUT', '/Patient/blind', json)), '422 resource-partly-hidden');
    assert.equal(of(await ask('PUT', '/Patient/blind', json, { 'if-match': '*' })), '422 resource-partly-hidden');
    assert.equal(of(await ask('PUT', '/Patient/blind', json, { 'if-match': 'W/"7"' })), '412 version-mismatch');
    assert.equal(of(await ask('PUT', '/Patient?_id=blind', json)), '422 resource-partly-hidden');
    assert.equal(of(await ask('PUT', '/Patient?_id=blind', json, { 'if-match': 'W/"1"' })), '200');
    assert.equal((await whole('/Patient/blind'))['birthDate'], '1980-01-02');
  });

  it('are told no finding that what is hidden has a part in', async () => {
    const findings = (reply: Reply): unknown =>
      (reply.json['issue'] as { details?: unknown }[]).map((one) => one.details);
    const wrong = [{ op: 'add', path: '/status', value: 'final' }];
    await put({ ...patient('told'), language: 'uz' });
    await put({ resourceType: 'Patient', id: 'bare', language: 'uz' });
    const told = await ask('PATCH', '/Patient/told', wrong);
    assert.equal(of(told), '422 resource-invalid');
    // The narrative of the first does not state its language, and the other has none.
    assert.deepEqual(findings(told), findings(await ask('PATCH', '/Patient/bare', wrong)));
  });

  it('cannot carry what is hidden: that nothing changed would tell its value', async () => {
    await put(patient('guessed'));
    const { json } = await ask('GET', '/Patient/guessed');
    for (const birthDate of ['1980-01-02', '1980-01-03']) {
      const guess = await ask('PUT', '/Patient/guessed', { ...json, birthDate }, { 'if-match': 'W/"1"' });
      assert.equal(of(guess), '403 element-hidden');
      const patch = [{ op: 'add', path: '/birthDate', value: birthDate }];
      assert.equal(of(await ask('PATCH', '/Patient/guessed', patch)), '403 element-hidden');
    }
    const test = [{ op: 'test', path: '/birthDate', value: '1980-01-02' }];
    assert.ok((await ask('PATCH', '/Patient/guessed', test)).status >= 400);
    const inBundle = (method: string, ifMatch?: string): object => ({
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        {
          resource: { ...json, language: 'uz' },
          request: { method, url: 'Patient/guessed', ...(ifMatch !== undefined && { ifMatch }) },
        },
      ],
    });
    assert.equal(of(await ask('POST', '/', inBundle('PUT'))), '422 resource-partly-hidden');
    assert.equal(of(await ask('POST', '/', inBundle('PUT', 'W/"1"'))), '200');
    assert.equal((await whole('/Patient/guessed'))['birthDate'], '1980-01-02');
    assert.equal((await whole('/Patient/guessed'))['language'], 'uz');
  });

  it('may create with them', async () => {
    const body = { resourceType: 'Patient', birthDate: '1999-09-09' };
    const reply = await ask('POST', '/Patient', body);
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json['birthDate'], undefined);
    assert.equal((await whole(`/Patient/${String(reply.json['id'])}`))['birthDate'], '1999-09-09');
  });

  it('keep what is hidden in a resource that is contained', async () => {
    const contained = [{ ...patient('in'), meta: undefined }];
    await put({
      ...{ resourceType: 'Basic', id: 'keeps', code: { text: 'x' }, contained },
      subject: { reference: '#in' },
    });
    const { json } = await ask('GET', '/Basic/keeps');
    const reply = await ask('PUT', '/Basic/keeps', { ...json, language: 'uz' }, { 'if-match': 'W/"1"' });
    assert.equal(of(reply), '200', reply.text);
    const stored = await whole('/Basic/keeps');
    assert.equal((stored['contained'] as Record<string, unknown>[])[0]?.['birthDate'], '1980-01-02');
    assert.equal((stored['meta'] as { tag?: unknown }).tag, undefined);
    assert.equal(of(await ask('PUT', '/Basic/keeps', json)), '422 resource-partly-hidden');
  });

  it('change tags and labels', async () => {
    await put(patient('labelled'));
    const valueMeta = { tag: [{ system: 'urn:t', code: 'added' }] };
    const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] };
    assert.equal(of(await ask('POST', '/Patient/labelled/$meta-add', body)), '200');
    const stored = await whole('/Patient/labelled');
    assert.deepEqual([stored['birthDate'], (stored['meta'] as { tag: unknown[] }).tag.length], ['1980-01-02', 2]);
  });
});

describe('read-only elements', () => {
  it('are sent as they are stored', async () => {
    await put(patient('locked'));
    const { json } = await ask('GET', '/Patient/locked');
    const ifMatch = { 'if-match': 'W/"1"' };
    const renamed = { ...json, name: [{ family: 'Aliyeva' }] };
    const { name: _, ...unnamed } = json;
    const { multipleBirthInteger: __, ...other } = json;
    for (const body of [renamed, unnamed, { ...other, multipleBirthBoolean: true }])
      assert.equal(of(await ask('PUT', '/Patient/locked', body, ifMatch)), '403 element-read-only');
    const patch = [{ op: 'replace', path: '/name/0/family', value: 'Aliyeva' }];
    assert.equal(of(await ask('PATCH', '/Patient/locked', patch)), '403 element-read-only');
    assert.equal(of(await ask('PATCH', '/Patient/locked', [{ op: 'add', path: '/language', value: 'uz' }])), '200');
    assert.equal(of(await ask('DELETE', '/Patient/locked')), '200');
  });

  it('are not in a new resource', async () => {
    const body = { resourceType: 'Patient', name: [{ family: 'Karimova' }] };
    assert.equal(of(await ask('POST', '/Patient', body)), '403 element-read-only');
    assert.equal(of(await ask('PUT', '/Patient/fresh', { ...body, id: 'fresh' })), '403 element-read-only');
    assert.equal(of(await ask('PUT', '/Patient/fresh', { resourceType: 'Patient', id: 'fresh' })), '201');
  });
});
