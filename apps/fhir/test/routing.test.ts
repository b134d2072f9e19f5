import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { baseUrl, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('an unknown type is 404 with what was probably meant', async () => {
  for (const [given, meant] of [
    ['patient', 'Did you mean Patient?'],
    ['Pateint', 'Did you mean Patient?'],
    ['MedicationRequests', 'Did you mean MedicationRequest?'],
    ['Parameters', 'Parameters has no endpoint'],
    ['Zzzzzzzzzzzz', 'are listed in https://playground.test/fhir/metadata'],
    ['__proto__', 'are listed in'],
  ] as const) {
    for (const path of [`/${given}/1`, `/${given}/1/_history`, `/${given}`]) {
      const reply = await server.request(path === `/${given}` ? 'POST' : 'GET', path);
      assert.equal(reply.status, 404, path);
      assert.equal(reply.code, 'type-unknown');
      assert.ok(reply.diagnostics.includes(meant), reply.diagnostics);
    }
  }
});

test('what is not there, and the base URL, point to the CapabilityStatement', async () => {
  for (const path of ['', '/', '/?x=1']) {
    const reply = await server.request('PROPFIND', path, { token: null });
    assert.deepEqual([reply.status, reply.code], [405, 'method-not-allowed'], path);
    assert.equal(reply.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
    assert.ok(reply.diagnostics.includes(`${baseUrl}/metadata`), reply.diagnostics);
  }
  for (const path of ['/Patient/1/_history/1/more', '/a/b/c/d/e']) {
    const reply = await server.request('GET', path, { token: null });
    assert.equal(reply.status, 404, path);
    assert.equal(reply.code, 'route-unknown');
    assert.ok(reply.diagnostics.includes(`${baseUrl}/metadata`), reply.diagnostics);
  }
});

test('an address with an empty part is none', async () => {
  for (const path of ['/Patient/', '/Patient//_history', '//']) {
    const reply = await server.request('GET', path);
    assert.deepEqual([reply.status, reply.code], [404, 'route-unknown'], path);
  }
});

test('a method that is not there is 405 with Allow', async () => {
  for (const [method, path, allow] of [
    ['PROPFIND', '/Patient', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ['POST', '/Patient/1', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['GET', '/Patient/_search', 'POST, OPTIONS'],
    ['PUT', '/Patient/1/Observation', 'GET, HEAD, OPTIONS'],
    ['GET', '/Patient/1/*/_search', 'POST, OPTIONS'],
    ['PUT', '/Patient/1/_history', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/Patient/1/_history/1', 'GET, HEAD, OPTIONS'],
    ['POST', '/metadata', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/Patient/1', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
  ] as const) {
    const reply = await server.request(method, path);
    assert.equal(reply.status, 405, `${method} ${path}`);
    assert.equal(reply.code, 'method-not-allowed');
    assert.equal(reply.headers.get('allow'), allow, `${method} ${path}`);
  }
});

test('TRACE is such a method: nothing of the request comes back', async () => {
  for (const path of ['/fhir/metadata', '/fhir/Patient/1']) {
    const options = { port: server.port, method: 'TRACE', path, headers: { authorization: 'Bearer not-to-be-seen' } };
    const [status, text] = await new Promise<[number | undefined, string]>((resolve, reject) => {
      request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve([response.statusCode, text]));
      })
        .on('error', reject)
        .end();
    });
    assert.ok(status === 405 || status === 401 || status === 404, `${path}: ${String(status)}`);
    assert.ok(!text.includes('not-to-be-seen'), path);
  }
});

test('a body that may end at two places ends the connection: no second request is read out of it', async () => {
  const inside = 'GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n';
  for (const fields of [
    `Content-Length: ${String(5 + inside.length)}\r\nTransfer-Encoding: chunked`,
    `Transfer-Encoding: chunked\r\nContent-Length: 5`,
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding : chunked',
    'Content-Length: 5\r\nContent-Length: 6',
  ]) {
    const answers = await new Promise<string>((resolve, reject) => {
      let received = '';
      const head = `POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n${fields}\r\n\r\n`;
      const socket = connect(server.port, '127.0.0.1', () => socket.write(`${head}0\r\n\r\n${inside}`));
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
    assert.deepEqual(answers.match(/^HTTP\/1\.1 \d{3}/gm), ['HTTP/1.1 400'], fields);
  }
});

test('a malformed id is 400, an operation that is not there 404', async () => {
  for (const id of ['a_b', 'a%20b', 'ж', 'a'.repeat(65), 'a'.repeat(150), 'a'.repeat(300), 'a%2Fb', '%00']) {
    const reply = await server.request('GET', `/Patient/${id}`);
    assert.equal(reply.status, 400, id);
    assert.equal(reply.code, 'id-malformed', id);
  }
  assert.equal((await server.request('GET', `/Patient/${'a'.repeat(64)}`)).status, 404);
  for (const path of ['/Patient/1/_nothing', '/Patient/_historical']) {
    const reply = await server.request('GET', path);
    assert.equal(reply.status, 404, path);
    assert.equal(reply.code, 'route-unknown');
  }
});

test('of an id that is too long it is told as of every other: after the caller and the type', async () => {
  for (const id of ['a'.repeat(65), 'a'.repeat(201), 'a'.repeat(5_000)]) {
    for (const type of ['__proto__', 'constructor', 'Nonsense', 'Patients']) {
      const reply = await server.request('GET', `/${type}/${id}`);
      assert.deepEqual([reply.status, reply.code], [404, 'type-unknown'], `${type}/${id.length}`);
    }
    const unknown = await server.request('GET', `/Patient/${id}`, { token: null });
    assert.deepEqual([unknown.status, unknown.code], [401, 'token-missing'], String(id.length));
    const foreign = await server.request('PROPFIND', `/Patient/${id}`);
    assert.equal(foreign.status, 405, String(id.length));
  }
});

test('a URL that cannot be decoded is 400', async () => {
  const reply = await server.request('GET', '/Patient/%E0%A4%A');
  assert.equal(reply.status, 400);
  assert.equal(reply.code, 'url-malformed');
});

test('what is not HTTP still gets an OperationOutcome', async () => {
  const talk = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => {
        resolve(answer);
      });
    });
  const nonsense = await talk('HELLO\r\n\r\n');
  assert.match(nonsense, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(nonsense, /"code":"request-malformed"/);
  const large = await talk(`GET /fhir/metadata HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 /);
  assert.match(large, /"code":"headers-too-large"/);
  // Whoever searches with many values in the address learns the limit, and the way around it, in each language.
  for (const language of ['uz', 'ru', 'en']) {
    const line = `GET /fhir/Patient?_id=${'y'.repeat(20_000)} HTTP/1.1`;
    const search = await talk(`${line}\r\nhost: x\r\naccept-language: ${language}\r\n\r\n`);
    assert.match(search, /^HTTP\/1\.1 431 .*16 (?:KiB|КиБ).*POST.*_search/s);
  }
});

/** Sends the text of a request, and reads until the connection is closed. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(received);
    });
  });
}

test('a transfer coding other than chunked is 501: its bytes are never read as JSON', async () => {
  const token = await server.sso.token();
  const body = JSON.stringify({ resourceType: 'Patient', active: true });
  const post = (coding: string): Promise<string> => {
    const fields = `Host: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nConnection: close`;
    const head = `POST /fhir/Patient HTTP/1.1\r\n${fields}\r\nAccept-Language: en\r\nTransfer-Encoding: ${coding}`;
    return exchange(`${head}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  };
  for (const coding of ['gzip, chunked', 'GZIP,chunked', 'deflate, chunked', 'gzip\r\nTransfer-Encoding: chunked']) {
    const answer = await post(coding);
    assert.match(answer, /^HTTP\/1\.1 501 .*"code":"transfer-coding-unsupported".*Content-Encoding/s, coding);
  }
  for (const coding of ['chunked', 'Chunked', ', chunked'])
    assert.match(await post(coding), /^HTTP\/1\.1 201 /, coding);
});

test('an expectation that is not met is 417 with an OperationOutcome', async () => {
  const get = (expect: string): Promise<string> =>
    exchange(`GET /fhir/metadata?_summary=true HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: ${expect}\r\n\r\n`);
  for (const expect of ['200-ok', '100-continue, 200-ok', 'x-100-continued']) {
    const answer = await get(expect);
    assert.match(answer, /HTTP\/1\.1 417 .*x-request-id: .*"code":"expectation-unsupported".*100-continue/s, expect);
  }
  assert.doesNotMatch(await get('100-continue'), /417/);
});

test('OPTIONS * is answered for the whole server', async () => {
  const answer = await exchange('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 204 .*allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/s);
});
