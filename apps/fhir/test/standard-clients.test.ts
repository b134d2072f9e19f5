/** Requests of widely used clients, and the parts of the answers that they rely on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeOf, entriesOf, idIn, issuesOf, observation, post, remove, send, statusesOf, urn } from './bundles.ts';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, referenceIntegrity: 'enforce' });
});
after(() => server.close());

const system = 'https://id.example.uz/a?b';
let counter = 0;

/** A Patient with an identifier that no other has, and the query that finds it. */
function identified(): { query: string; resource: Record<string, unknown> } {
  const value = `c${(counter += 1)}`;
  const query = `identifier=${encodeURIComponent(`${system}|${value}`)}`;
  return { query, resource: patient({ identifier: [{ system, value }] }) };
}

/** The ways to write a search of Patient. */
const forms = (query: string): string[] => [
  `${baseUrl}/Patient?${query}`,
  `/Patient?${query}`,
  `Patient?${query}`,
  `?${query}`,
  query,
  decodeURIComponent(query),
];

/** Addresses that are no search of Patient of this server. */
const foreign = (query: string): string[] => [
  `https://other.test/fhir/Patient?${query}`,
  `${baseUrl}/Practitioner?${query}`,
  `${baseUrl}?${query}`,
  `Practitioner?${query}`,
  `${baseUrl}x/Patient?${query}`,
  `${baseUrl}/Patient/1?${query}`,
];

describe('the search that a conditional create comes with', () => {
  test('may be an address of this server, in the header and in an entry', async () => {
    const { query, resource } = identified();
    const { json } = await server.write('POST', '/Patient', resource);
    for (const form of forms(query)) {
      const reply = await server.write('POST', '/Patient', resource, { 'if-none-exist': form });
      assert.deepEqual([reply.status, reply.json['id']], [200, json['id']], form);
      for (const type of ['batch', 'transaction'] as const) {
        const entry = post(resource);
        const answer = await send(server, type, [{ ...entry, request: { ...entry.request, ifNoneExist: form } }]);
        assert.deepEqual([statusesOf(answer), idIn(entriesOf(answer)[0])], [['200 OK'], json['id']], `${type} ${form}`);
      }
    }
  });

  test('is refused when it is of another type or server, which is said', async () => {
    const { query, resource } = identified();
    for (const address of foreign(query)) {
      const reply = await server.write('POST', '/Patient', resource, { 'if-none-exist': address });
      assert.deepEqual([reply.status, reply.code], [400, 'criteria-address-invalid'], address);
      assert.ok(reply.diagnostics.includes(`"${baseUrl}/Patient?identifier=…"`), reply.diagnostics);
      const entry = { ...post(resource, urn()), request: { method: 'POST', url: 'Patient', ifNoneExist: address } };
      const refused = await send(server, 'transaction', [entry]);
      assert.deepEqual([refused.status, refused.code], [400, 'criteria-address-invalid'], address);
    }
    const { json } = await server.request('GET', `/Patient?${query}`);
    assert.equal(json['total'] ?? 0, 0);
  });

  test('names no resource without criteria', async () => {
    for (const form of ['Patient', 'Patient?', `${baseUrl}/Patient`, `${baseUrl}/Patient?`]) {
      const reply = await server.write('POST', '/Patient', patient(), { 'if-none-exist': form });
      assert.deepEqual([reply.status, reply.code], [400, 'criteria-missing'], form);
    }
  });
});

test('a conditional reference and the url of an entry may be below the own base', async () => {
  const { query, resource } = identified();
  const { json } = await server.write('POST', '/Patient', resource);
  for (const reference of [`${baseUrl}/Patient?${query}`, `Patient?${query}`]) {
    for (const type of ['batch', 'transaction'] as const) {
      const reply = await send(server, type, [post(observation(reference))]);
      assert.deepEqual(statusesOf(reply), ['201 Created'], reply.text);
      const made = await server.request('GET', `/Observation/${idIn(entriesOf(reply)[0])}`);
      assert.deepEqual(made.json['subject'], { reference: `Patient/${String(json['id'])}` }, reference);
    }
  }
  const none = await send(server, 'transaction', [post(observation(`${baseUrl}/Patient?identifier=nobody`), urn())]);
  assert.deepEqual([none.status, none.code], [412, 'reference-no-match']);
  const update = { resource, request: { method: 'PUT', url: `${baseUrl}/Patient?${query}` } };
  assert.deepEqual(statusesOf(await send(server, 'transaction', [update])), ['200 OK']);
});

