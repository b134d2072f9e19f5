import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const xmlType = 'application/fhir+xml; charset=utf-8';
const namespace = 'xmlns="http://hl7.org/fhir"';
const inXml = { accept: 'application/fhir+xml', 'content-type': 'application/fhir+xml' };

function patientXml(id: string, more = ''): string {
  return `<Patient ${namespace}><id value="${id}"/>${more}<name><family value="Ўлжаев &amp; Co"/></name></Patient>`;
}

function send(method: string, path: string, body: string, headers: Record<string, string> = inXml): Promise<Reply> {
  return server.request(method, path, { headers, body });
}

test('what is written in XML is stored as JSON, and can be read as either', async () => {
  const created = await send('PUT', '/Patient/x1', patientXml('x1'));
  assert.equal(created.status, 201, created.text);
  assert.equal(created.headers.get('content-type'), xmlType);
  assert.match(created.text, /<Patient xmlns="http:\/\/hl7.org\/fhir"><id value="x1"\/><meta><versionId value="1"\/>/);
  const json = await server.request('GET', '/Patient/x1');
  assert.deepEqual(json.json['name'], [{ family: 'Ўлжаев & Co' }]);
  const xml = await server.request('GET', '/Patient/x1?_format=xml');
  assert.equal(xml.text, created.text);
  assert.equal(xml.headers.get('etag'), 'W/"1"');
});

test('decimals keep their text in both directions', async () => {
  const body =
    `<Observation ${namespace}><status value="final"/><code><text value="x"/></code>` +
    '<valueQuantity><value value="1.00"/></valueQuantity></Observation>';
  const created = await send('POST', '/Observation', body, { 'content-type': 'text/xml' });
  assert.equal(created.status, 201, created.text);
  assert.match(created.text, /"valueQuantity":\{"value":1\.00\}/);
  const path = `/Observation/${String(created.json['id'])}`;
  assert.match((await server.request('GET', `${path}?_format=application/xml`)).text, /<value value="1\.00"\/>/);
});

test('every read is there in XML: vread, history, metadata, parts and layouts', async () => {
  await send('PUT', '/Patient/x2', patientXml('x2'));
  const headers = { accept: 'application/fhir+xml' };
  for (const [path, start] of [
    ['/Patient/x2/_history/1', '<Patient '],
    ['/Patient/x2/_history', '<Bundle '],
    ['/metadata', '<CapabilityStatement '],
    ['/metadata?_summary=true', '<CapabilityStatement '],
  ] as const) {
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const reply = await server.request('GET', path, { headers });
      assert.equal(reply.status, 200, path);
      assert.equal(reply.headers.get('content-type'), xmlType);
      assert.ok(reply.text.includes(start), `${path}: ${reply.text.slice(0, 200)}`);
    }
  }
  const pretty = await server.request('GET', '/Patient/x2?_pretty=true&_elements=active', { headers });
  assert.match(pretty.text, /<Patient xmlns="http:\/\/hl7.org\/fhir">\n {2}<id value="x2"\/>\n/);
  assert.match(pretty.text, /<code value="SUBSETTED"\/>/);
  assert.doesNotMatch(pretty.text, /family/);
});

test('errors are in the format the client wants, whatever goes wrong', async () => {
  for (const [path, options] of [
    ['/Patient/none', {}],
    ['/Patient/a_b', {}],
    ['/patient/1', {}],
    ['/nothing/at/all/here', {}],
    ['/Patient/none', { token: null }],
    ['/Patient/none?_sort=x', {}],
  ] as const) {
    for (const [query, accept] of [
      ['', 'application/fhir+xml'],
      ['_format=xml', '*/*'],
    ] as const) {
      const separator = path.includes('?') ? '&' : '?';
      const url = query === '' ? path : path + separator + query;
      const reply = await server.request('GET', url, { headers: { accept }, ...options });
      assert.ok(reply.status >= 400, url);
      assert.equal(reply.headers.get('content-type'), xmlType, url);
      assert.match(
        reply.text,
        /<OperationOutcome xmlns="http:\/\/hl7.org\/fhir"><language value="en"\/><issue><severity/,
      );
    }
  }
  const wrong = await server.request('GET', '/Patient/none', { headers: { accept: 'text/turtle' } });
  assert.deepEqual([wrong.status, wrong.code], [406, 'not-acceptable']);
});

