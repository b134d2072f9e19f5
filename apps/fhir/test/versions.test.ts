/** `$versions`, and which addresses pass over parameters that they do not know. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { entriesOf, get, send, statusesOf } from './bundles.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const asParameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'version', valueCode: '5.0' },
    { name: 'default', valueCode: '5.0' },
  ],
};

describe('$versions', () => {
  const versions = (query: string, headers: Record<string, string> = {}) =>
    server.request('GET', `/$versions${query}`, { token: null, headers });

  test('needs no token and is Parameters', async () => {
    for (const accept of ['*/*', 'application/fhir+json', 'application/json, application/fhir+json;q=0.9']) {
      const reply = await versions('', { accept, origin: 'https://any.example' });
      assert.deepEqual([reply.status, reply.json], [200, asParameters], accept);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/fhir\+json/);
      assert.equal(reply.headers.get('access-control-allow-origin'), '*');
    }
    const xml = await versions('', { accept: 'application/fhir+xml' });
    assert.match(xml.text, /<Parameters .*<valueCode value="5\.0"\/>/s);
  });

  test('is the plain form where a general media type is asked for', async () => {
    for (const [query, accept] of [
      ['', 'application/json'],
      ['', 'application/json;q=0.9, */*;q=0.1'],
      ['?_format=application/json', 'application/fhir+json'],
    ] as const) {
      const reply = await versions(query, { accept });
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json/, `${query} ${accept}`);
      assert.deepEqual(reply.json, { versions: ['5.0'], default: '5.0' });
    }
    const xml = await versions('', { accept: 'application/xml' });
    assert.match(xml.headers.get('content-type') ?? '', /^application\/xml/);
    assert.equal(xml.text, '<versions><version>5.0</version><default>5.0</default></versions>');
    assert.deepEqual((await versions('?_format=json', { accept: 'application/json' })).json, asParameters);
  });

  test('by POST takes a token, since a body is read', async () => {
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'x', valueString: 'y' }] });
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await server.request('POST', '/$versions', { token: null, headers, body })).status, 401);
    assert.deepEqual((await server.request('POST', '/$versions', { headers, body })).json, asParameters);
  });

  test('is declared, defined, and can be asked for in a Bundle', async () => {
    const { json } = await server.request('GET', '/metadata');
    const [{ operation }] = (json as { rest: [{ operation: { name: string; definition: string }[] }] }).rest;
    const definition = `${baseUrl}/OperationDefinition/dhp-CapabilityStatement-versions`;
    assert.deepEqual(
      operation.find(({ name }) => name === 'versions'),
      { name: 'versions', definition },
    );
    const defined = await server.request('GET', definition.slice(baseUrl.length), { token: null });
    assert.deepEqual([defined.json['code'], defined.json['system'], defined.json['type']], ['versions', true, false]);
    const reply = await send(server, 'batch', [get('$versions'), get('$versions?x=y'), get('metadata?nocache=1')]);
    assert.deepEqual(statusesOf(reply), ['200 OK', '200 OK', '200 OK'], reply.text);
    assert.deepEqual(entriesOf(reply)[0]?.resource, asParameters);
    assert.equal((await server.request('GET', '/Patient/$versions')).code, 'operation-unknown');
    assert.deepEqual((await server.request('DELETE', '/$versions')).status, 405);
  });
});

describe('parameters that are not known', () => {
  const lookup = '/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male';

  test('are passed over where everybody may read', async () => {
    for (const path of ['/.well-known/smart-configuration', '/$versions']) {
      for (const query of ['?x=y', '?nocache=1', '?_=1732780000&_format=json', '?_x=&_count=5']) {
        const reply = await server.request('GET', path + query, { token: null });
        assert.equal(reply.status, 200, path + query);
      }
      assert.equal((await server.request('HEAD', `${path}?x=y`, { token: null })).status, 200, path);
    }
  });

  test('at the statements, where some select, only those of caches are', async () => {
    const files = ['/openapi.json', '/postman_collection.json', '/postman_environment.json'];
    for (const path of ['/metadata', ...files]) {
      for (const query of ['?nocache=1', '?_=1732780000'])
        assert.equal((await server.request('GET', path + query, { token: null })).status, 200, path + query);
      for (const query of ['?x=y', '?_x=&_count=5', '?nocache=1&types=Patient']) {
        const reply = await server.request('GET', path + query, { token: null });
        assert.deepEqual([reply.status, reply.code], [400, 'parameter-unknown'], path + query);
      }
    }
    assert.equal((await server.request('GET', '/metadata?nocache=1&_summary=banana')).status, 400);
    assert.equal((await server.request('GET', '/metadata?nocache=1&mode=banana')).status, 400);
    const headers = { prefer: 'handling=lenient' };
    assert.equal((await server.request('GET', '/metadata?x=y', { headers })).status, 200);
  });

  test('of terminology operations only nocache is', async () => {
    assert.equal((await server.request('GET', `${lookup}&nocache=1732780000`)).status, 200);
    assert.equal((await server.request('GET', `${lookup}&nocaches=1`)).code, 'parameter-unknown');
    const parameter = [
      { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' },
      { name: 'code', valueCode: 'male' },
    ];
    const post = (path: string, more: object[]) =>
      server.write('POST', path, { resourceType: 'Parameters', parameter: [...parameter, ...more] });
    assert.equal((await post('/CodeSystem/$lookup?nocache=1', [])).status, 200);
    assert.equal((await post('/CodeSystem/$lookup', [{ name: 'nocache', valueString: '1' }])).status, 200);
    assert.equal((await post('/CodeSystem/$lookup?x=1', [])).code, 'parameter-unknown');
    assert.equal((await post('/CodeSystem/$lookup', [{ name: 'x', valueString: '1' }])).code, 'parameter-unknown');
    const bundle = await send(server, 'batch', [get(`${lookup.slice(1)}&nocache=1`), get(`${lookup.slice(1)}&x=1`)]);
    assert.deepEqual(statusesOf(bundle), ['200 OK', '400 Bad Request']);
  });

  test('$closure, at the address of the system, is found in a batch', async () => {
    const resource = { resourceType: 'Parameters', parameter: [{ name: 'name', valueString: 'in-a-batch' }] };
    const reply = await send(server, 'batch', [{ resource, request: { method: 'POST', url: '$closure?nocache=1' } }]);
    assert.deepEqual(statusesOf(reply), ['200 OK'], reply.text);
  });

  test('are refused elsewhere', async () => {
    await server.write('PUT', '/Patient/u', { resourceType: 'Patient', id: 'u' });
    for (const path of [
      '/Patient?nocache=1',
      '/Patient/u?nocache=1',
      '/Patient/u/_history?nocache=1',
      '/Patient/u/$meta?nocache=1',
      '/OperationDefinition/dhp-CapabilityStatement-versions?nocache=1',
    ])
      assert.equal((await server.request('GET', path)).status, 400, path);
  });
});