test('Content-Location is the version that a write of what was there leads to; Location that of what is new', async () => {
  const { query, resource } = identified();
  const created = await server.write('POST', '/Patient', resource);
  const id = String(created.json['id']);
  const at = (version: number): string => `${baseUrl}/Patient/${id}/_history/${version}`;
  const locations = ({ headers }: { headers: Headers }): (string | null)[] =>
    ['location', 'content-location'].map((name) => headers.get(name));
  assert.deepEqual(locations(created), [at(1), null]);

  const patch = (value: boolean) => ({
    headers: { 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([{ op: 'replace', path: '/active', value }]),
  });
  const update = (version: string, more: Record<string, string> = {}) =>
    server.write('PUT', `/Patient/${id}`, { ...resource, id, language: version }, more);
  assert.deepEqual(locations(await update('uz')), [null, at(2)]);
  assert.deepEqual(locations(await update('uz')), [null, at(2)], 'unchanged');
  assert.deepEqual(locations(await update('ru', { prefer: 'return=minimal' })), [null, at(3)]);
  assert.deepEqual(locations(await server.request('PATCH', `/Patient/${id}`, patch(false))), [null, at(4)]);
  assert.deepEqual(locations(await server.request('PATCH', `/Patient?${query}`, patch(true))), [null, at(5)]);
  assert.deepEqual(locations(await server.write('PUT', `/Patient?${query}`, resource)), [null, at(6)]);
  const named = await server.write('PUT', `/Patient/new-${id}`, { ...resource, id: `new-${id}` });
  assert.deepEqual(locations(named), [`${baseUrl}/Patient/new-${id}/_history/1`, null]);
});

describe('what a transaction says of an entry', () => {
  test('without request.url it names the address to send', async () => {
    const resource = patient({ id: 'p1' });
    for (const [entry, address] of [
      [{ resource, request: { method: 'POST' } }, '"Patient"'],
      [{ resource, request: { method: 'PUT' } }, '"Patient/p1"'],
      [{ resource: patient(), request: { method: 'PUT', url: '' } }, '"Patient/ID"'],
      [{ request: { method: 'GET' } }, '"Patient/ID", for example'],
      [{ request: { method: 'DELETE' } }, '"Patient/ID", for example'],
      [{ resource: { resourceType: 'Parameters' }, request: { method: 'PATCH' } }, '"Patient/ID", for example'],
    ] as const) {
      for (const type of ['batch', 'transaction'] as const) {
        const reply = await send(server, type, [{ ...entry, fullUrl: 'urn:uuid:no-url' }]);
        const [issue] = type === 'batch' ? (entriesOf(reply)[0]?.response.outcome?.issue ?? []) : issuesOf(reply);
        assert.equal(issue?.details.coding[0].code, 'entry-request-invalid', reply.text);
        assert.ok(issue.diagnostics?.includes(address), issue.diagnostics);
        assert.deepEqual(issue.expression, ['Bundle.entry[0].request.url']);
        assert.equal(type === 'batch' ? 400 : reply.status, 400);
      }
    }
  });

  /** Entries that fail, each at another stage: read, planned, looked for, validated, stored. */
  const failing: Record<string, (fullUrl: string) => Record<string, unknown>> = {
    'no request': (fullUrl) => ({ fullUrl, resource: patient() }),
    'a request that is no object': (fullUrl) => ({ request: 'POST', resource: patient(), fullUrl }),
    'no url': (fullUrl) => ({ fullUrl, resource: patient(), request: { method: 'POST' } }),
    'an unknown type': (fullUrl) => ({ fullUrl, resource: patient(), request: { method: 'POST', url: 'Patientt' } }),
    'no resource': (fullUrl) => ({ fullUrl, request: { method: 'POST', url: 'Patient' } }),
    'another type': (fullUrl) => ({ fullUrl, resource: patient(), request: { method: 'POST', url: 'Device' } }),
    'an invalid resource': (fullUrl) => ({ ...post(patient({ birthDate: 'yesterday', gender: 'x' }), fullUrl) }),
    'a part of a resource': (fullUrl) => ({
      ...post(patient({ meta: { tag: [{ system: observationValue, code: 'SUBSETTED' }] } }), fullUrl),
    }),
    'unknown criteria': (fullUrl) => ({
      ...post(patient(), fullUrl),
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'birthday=1' },
    }),
    'a reference to no entry': (fullUrl) => ({ ...post(observation(urn()), fullUrl) }),
    'a reference to nobody': (fullUrl) => ({ ...post(observation('Patient/nobody'), fullUrl) }),
    'a conditional reference': (fullUrl) => ({ ...post(observation('Patient?identifier=nobody'), fullUrl) }),
    'a version that is not there': (fullUrl) => ({ fullUrl, ...remove('Patient/nobody', { ifMatch: 'W/"3"' }) }),
    'a search parameter that cannot be': (fullUrl) => ({
      ...post(
        {
          ...{ resourceType: 'SearchParameter', url: 'urn:x', name: 'X', status: 'active', description: 'x' },
          ...{ code: 'x', base: ['Patient'], type: 'token', expression: 'Patient.frist(' },
        },
        fullUrl,
      ),
    }),
    'a read of nothing': (fullUrl) => ({ fullUrl, request: { method: 'GET', url: 'Patient/nobody' } }),
  };
  const observationValue = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';

  for (const [name, entryOf] of Object.entries(failing)) {
    test(`every issue names the place and the fullUrl: ${name}`, async () => {
      const fullUrl = urn();
      for (const type of ['transaction', 'batch'] as const) {
        const reply = await send(server, type, [post(patient(), urn()), entryOf(fullUrl)]);
        const issues = reply.status === 200 ? entriesOf(reply)[1]?.response.outcome?.issue : issuesOf(reply);
        if (type === 'batch' && issues === undefined) continue;
        assert.ok(issues !== undefined && issues.length > 0, reply.text);
        if (type === 'transaction') assert.ok(reply.status >= 400, reply.text);
        for (const issue of issues) {
          const { diagnostics = '', expression = [] } = issue;
          assert.ok(diagnostics.includes('Bundle.entry[1]') && diagnostics.includes(fullUrl), JSON.stringify(issue));
          assert.match(expression[0] ?? '', /^Bundle\.entry\[1\]/);
        }
      }
    });
  }
});

