import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

const bodyLimit = 200_000;
let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit });
});
after(() => server.close());

const send = (body: string | Buffer, contentType = 'application/fhir+json', headers = {}): Promise<Reply> =>
  server.request('POST', '/Patient', { headers: { 'content-type': contentType, ...headers }, body });

async function refused(body: string | Buffer, code: string): Promise<Reply> {
  const reply = await send(body);
  assert.equal(reply.status, 400, String(body));
  assert.equal(reply.code, code, String(body));
  return reply;
}

test('broken JSON is refused with line and column', async () => {
  const reply = await refused('{\n  "resourceType": "Patient",\n  "active": tru\n}', 'json-invalid');
  assert.match(reply.sentence, /line 3, column 13/);
  assert.match(reply.diagnostics, /line 3, column 13/);
  for (const text of [
    '{',
    '{"resourceType":"Patient",}',
    "{'resourceType':'Patient'}",
    '{"resourceType":"Patient"} x',
    '[1',
    'NaN',
  ]) {
    await refused(text, 'json-invalid');
  }
});

test('what JSON.parse would hide or FHIR cannot hold is refused with its place', async () => {
  const twice = await refused('{"resourceType":"Patient","name":[{"family":"A","family":"B"}]}', 'json-invalid');
  assert.match(twice.diagnostics, /family/);
  const [issue] = twice.json['issue'] as [{ expression: string[] }];
  assert.deepEqual(issue.expression, ['Patient.name[0].family']);
  await refused('{"resourceType":"Patient","language":"a\\u0000b"}', 'json-invalid');
  await refused('{"resourceType":"Patient","language":"\\ud800"}', 'json-invalid');
  await refused(`{"resourceType":"Patient","a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'json-invalid');
});

test('bytes that are not UTF-8 are refused with their place', async () => {
  const reply = await refused(
    Buffer.from('{"resourceType":"Patient","language":"\xe9"}', 'latin1'),
    'encoding-invalid',
  );
  assert.match(reply.sentence, /line 1, column 39/);
});

test('a byte order mark is no error', async () => {
  assert.equal((await send('\ufeff{"resourceType":"Patient"}')).status, 201);
});

test('the body is one resource of the type of the address', async () => {
  await refused('', 'body-missing');
  for (const text of ['[]', '"x"', '1', 'null', 'true']) await refused(text, 'resource-not-object');
  await refused('{}', 'resource-type-missing');
  await refused('{"resourceType":5}', 'resource-type-missing');
  const other = await refused('{"resourceType":"Observation"}', 'resource-type-mismatch');
  assert.match(other.diagnostics, /"Observation".*Patient/);
  for (const meta of ['"x"', '[]', 'null', '1'])
    await refused(`{"resourceType":"Patient","meta":${meta}}`, 'meta-not-object');
});

test('JSON and XML media types in UTF-8 and FHIR 5.0 are accepted, all else is 415', async () => {
  const body = JSON.stringify(patient());
  for (const type of [
    'application/fhir+json',
    'application/json',
    'Application/FHIR+JSON; Charset="UTF-8"',
    'application/json;charset=utf-8',
    'application/json; charset=us-ascii',
    'application/fhir+json; fhirVersion=5.0',
  ]) {
    assert.equal((await send(body, type)).status, 201, type);
  }
  for (const type of [
    'application/fhir+json; charset=windows-1251',
    'application/fhir+json; fhirVersion=4.0',
    'application/fhir+xml; charset=utf-16',
    'application/xml; fhirVersion=4.0',
    'application/json-patch+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ]) {
    const reply = await send(body, type);
    assert.equal(reply.status, 415, type);
    assert.equal(reply.code, 'media-type-unsupported');
    assert.match(reply.diagnostics, /application\/fhir\+json/);
  }
  assert.equal((await send(body, 'application/json', { 'content-encoding': 'compress' })).status, 415);
});

test('a body without Content-Type is 415', async () => {
  const reply = await server.request('POST', '/Patient', { body: Buffer.from(JSON.stringify(patient())) });
  assert.equal(reply.status, 415);
});

test('a body over the limit is 413, and the largest below it is stored', async () => {
  const padded = (size: number): string => {
    const name = (family: string): object => ({ name: [{ family }] });
    const empty = JSON.stringify(patient(name(''))).length;
    return JSON.stringify(patient(name('x'.repeat(size - empty))));
  };
  assert.equal((await send(padded(bodyLimit))).status, 201);
  const reply = await send(padded(bodyLimit + 1));
  assert.equal(reply.status, 413);
  assert.equal(reply.code, 'body-too-large');
  assert.match(reply.sentence, /200000/);
});

test('a form over its own limit is 413, which names that limit', async (t) => {
  const roomy = await startServer({ bodyLimit: 4 * 1024 * 1024 });
  t.after(() => roomy.close());
  const form = (bytes: number): Promise<Reply> =>
    roomy.request('POST', '/Patient/_search', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `_id=${'a'.repeat(bytes - 4)}`,
    });
  const reply = await form(1024 * 1024 + 1);
  assert.deepEqual([reply.status, reply.code], [413, 'body-too-large']);
  assert.equal(reply.diagnostics, 'The body is larger than 1048576 bytes.');
  assert.notEqual((await form(1024 * 1024)).status, 413);
});

test('a chunked body over the limit is 413 too, however long it goes on', async () => {
  const token = await server.sso.token();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
    const request = httpRequest(`${server.url}/Patient`, { method: 'POST', headers });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.write('{"resourceType":"Patient","language":"');
    for (let i = 0; i < 20; i += 1) request.write('x'.repeat(20_000));
  });
  assert.equal(status, 413);
  assert.equal((await send(JSON.stringify(patient()))).status, 201, 'the server goes on');
});

test('a client that hangs up in the middle of a body does no harm', async () => {
  const token = await server.sso.token();
  await new Promise<void>((closed) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(
        `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
          'content-type: application/fhir+json\r\ncontent-length: 1000\r\n\r\n{"resourceType"',
        () => socket.destroy(),
      );
    });
    socket.on('close', () => {
      closed();
    });
  });
  assert.equal((await send(JSON.stringify(patient()))).status, 201);
});