test('XML that is none, or none of FHIR, is 400 and names the place', async () => {
  for (const [body, diagnostics] of [
    ['<Patient', /line 1, column/],
    [`<Patient ${namespace}>\n  <colour value="red"/></Patient>`, /colour.*line 2, column 3/],
    ['<Patient><id value="x3"/></Patient>', /namespace|http:\/\/hl7.org\/fhir/],
    [
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient ${namespace}><id value="&e;"/></Patient>`,
      /line 1/,
    ],
    ['{"resourceType":"Patient"}', /line 1/],
    [`<Patient ${namespace}><active value="maybe"/></Patient>`, /line 1/],
  ] as const) {
    const reply = await send('POST', '/Patient', body, { 'content-type': 'application/fhir+xml' });
    assert.deepEqual([reply.status, reply.code], [400, 'xml-invalid'], body);
    assert.match(reply.diagnostics, diagnostics);
  }
  const latin = Buffer.from(patientXml('x3').replace(/Ў.*Co/, 'caf\u00e9'), 'latin1');
  const headers = { 'content-type': 'application/fhir+xml' };
  const reply = await server.request('POST', '/Patient', { headers, body: latin });
  assert.deepEqual([reply.status, reply.code], [400, 'encoding-invalid']);
  const empty = await send('POST', '/Patient', '', headers);
  assert.deepEqual([empty.status, empty.code], [400, 'body-missing']);
  const other = await send('POST', '/Observation', patientXml('x3'), headers);
  assert.deepEqual([other.status, other.code], [400, 'resource-type-mismatch']);
});

test('what was stored as JSON and has no form in XML is 406 and says where', async () => {
  // No client can store it; older data may hold it.
  const resource = patient({ id: 'x4', colour: 'red' });
  const source = scanJson(JSON.stringify(resource));
  const write = { type: 'Patient', id: 'x4', source, resource, requireMatch: true, createAllowed: true };
  assert.equal((await server.store.update(write)).kind, 'created');
  const reply = await server.request('GET', '/Patient/x4', { headers: { accept: 'application/fhir+xml' } });
  assert.equal(reply.status, 406);
  assert.match(reply.text, /<code value="xml-impossible"\/>/);
  assert.match(reply.text, /colour/);
  assert.equal((await server.request('GET', '/Patient/x4')).status, 200);
});

test('a FHIRPath Patch may be XML', async () => {
  await send('PUT', '/Patient/x5', patientXml('x5'));
  const body =
    `<Parameters ${namespace}><parameter><name value="operation"/>` +
    '<part><name value="type"/><valueCode value="add"/></part>' +
    '<part><name value="path"/><valueString value="Patient"/></part>' +
    '<part><name value="name"/><valueString value="birthDate"/></part>' +
    '<part><name value="value"/><valueDate value="1990-01-02"/></part></parameter></Parameters>';
  const reply = await send('PATCH', '/Patient/x5', body);
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.text, /<birthDate value="1990-01-02"\/>/);
  assert.equal(reply.headers.get('etag'), 'W/"2"');
});

test('Prefer: return=OperationOutcome, and a delete, answer in XML too', async () => {
  const headers = { ...inXml, prefer: 'return=OperationOutcome' };
  const created = await send('PUT', '/Patient/x6', patientXml('x6'), headers);
  assert.deepEqual([created.status, created.headers.get('content-type')], [201, xmlType]);
  assert.match(created.text, /<OperationOutcome /);
  const deleted = await server.request('DELETE', '/Patient/x6', { headers: { accept: 'application/fhir+xml' } });
  assert.match(deleted.text, /<OperationOutcome /);
});

test('health and the SMART configuration stay JSON', async () => {
  for (const path of ['/healthz', '/.well-known/smart-configuration']) {
    const reply = await server.request('GET', path, { token: null, headers: { accept: 'application/fhir+xml' } });
    assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
  }
});

test('an error that names what XML cannot hold can be told in XML', async () => {
  for (const [path, status] of [
    ['/Patient?birthdate=ap%00', 400],
    ['/Patient?birthdate=%1F%EF%BF%BE', 400],
    ['/Patient/x%01', 400],
    ['/Pat%02ient', 404],
    ['/Patient?un%03known=1', 400],
  ] as const) {
    const reply = await server.request('GET', path, { headers: { accept: 'application/fhir+xml' } });
    assert.equal(reply.status, status, `${path}: ${reply.text}`);
    assert.equal(reply.headers.get('content-type'), xmlType);
    assert.match(reply.text, /^<\?xml.*<OperationOutcome/s);
    const json = await server.request('GET', path);
    assert.equal(json.status, status);
    assert.doesNotMatch(json.text, /\\u00[01]/);
  }
});
