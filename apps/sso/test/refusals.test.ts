/** How the token endpoint refuses (RFC 6749 5.2, RFC 8707): every answer is JSON and states the remedy. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { answer, basic, issuer, newClient, playground, postForm, production, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const token = `${url}/oauth/token`;
const client = await newClient(bed.clients);
const { id, secret } = client;
const grant = { grant_type: 'client_credentials' };

function assertRefused({ status, headers, body, text }: Answer, expected: number, error: string): void {
  assert.equal(status, expected, text);
  assert.deepEqual(Object.keys(body), ['error', 'error_description']);
  assert.equal(body['error'], error);
  // RFC 6749 5.2: ASCII without quote and backslash.
  assert.match(body['error_description'] as string, /^[\x20\x21\x23-\x5B\x5D-\x7E]{20,}$/);
  assert.doesNotMatch(text, /\bat \/|\.ts|select |dhps_|oops/i, 'no stack trace, SQL or secret');
  assert.match(headers.get('content-type')!, /^application\/json/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
}

describe('the token endpoint refuses', () => {
  const forms: [why: string, form: Record<string, string | string[]>, status: number, error: string][] = [
    ['PD-02 a wrong secret', { ...client.form, client_secret: `${secret}x` }, 401, 'invalid_client'],
    ['PD-05 an unknown client', { ...client.form, client_id: 'nobody' }, 401, 'invalid_client'],
    ['PD-03 no grant_type', { client_id: id, client_secret: secret }, 400, 'invalid_request'],
    ['PD-04 no client', grant, 400, 'invalid_request'],
    ['an empty form', {}, 400, 'invalid_request'],
    ['a client without a secret', { ...grant, client_id: id }, 401, 'invalid_client'],
    ['a secret without a client', { ...grant, client_secret: secret }, 400, 'invalid_request'],
    ['an empty secret', { ...client.form, client_secret: '' }, 401, 'invalid_client'],
    [
      'CORE-14 grant_type twice',
      { ...client.form, grant_type: ['client_credentials', 'client_credentials'] },
      400,
      'invalid_request',
    ],
    ['client_id twice', { ...client.form, client_id: [id, id] }, 400, 'invalid_request'],
    ['client_secret twice', { ...client.form, client_secret: [secret, 'x'] }, 400, 'invalid_request'],
    ['scope twice', { ...client.form, scope: ['system/Patient.r', 'system/Patient.r'] }, 400, 'invalid_request'],
    ['CORE-32 BCP-05 the password grant', { ...client.form, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['the implicit grant', { ...client.form, grant_type: 'implicit' }, 400, 'unsupported_grant_type'],
    ['CORE-33 a grant_type of __proto__', { ...client.form, grant_type: '__proto__' }, 400, 'unsupported_grant_type'],
    ['a grant_type of constructor', { ...client.form, grant_type: 'constructor' }, 400, 'unsupported_grant_type'],
    ['CORE-33 a client_id of __proto__', { ...client.form, client_id: '__proto__' }, 401, 'invalid_client'],
    ['a client_id with a NUL', { ...client.form, client_id: 'a\0b' }, 401, 'invalid_client'],
    ['a client_id of SQL', { ...client.form, client_id: "' or 1=1 --" }, 401, 'invalid_client'],
    ['an empty client_id', { ...client.form, client_id: '' }, 400, 'invalid_request'],
    ['a client_id of 20,000 characters', { ...client.form, client_id: 'a'.repeat(20_000) }, 401, 'invalid_client'],
    ['RES-01 a relative resource', { ...client.form, resource: 'fhir' }, 400, 'invalid_target'],
    ['RES-01 a path as the resource', { ...client.form, resource: '/fhir' }, 400, 'invalid_target'],
    ['RES-02 a resource with a fragment', { ...client.form, resource: `${playground}#x` }, 400, 'invalid_target'],
    ['RES-03 an unknown resource', { ...client.form, resource: 'https://evil.example/fhir' }, 400, 'invalid_target'],
    ['RES-03 a resource below its own', { ...client.form, resource: `${playground}/Patient` }, 400, 'invalid_target'],
    ['RES-04 the resource of another environment', { ...client.form, resource: production }, 400, 'invalid_target'],
    ['RES-11 two resources', { ...client.form, resource: [playground, production] }, 400, 'invalid_target'],
    ['RES-11 its own resource twice', { ...client.form, resource: [playground, playground] }, 400, 'invalid_target'],
  ];
  for (const [why, form, status, error] of forms) {
    it(`${why}: ${status} ${error}`, async () => {
      const refused = await postForm(token, form);
      assertRefused(refused, status, error);
      assert.equal(refused.headers.get('www-authenticate'), null, 'HTTP Basic was not tried');
    });
  }

  it('PD-14 also for a browser: JSON, not a page', async () => {
    assertRefused(await postForm(token, {}, { accept: 'text/html' }), 400, 'invalid_request');
  });

  it('RES-05 a client whose environment is not served: 400 invalid_target, never a token without audience', async () => {
    const { url: other } = await bed.start({ environments: { playground } });
    const { form } = await newClient(bed.clients, { environment: 'production' });
    assertRefused(await postForm(`${other}/oauth/token`, form), 400, 'invalid_target');
    assertRefused(await postForm(`${other}/oauth/token`, { ...form, resource: playground }), 400, 'invalid_target');
  });

  it('CORE-28 CORE-31 a grant that is not registered: 400 unauthorized_client', async () => {
    const { id: other, form } = await newClient(bed.clients);
    await bed.sql`update sso.client set grants = ${['authorization_code']}, redirect_uris = ${['https://a.uz/cb']}
                  where client_id = ${other}`;
    assertRefused(await postForm(token, form), 400, 'unauthorized_client');
  });

  it('CORE-27 and issues no refresh token', async () => {
    assert.equal('refresh_token' in (await postForm(token, client.form)).body, false);
  });
});

describe('HTTP Basic', () => {
  const challenge = `Basic realm="${issuer}", charset="UTF-8"`;
  const encoded = (text: string): string => Buffer.from(text).toString('base64');

  it('CORE-30 a wrong secret: 401 with a challenge', async () => {
    const refused = await postForm(token, grant, basic(id, 'wrong'));
    assertRefused(refused, 401, 'invalid_client');
    assert.equal(refused.headers.get('www-authenticate'), challenge);
  });

  it('another scheme: 401 with a challenge', async () => {
    const refused = await postForm(token, grant, { authorization: 'Bearer abc' });
    assertRefused(refused, 401, 'invalid_client');
    assert.equal(refused.headers.get('www-authenticate'), challenge);
  });

  it('CORE-01 beside a secret in the form: 400', async () => {
    assertRefused(await postForm(token, client.form, basic(id, secret)), 400, 'invalid_request');
  });

  it('beside another client_id in the form: 400', async () => {
    assertRefused(await postForm(token, { ...grant, client_id: 'x' }, basic(id, secret)), 400, 'invalid_request');
  });

  const malformed: [why: string, value: string][] = [
    ['nothing after the scheme', 'Basic'],
    ['not base64', 'Basic %%%'],
    ['no colon', `Basic ${encoded('abc')}`],
    ['a bad percent sequence', `Basic ${encoded('a%zz:b')}`],
    ['an empty secret', `Basic ${encoded(`${id}:`)}`],
    ['an empty id', `Basic ${encoded(`:${secret}`)}`],
    ['three parts', `Basic ${encoded(`${id}:${secret}`)} x`],
  ];
  for (const [why, authorization] of malformed) {
    it(`malformed (${why}): 400`, async () => {
      assertRefused(await postForm(token, grant, { authorization }), 400, 'invalid_request');
    });
  }
});

describe('what is not a form in a POST', () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    it(`CORE-12 CORE-13 ${method}: 405 with Allow: POST`, async () => {
      const body = ['GET', 'OPTIONS'].includes(method) ? {} : { body: new URLSearchParams(client.form) };
      const refused = await answer(await fetch(token, { method, ...body }));
      assert.equal(refused.status, 405);
      assert.equal(refused.headers.get('allow'), 'POST');
      assert.equal(refused.body['error'], 'invalid_request');
    });
  }

  it('CORE-15 a JSON body: 400', async () => {
    const body = JSON.stringify(client.form);
    const headers = { 'content-type': 'application/json' };
    assertRefused(await answer(await fetch(token, { method: 'POST', body, headers })), 400, 'invalid_request');
  });

  it('no body at all: 400', async () => {
    assertRefused(await answer(await fetch(token, { method: 'POST' })), 400, 'invalid_request');
  });

  it('a form in an unknown charset or compressed: 400', async () => {
    const body = new URLSearchParams(client.form).toString();
    for (const extra of [
      { 'content-type': `application/x-www-form-urlencoded; charset=utf-99` },
      { 'content-encoding': 'br' },
    ]) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', ...extra };
      assertRefused(await answer(await fetch(token, { method: 'POST', body, headers })), 400, 'invalid_request');
    }
  });

  it('a form that says its charset is UTF-8 is fine', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const body = new URLSearchParams(client.form).toString();
    assert.equal((await fetch(token, { method: 'POST', body, headers })).status, 200);
  });

  it('CORE-03 credentials in the query: 400, also beside a valid form', async () => {
    const query = new URLSearchParams(client.form).toString();
    assertRefused(await answer(await fetch(`${token}?${query}`, { method: 'POST' })), 400, 'invalid_request');
    assertRefused(await postForm(`${token}?client_secret=x`, client.form), 400, 'invalid_request');
    assertRefused(await postForm(`${token}?client_id=${id}`, grant, {}), 400, 'invalid_request');
  });

  it('CORE-39 a body of 60 KiB or 10 MiB: 413, and the server goes on', async () => {
    for (const size of [60 * 1024, 10 * 1024 ** 2]) {
      const refused = await postForm(token, { ...client.form, filler: 'x'.repeat(size) }).catch(
        (error: unknown) => error,
      );
      // A client that is still sending may see the connection end before it reads the answer; the answer is 413.
      if (!(refused instanceof Error)) assertRefused(refused as Answer, 413, 'invalid_request');
    }
    assert.equal(await chunked(10 * 1024 ** 2), 413);
    assert.equal((await postForm(token, client.form)).status, 200);
  });

  it('a body that ends early does no harm', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const aborted = request(token, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '500' },
    });
    aborted.on('error', () => resolve(undefined));
    aborted.write('grant_type=client_credentials');
    setImmediate(() => aborted.destroy(new Error('gone')));
    await promise;
    assert.equal((await postForm(token, client.form)).status, 200);
  });
});

/** Sends a body without saying its length, and resolves with the status. */
async function chunked(size: number): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const post = request(token, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  let status: number | undefined;
  post.on('response', (response) => {
    status = response.statusCode;
    response.resume();
    resolve(status);
  });
  post.on('error', (error) => (status === undefined ? reject(error) : undefined));
  post.write('filler=');
  for (let sent = 0; sent < size; sent += 65_536) post.write('x'.repeat(65_536));
  post.end();
  return promise;
}