test('a boolean is true or false: anything else is refused, or left out and told of', async () => {
  const { query, resource } = identified();
  await server.write('POST', '/Patient', resource);
  const strict = await server.request('GET', `/Patient?${query}&active=banana`);
  assert.deepEqual([strict.status, strict.code], [400, 'search-value-invalid']);
  assert.match(strict.diagnostics, /active=banana\. Expected: true or false/);
  const lenient = await server.request('GET', `/Patient?${query}&active=banana`, {
    headers: { prefer: 'handling=lenient' },
  });
  assert.equal(lenient.status, 200, lenient.text);
  const outcome = entriesOf(lenient).find((entry) => entry.resource?.['resourceType'] === 'OperationOutcome');
  assert.match(JSON.stringify(outcome), /active=banana/);
  assert.equal(entriesOf(lenient).length, 2);
  const link = (lenient.json['link'] as { relation: string; url: string }[]).find((one) => one.relation === 'self');
  assert.ok(link?.url.includes('banana') === false, link?.url);
  const referrer = await server.request('GET', '/Observation?subject:Patient.active=banana');
  assert.deepEqual([referrer.status, referrer.code], [400, 'search-value-invalid']);
  const conditional = await server.write('POST', '/Patient', resource, { 'if-none-exist': 'active=banana' });
  assert.deepEqual([conditional.status, conditional.code], [400, 'search-value-invalid']);
  const unknown = await server.request('GET', '/Patient?gender=banana');
  assert.equal(unknown.status, 200, 'a code that exists nowhere finds nothing');
  assert.equal(codeOf(entriesOf(unknown)[0]), undefined);
});
