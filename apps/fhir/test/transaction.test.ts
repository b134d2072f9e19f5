import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  codeOf,
  entriesOf,
  get,
  idIn,
  issuesOf,
  observation,
  post,
  put,
  remove,
  send,
  statusesOf,
  urn,
} from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 16 * 1024 * 1024 });
});
after(() => server.close());

const statusOf = async (path: string): Promise<number> => (await server.request('GET', path)).status;

/** All codes and places of an outcome, in order. */
function faults(reply: Reply): [string, string | undefined][] {
  return issuesOf(reply).map(({ details, expression }) => [details.coding[0].code, expression?.[0]]);
}

describe('a transaction', () => {
  test('stores all entries and answers in the order of the request', async () => {
    await server.write('PUT', '/Patient/t1', patient({ id: 't1' }));
    await server.write('PUT', '/Patient/t2', patient({ id: 't2' }));
    const [first, second] = [urn(), urn()];
    const reply = await send(server, 'transaction', [
      get('Patient/t3'),
      put('t3'),
      post(observation(first, { hasMember: [{ reference: second }] }), urn()),
      post(patient({ id: 'mine' }), first),
      remove('Patient/t2'),
      put('t1', { active: false }, { ifMatch: 'W/"1"' }),
      post(observation('Patient/t1', { id: 'x', derivedFrom: [{ reference: second }] }), second),
    ]);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json['type'], 'transaction-response');
    assert.deepEqual(statusesOf(reply), [
      '200 OK',
      '201 Created',
      '201 Created',
      '201 Created',
      '204 No Content',
      '200 OK',
      '201 Created',
    ]);
    const found = entriesOf(reply);
    assert.equal(found[0]?.resource?.['id'], 't3', 'a read sees the writes');
    const [, , member, person, deleted, updated, group] = found;
    assert.deepEqual(Object.keys(person ?? {}), ['response']);
    assert.match(idIn(person), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.deepEqual(
      [updated?.response.location, updated?.response.etag, deleted?.response.etag],
      ['Patient/t1/_history/2', 'W/"2"', 'W/"2"'],
    );
    const stored = (await server.request('GET', `/Observation/${idIn(member)}`)).json;
    assert.deepEqual(stored['subject'], { reference: `Patient/${idIn(person)}` });
    assert.deepEqual(stored['hasMember'], [{ reference: `Observation/${idIn(group)}` }]);
    const meta = stored['meta'] as { lastUpdated: string };
    assert.equal(member?.response.lastModified, meta.lastUpdated);
    assert.equal(await statusOf('/Patient/t2'), 410);
    assert.equal(await statusOf('/Patient/mine'), 404);
  });

  test('keeps the text of resources', async () => {
    const fullUrl = urn();
    const resource = `{ "resourceType":"Observation",\n "status":"final", "code":{"text":"x"}, "subject" : {"reference": "${fullUrl}"}, "valueQuantity":{"value":  0.10e1} }`;
    const body = `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Observation"},"resource":${resource}},
      {"fullUrl":"${fullUrl}","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}]}`;
    const reply = await server.request('POST', '/', { headers: { 'content-type': 'application/fhir+json' }, body });
    const [one, other] = entriesOf(reply);
    const { text } = await server.request('GET', `/Observation/${idIn(one)}`);
    assert.ok(
      text.endsWith(
        `\n "status":"final", "code":{"text":"x"}, "subject" : {"reference": "Patient/${idIn(other)}"}, "valueQuantity":{"value":  0.10e1} }`,
      ),
      text,
    );
  });

  test('of mutual references, with documents, attachments and narratives', async () => {
    const [person, picture] = [urn(), urn()];
    const resource = patient();
    const document = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: person, resource }] };
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><img src="${picture}" alt="x"/> ${picture}</div>`;
    const reply = await send(server, 'transaction', [
      post(patient({ photo: [{ url: picture }], link: [{ other: { reference: person }, type: 'seealso' }] }), person),
      post({ resourceType: 'Binary', contentType: 'text/plain', securityContext: { reference: person } }, picture),
      post({
        resourceType: 'Basic',
        text: { status: 'generated', div },
        code: { text: 'x' },
        subject: { reference: person },
      }),
      post(document),
    ]);
    assert.equal(reply.status, 200, reply.text);
    const [patientEntry, binaryEntry, basicEntry, documentEntry] = entriesOf(reply);
    const read = async (type: string, entry: typeof patientEntry): Promise<Record<string, unknown>> =>
      (await server.request('GET', `/${type}/${idIn(entry)}`, { headers: { accept: 'application/fhir+json' } })).json;
    const binaryUrl = `${baseUrl}/Binary/${idIn(binaryEntry)}`;
    const self = `Patient/${idIn(patientEntry)}`;
    const storedPatient = await read('Patient', patientEntry);
    assert.deepEqual(storedPatient['photo'], [{ url: binaryUrl }]);
    assert.deepEqual(storedPatient['link'], [{ other: { reference: self }, type: 'seealso' }]);
    assert.deepEqual((await read('Binary', binaryEntry))['securityContext'], { reference: self });
    const basic = await read('Basic', basicEntry);
    assert.equal((basic['text'] as { div: string }).div, div.replace(`src="${picture}"`, `src="${binaryUrl}"`));
    assert.deepEqual((await read('Bundle', documentEntry))['entry'], document.entry);
  });

  test('Prefer says what comes back', async () => {
    const entries = [post(patient()), remove('Patient/p0')];
    const whole = entriesOf(await send(server, 'transaction', entries, { prefer: 'return=representation' }));
    assert.equal(whole[0]?.resource?.['id'], idIn(whole[0]));
    assert.equal(whole[0].fullUrl, `${baseUrl}/Patient/${idIn(whole[0])}`);
    assert.equal(codeOf(whole[1]), 'nothing-to-delete');
    const [told] = entriesOf(await send(server, 'transaction', entries, { prefer: 'return=OperationOutcome' }));
    assert.equal(codeOf(told), 'created');
  });

  test('may be XML', async () => {
    const fullUrl = urn();
    const entry = (url: string, type: string, content: string, more = ''): string =>
      `<entry>${more}<resource><${type}>${content}</${type}></resource>` +
      `<request><method value="POST"/><url value="${url}"/></request></entry>`;
    const body =
      '<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>' +
      entry(
        'Flag',
        'Flag',
        `<status value="active"/><code><text value="x"/></code><subject><reference value="${fullUrl}"/></subject>`,
      ) +
      `${entry('Patient', 'Patient', '<active value="true"/>', `<fullUrl value="${fullUrl}"/>`)}</Bundle>`;
    const headers = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+xml' };
    const reply = await server.request('POST', '', { headers, body });
    assert.equal(reply.status, 200, reply.text);
    const [flag = '', person = ''] = [...reply.text.matchAll(/<location value="([^"]+)\/_history\/1"\/>/g)].map(
      ([, at]) => at,
    );
    assert.deepEqual((await server.request('GET', `/${flag}`)).json['subject'], { reference: person });
  });

  test('of nothing is well', async () => {
    assert.equal(
      (await send(server, 'transaction', [])).text,
      '{"resourceType":"Bundle","type":"transaction-response"}',
    );
  });

  test('that changes nothing says so and makes no version', async () => {
    await send(server, 'transaction', [put('same')]);
    const again = await send(server, 'transaction', [put('same', {}, { ifMatch: 'W/"1"' })], {
      prefer: 'return=OperationOutcome',
    });
    assert.equal(codeOf(entriesOf(again)[0]), 'unchanged');
    assert.equal(entriesOf(again)[0]?.response.etag, 'W/"1"');
  });

  test('brings a deleted resource back', async () => {
    await send(server, 'transaction', [put('back')]);
    await send(server, 'transaction', [remove('Patient/back')]);
    const reply = await send(server, 'transaction', [put('back')]);
    assert.deepEqual(statusesOf(reply), ['201 Created']);
    assert.equal(entriesOf(reply)[0]?.response.etag, 'W/"3"');
  });

  test('applies patches, and sees them', async () => {
    await server.write('PUT', '/Patient/j1', patient({ id: 'j1' }));
    const fullUrl = urn();
    const operations = [
      { op: 'replace', path: '/active', value: false },
      { op: 'add', path: '/managingOrganization', value: { reference: fullUrl } },
    ];
    const data = Buffer.from(JSON.stringify(operations)).toString('base64');
    const patch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
    const reply = await send(server, 'transaction', [
      { resource: patch, request: { method: 'PATCH', url: 'Patient/j1', ifMatch: 'W/"1"' } },
      post({ resourceType: 'Organization', name: 'x' }, fullUrl),
      get('Patient/j1'),
    ]);
    assert.deepEqual(statusesOf(reply), ['200 OK', '201 Created', '200 OK'], reply.text);
    const seen = entriesOf(reply)[2]?.resource;
    assert.equal(seen?.['active'], false);
    assert.deepEqual(seen['managingOrganization'], { reference: `Organization/${idIn(entriesOf(reply)[1])}` });
    const stale = await send(server, 'transaction', [
      { resource: patch, request: { method: 'PATCH', url: 'Patient/j1', ifMatch: 'W/"1"' } },
      put('j2'),
    ]);
    assert.deepEqual([stale.status, stale.code], [412, 'version-mismatch']);
    assert.equal(await statusOf('/Patient/j2'), 404);
  });
});

describe('a transaction that fails stores nothing', () => {
  test('because of a version, and says which entry and why', async () => {
    await server.write('PUT', '/Patient/f1', patient({ id: 'f1' }));
    const fullUrl = `${baseUrl}/Patient/f1`;
    const cases: [entry: object, status: number, code: string][] = [
      [{ fullUrl, ...put('f1', { active: false }, { ifMatch: 'W/"7"' }) }, 412, 'version-mismatch'],
      [{ fullUrl, ...put('f1', { active: false }) }, 412, 'if-match-required'],
      [{ fullUrl, ...remove('Patient/f1', { ifMatch: 'W/"7"' }) }, 412, 'version-mismatch'],
      [{ fullUrl, ...remove('Patient/f0', { ifMatch: 'W/"1"' }) }, 412, 'version-mismatch'],
      [{ fullUrl, ...remove('Patient/f0', { ifMatch: '*' }) }, 412, 'version-mismatch'],
      [{ fullUrl, ...put('f0', {}, { ifMatch: 'W/"1"' }) }, 412, 'version-mismatch'],
    ];
    for (const [entry, status, code] of cases) {
      const reply = await send(server, 'transaction', [put('f2'), post(patient()), entry]);
      assert.equal(reply.status, status, JSON.stringify(entry));
      assert.equal(reply.json['resourceType'], 'OperationOutcome');
      assert.deepEqual(faults(reply), [[code, 'Bundle.entry[2]']]);
      assert.ok(reply.diagnostics.startsWith(`Bundle.entry[2] (${fullUrl}): `), reply.diagnostics);
      assert.equal(reply.headers.get('etag'), null);
      assert.equal(await statusOf('/Patient/f2'), 404);
    }
    assert.equal((await server.request('GET', '/Patient/f1')).headers.get('etag'), 'W/"1"');
  });

  test('because a resource exists that was to be new', async () => {
    await server.write('PUT', '/Patient/e1', patient({ id: 'e1' }));
    const only = { ifNoneMatch: '*' };
    const reply = await send(server, 'transaction', [put('e2', {}, only), put('e1', { active: false }, only)]);
    assert.equal(reply.status, 412);
    assert.deepEqual(
      faults(reply).map(([, place]) => place),
      ['Bundle.entry[1]'],
    );
    assert.equal(await statusOf('/Patient/e2'), 404);
    assert.deepEqual(statusesOf(await send(server, 'transaction', [put('e2', {}, only)])), ['201 Created']);
  });

  test('because of a read', async () => {
    await server.write('PUT', '/Patient/r1', patient({ id: 'r1' }));
    for (const [entry, status, code, place] of [
      [get('Patient/none'), 404, 'resource-not-found', ''],
      [get('Patient/r1/_history/9'), 404, 'version-not-found', ''],
      [get('Patient/r1/_history?_count=x'), 400, 'parameter-invalid', '.request.url'],
    ] as const) {
      const reply = await send(server, 'transaction', [put('r2'), entry]);
      assert.equal(reply.status, status);
      assert.deepEqual(faults(reply), [[code, `Bundle.entry[1]${place}`]]);
    }
    const gone = await send(server, 'transaction', [get('Patient/r1'), put('r2'), remove('Patient/r1')]);
    assert.deepEqual([gone.status, ...faults(gone)], [410, ['resource-deleted', 'Bundle.entry[0]']]);
    assert.equal(await statusOf('/Patient/r2'), 404);
    assert.equal(await statusOf('/Patient/r1'), 200);
    const own = await send(server, 'transaction', [
      get('Patient/r3/_history/1'),
      get('Patient/r3/_history'),
      put('r3'),
    ]);
    assert.deepEqual(statusesOf(own), ['200 OK', '200 OK', '201 Created'], own.text);
    assert.equal(entriesOf(own)[1]?.resource?.['total'], 1);
  });

  test('because of what it refers to', async () => {
    const missing = urn();
    const fullUrl = urn();
    const reply = await send(server, 'transaction', [
      put('l1'),
      post(observation(missing), fullUrl),
      post(observation('Patient?identifier=nobody')),
      post(observation('Patient/1', { contained: [observation('urn:oid:1.2.3')] })),
    ]);
    assert.equal(reply.status, 400);
    const place = (n: number, path: string): string => `Bundle.entry[${n}].resource.ofType(Observation).${path}`;
    assert.deepEqual(faults(reply), [
      ['reference-unresolved', place(1, 'subject.reference')],
      ['reference-no-match', place(2, 'subject.reference')],
      ['reference-unresolved', place(3, 'contained[0].subject.reference')],
    ]);
    assert.ok(reply.diagnostics.startsWith(`Bundle.entry[1] (${fullUrl}): `));
    assert.ok(reply.diagnostics.includes(missing));
    assert.equal(await statusOf('/Patient/l1'), 404);
  });

  test('because a deleted resource is no target', async () => {
    const fullUrl = urn();
    const reply = await send(server, 'transaction', [post(observation(fullUrl)), { fullUrl, ...remove('Patient/1') }]);
    assert.deepEqual([reply.status, reply.code], [400, 'reference-unresolved']);
  });

  test('because two entries are the same, with both named', async () => {
    const fullUrl = urn();
    for (const [pair, code] of [
      [[put('o1'), put('o1', { active: false })], 'entries-overlap'],
      [[remove('Patient/o1'), put('o1')], 'entries-overlap'],
      [[put('o1'), { fullUrl, ...remove('Patient/o1') }], 'entries-overlap'],
    ] as const) {
      const reply = await send(server, 'transaction', [put('o2'), ...pair]);
      assert.equal(reply.status, 400);
      assert.deepEqual(
        faults(reply).map(([each]) => each),
        [code, code],
      );
      assert.ok(reply.sentence.includes('Bundle.entry[1]') && reply.sentence.includes('Bundle.entry[2]'));
    }
    const twice = await send(server, 'transaction', [post(patient(), fullUrl), put('o3'), post(patient(), fullUrl)]);
    assert.deepEqual([twice.status, ...faults(twice)], [400, ['full-url-duplicate', 'Bundle.entry[2].fullUrl']]);
    const capitals = fullUrl.replace(/[^:]+$/, (uuid) => uuid.toUpperCase());
    const inCapitals = await send(server, 'transaction', [post(patient(), fullUrl), post(patient(), capitals)]);
    assert.equal(inCapitals.code, 'full-url-duplicate');
    const version = (id: string, versionId: string): object => ({
      fullUrl: `${baseUrl}/Patient/o4`,
      ...put(id, { meta: { versionId } }),
    });
    const differing = await send(server, 'transaction', [version('o4', '1'), version('o5', '2')]);
    assert.deepEqual(statusesOf(differing), ['201 Created', '201 Created']);
    assert.equal(await statusOf('/Patient/o2'), 404);
    assert.equal(await statusOf('/Patient/o3'), 404);
  });

  test('because of entries that say nothing useful; all are named at once', async () => {
    const reply = await send(server, 'transaction', [
      put('n1'),
      { resource: patient() },
      get('https://other.example/fhir/Patient/1'),
      { request: { method: 'POST', url: 'Patient' } },
      post({ resourceType: 'Patient', meta: [] }),
      remove('Patient/n4', { ifNoneExist: 'a=b' }),
    ]);
    assert.equal(reply.status, 400);
    assert.deepEqual(faults(reply), [
      ['entry-request-missing', 'Bundle.entry[1].request'],
      ['entry-request-invalid', 'Bundle.entry[2].request.url'],
      ['entry-resource-missing', 'Bundle.entry[3].resource'],
      ['entry-unsupported', 'Bundle.entry[5].request.ifNoneExist'],
    ]);
    const later = await send(server, 'transaction', [
      put('n1'),
      post({ resourceType: 'Patient', meta: [] }),
      put('n2', { id: 'n3' }),
    ]);
    assert.deepEqual(faults(later), [
      ['meta-not-object', 'Bundle.entry[1].resource.ofType(Patient).meta'],
      ['id-mismatch', 'Bundle.entry[2].resource.ofType(Patient).id'],
    ]);
    assert.equal(await statusOf('/Patient/n1'), 404);
  });

  test('because one entry is not permitted', async () => {
    const token = await server.sso.token({ scope: 'system/Patient.cru' });
    const entry = [put('s1'), post(observation('Patient/s1'))];
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    const reply = await server.request('POST', '', { token, headers: { 'content-type': 'application/json' }, body });
    assert.deepEqual([reply.status, ...faults(reply)], [403, ['scope-insufficient', 'Bundle.entry[1]']]);
    assert.match(reply.headers.get('www-authenticate') ?? '', /scope="system\/Observation\.c"/);
    assert.equal(await statusOf('/Patient/s1'), 404);
  });

  test('because it is larger than the limit', async () => {
    const reply = await send(server, 'transaction', [post(patient({ text: 'x'.repeat(17 * 1024 * 1024) }))]);
    assert.deepEqual([reply.status, reply.code], [413, 'body-too-large']);
  });
});

test('5,000 entries are no limit', async () => {
  const patients = Array.from({ length: 100 }, () => urn());
  const entries = [
    ...patients.map((fullUrl) => post(patient(), fullUrl)),
    ...Array.from({ length: 4900 }, (_, n) => post(observation(patients[n % 100]!, { valueInteger: n }), urn())),
  ];
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  const found = entriesOf(reply);
  assert.equal(found.length, 5000);
  assert.ok(found.every(({ response }) => response.status === '201 Created'));
  const last = (await server.request('GET', `/Observation/${idIn(found[4999])}`)).json;
  assert.equal(last['valueInteger'], 4899);
  assert.deepEqual(last['subject'], { reference: `Patient/${idIn(found[99])}` });
});

const national = new URL('../../../../shared/uz-core/examples/', import.meta.url);
test(
  'the national examples of transactions',
  { skip: !existsSync(national) && '../shared/uz-core is not there' },
  async () => {
    const files = readdirSync(national).filter((name) => name.startsWith('Bundle-'));
    const bundles = files.map((name) => readFileSync(new URL(name, national), 'utf8'));
    const transactions = bundles.filter((text) => (JSON.parse(text) as { type: string }).type === 'transaction');
    assert.ok(transactions.length > 0);
    for (const body of transactions) {
      const reply = await server.request('POST', '', { headers: { 'content-type': 'application/fhir+json' }, body });
      assert.equal(reply.status, 200, reply.text);
      const { entry } = JSON.parse(body) as { entry: unknown[] };
      assert.deepEqual(
        statusesOf(reply),
        entry.map(() => '201 Created'),
      );
      for (const { response } of entriesOf(reply)) assert.equal(await statusOf(`/${response.location ?? ''}`), 200);
    }
  },
);
