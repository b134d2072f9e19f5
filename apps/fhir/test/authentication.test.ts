import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { generateKeyPair, importJWK, SignJWT } from 'jose';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await server.write('PUT', '/Patient/1', patient({ id: '1' }));
});
after(() => server.close());

const challenge = (reply: Reply): string => reply.headers.get('www-authenticate') ?? '';
const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

async function read(token: string | null): Promise<Reply> {
  return server.request('GET', '/Patient/1', { token });
}

async function refused(token: string, code: string): Promise<Reply> {
  const reply = await read(token);
  assert.equal(reply.status, 401);
  assert.equal(reply.code, code);
  assert.match(
    challenge(reply),
    /^Bearer realm="https:\/\/playground\.test\/fhir", error="invalid_token", error_description="[ -~]+"$/,
  );
  return reply;
}

test('BEAR-01 a token in the Authorization header opens the door', async () => {
  assert.equal((await read(await server.sso.token())).status, 200);
});

test('BEAR-02 the scheme is not case-sensitive', async () => {
  const token = await server.sso.token();
  for (const scheme of ['bearer', 'BEARER']) {
    const headers = { authorization: `${scheme} ${token}` };
    assert.equal((await server.request('GET', '/Patient/1', { token: null, headers })).status, 200);
  }
});

test('BEAR-03 a token in the URL is refused, with and without one in the header', async () => {
  const token = await server.sso.token();
  for (const header of [null, token]) {
    const reply = await server.request('GET', `/Patient/1?access_token=${token}`, { token: header });
    assert.equal(reply.status, 400);
    assert.equal(reply.code, 'token-in-url');
    assert.match(challenge(reply), /error="invalid_request"/);
  }
});

test('BEAR-04 without a token: 401 and a challenge without error', async () => {
  const reply = await read(null);
  assert.equal(reply.status, 401);
  assert.equal(reply.code, 'token-missing');
  assert.equal(challenge(reply), `Bearer realm="${baseUrl}"`);
  const basic = await server.request('GET', '/Patient/1', { token: null, headers: { authorization: 'Basic YTpi' } });
  assert.equal(basic.status, 401);
  assert.equal(challenge(basic), `Bearer realm="${baseUrl}"`);
});

test('BEAR-05 malformed tokens', async () => {
  for (const token of ['x', 'a.b.c', 'a b', '', (await server.sso.token()).slice(0, -90)]) {
    const reply = await read(token);
    assert.equal(reply.status, 401, token);
    assert.match(challenge(reply), /error="invalid_token"/);
  }
  await refused('not-a-jwt', 'token-malformed');
});

test('BEAR-05 an expired token, also when it was good a moment ago', async () => {
  await refused(await server.sso.token({ exp: seconds(-60), iat: seconds(-3660) }), 'token-expired');
});

test('BEAR-05 a token of the future', async () => {
  await refused(await server.sso.token({ nbf: seconds(600) }), 'token-not-yet-valid');
});

test('BEAR-05 a tampered token', async () => {
  const [header, , signature] = (await server.sso.token({ scope: 'system/Patient.r' })).split('.');
  const [, payload] = (await server.sso.token({ scope: 'system/*.cruds' })).split('.');
  await refused(`${header}.${payload}.${signature}`, 'token-signature-invalid');
});

test('BEAR-05 a token of another issuer', async () => {
  const reply = await refused(await server.sso.token({ iss: 'https://evil.test' }), 'token-foreign-issuer');
  assert.match(reply.diagnostics, /"https:\/\/evil\.test"/);
});

test('BEAR-05 a token signed with a key nobody published', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const token = await new SignJWT({
    iss: server.sso.issuer,
    aud: baseUrl,
    sub: 'x',
    client_id: 'x',
    jti: 'x',
    exp: seconds(60),
    iat: seconds(0),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'stranger' })
    .sign(privateKey);
  await refused(token, 'token-key-unknown');
});

test('BEAR-05 required claims', async () => {
  for (const claim of ['exp', 'sub', 'client_id', 'jti']) {
    await refused(await server.sso.token({ [claim]: undefined }), 'token-malformed');
  }
});

test('RES-12 a token of the other environment, and one for several at once', async () => {
  const reply = await refused(await server.sso.token({ aud: 'https://fhir.test' }), 'token-foreign-audience');
  assert.match(reply.diagnostics, /for "https:\/\/fhir\.test".*Ask for a client of this environment/);
  await refused(await server.sso.token({ aud: [baseUrl, 'https://fhir.test'] }), 'token-foreign-audience');
  await refused(await server.sso.token({ aud: `${baseUrl}/` }), 'token-foreign-audience');
  await refused(await server.sso.token({ aud: undefined }), 'token-malformed');
});

test('BEAR-07 a token in the header and another in a form', async () => {
  const options = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `access_token=${await server.sso.token()}`,
  };
  for (const path of ['/Patient', '/Patient/_search']) {
    const reply = await server.request('POST', path, options);
    assert.equal(reply.status, 400, path);
    assert.equal(reply.code, 'token-given-twice');
    assert.match(challenge(reply), /error="invalid_request"/);
  }
  assert.equal((await server.request('POST', '/Patient', { ...options, token: null })).status, 401);
});

test('BEAR-08 alg none, and HMAC with the public key as the secret', async () => {
  const [, payload = ''] = (await server.sso.token()).split('.');
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  await refused(`${none}.${payload}.`, 'token-algorithm-refused');
  const { alg: _, ...jwk } = await server.sso.publicJwk();
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const hmac = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
    .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  await refused(hmac, 'token-algorithm-refused');
});

test('BEAR-08 a key of the sender in the header is not used', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const [, payload = ''] = (await server.sso.token()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const own = await importJWK({ ...privateKey.export({ format: 'jwk' }), alg: 'ES256' });
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', jwk }).sign(own);
  await refused(token, 'token-signature-invalid');
});

test('BEAR-09 an id_token is no access token', async () => {
  await refused(await server.sso.token({}, { typ: 'JWT' }), 'token-type-refused');
  await refused(await server.sso.token({}, { typ: undefined }), 'token-type-refused');
  assert.equal((await read(await server.sso.token({}, { typ: 'application/at+jwt' }))).status, 200);
});

test('nothing but the public addresses answers without a token', async () => {
  for (const [method, path] of [
    ['GET', '/Patient/1'],
    ['HEAD', '/Patient/1'],
    ['GET', '/Patient/1/_history'],
    ['GET', '/Patient/1/_history/1'],
    ['POST', '/Patient'],
    ['PUT', '/Patient/1'],
    ['DELETE', '/Patient/1'],
    ['PATCH', '/Patient/1'],
    ['GET', '/Nonsense/1'],
  ] as const) {
    assert.equal((await server.request(method, path, { token: null })).status, 401, `${method} ${path}`);
  }
});
