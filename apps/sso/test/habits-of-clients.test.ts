/** Habits of third-party libraries: additions to requests that the RFCs allow without another meaning. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ask } from '../../../tests/ask.ts';
import { codeBed } from './code-bed.ts';
import { newClient, playground, postForm, type Answer } from './support.ts';

const { bed, url, token, spa, web, code, exchange, tokens } = await codeBed();
const backend = await newClient(bed.clients);
const nameOnly = (id: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:`).toString('base64')}`,
});
const [revocation, introspection] = [`${url}/oauth/revoke`, `${url}/oauth/introspect`];

describe('HTTP Basic with an id and no secret', () => {
  const grant = 'authorization_code';
  const redeem = async (form: Record<string, string>, headers: Record<string, string>): Promise<Answer> => {
    const { back, verifier } = await code({ scope: 'openid offline_access user/*.rs' });
    const sent = { code: back.searchParams.get('code')!, code_verifier: verifier };
    return postForm(
      token,
      { grant_type: grant, redirect_uri: 'https://clinic.example.uz/cb', ...sent, ...form },
      headers,
    );
  };

  it('names a public client, at every endpoint, with its id in the form too', async () => {
    const first = await redeem({}, nameOnly(spa.id));
    assert.equal(first.status, 200, first.text);
    const refresh = { grant_type: 'refresh_token', refresh_token: first.body['refresh_token'] as string };
    const second = await postForm(token, { ...refresh, client_id: spa.id }, nameOnly(spa.id));
    assert.equal(second.status, 200, second.text);
    const revoked = { token: second.body['refresh_token'] as string };
    assert.equal((await postForm(revocation, revoked, nameOnly(spa.id))).status, 200);
    const again = { ...refresh, refresh_token: revoked.token };
    assert.equal((await postForm(token, again, nameOnly(spa.id))).body['error'], 'invalid_grant');
  });

  it('is refused beside another client in the form', async () => {
    for (const id of [web.id, 'nobody']) {
      const { status, body } = await redeem({ client_id: id }, nameOnly(spa.id));
      assert.deepEqual([status, body['error']], [400, 'invalid_request']);
    }
  });

  it('lets nobody in who has a secret, nor whoever is unknown', async () => {
    for (const id of [web.id, backend.id, 'nobody']) {
      const answers = [
        await redeem({}, nameOnly(id)),
        await postForm(token, { grant_type: 'client_credentials' }, nameOnly(id)),
        await postForm(revocation, { token: 'x' }, nameOnly(id)),
        await postForm(introspection, { token: 'x' }, nameOnly(id)),
      ];
      for (const { status, body } of answers) assert.ok(status >= 400 && status < 500, JSON.stringify(body));
    }
    assert.equal((await postForm(introspection, { token: 'x' }, nameOnly(spa.id))).status, 401);
  });
});

it('a parameter without a value counts as left out, at every endpoint', async () => {
  const { access_token: own } = await tokens();
  const empty = { client_secret: '', client_assertion: '', client_assertion_type: '' };
  assert.equal((await postForm(revocation, { token: own!, client_id: spa.id, ...empty })).status, 200);
  const { id, secret } = backend;
  const header = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
  for (const form of [empty, { ...empty, client_id: '' }]) {
    const machine = await postForm(token, { grant_type: 'client_credentials', ...form }, header);
    assert.equal(machine.status, 200, machine.text);
    const told = await postForm(introspection, { token: machine.body['access_token'] as string, ...form }, header);
    assert.equal(told.body['active'], true, told.text);
  }
});

describe('a form that names its charset or coding as libraries do', () => {
  const type = 'application/x-www-form-urlencoded';
  const variants: Record<string, string>[] = [
    ...[
      'UTF-8',
      '"utf-8"',
      'utf8',
      'us-ascii',
      'ISO-8859-1',
      'iso-8859-15',
      'latin1',
      'windows-1251',
      'Windows-1252',
    ].map((charset) => ({ 'content-type': `${type}; charset=${charset}` })),
    { 'content-type': type.toUpperCase() },
    { 'content-type': type, 'content-encoding': 'identity' },
  ];
  const { client_id: id, client_secret: secret } = backend.form;
  const own = { client_id: id!, client_secret: secret! };
  const asked = { response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb', scope: 'openid' };
  const forms: readonly (readonly [path: string, form: Record<string, string>])[] = [
    ['/oauth/token', backend.form],
    ['/oauth/revoke', { ...own, token: 'x' }],
    ['/oauth/introspect', { ...own, token: 'x' }],
    ['/oauth/par', { ...asked, client_id: web.id, client_secret: web.secret }],
    ['/oauth/device_authorization', own],
  ];
  for (const [path, form] of forms) {
    const send = (headers: Record<string, string>, more = ''): Promise<Answer> =>
      ask(url + path, { method: 'POST', headers, body: new URLSearchParams(form).toString() + more }).then(
        ({ status, headers: fields, text }) => ({ status, headers: fields, text, body: {} }),
      );

    it(`is read at ${path} as without that`, async () => {
      const { status, text } = await send({ 'content-type': type });
      const errorOf = (said: string): string | undefined => /"error":"(\w+)"/.exec(said)?.[1];
      for (const headers of variants) {
        const answered = await send(headers);
        const found = [answered.status, errorOf(answered.text)];
        assert.deepEqual(found, [status, errorOf(text)], JSON.stringify(headers));
      }
    });

    it(`is refused at ${path} where its characters are those of that charset`, async () => {
      for (const headers of variants) assert.equal((await send(headers, '&name=%E9t%E9')).status, 400);
    });
  }
});

describe('a base URL with a slash at the end', () => {
  const slashed = `${playground}/`;

  it('is the resource that it is without, of a program', async () => {
    for (const resource of [playground, slashed]) {
      const { status, text } = await postForm(token, { ...backend.form, resource });
      assert.equal(status, 200, text);
    }
    assert.equal((await postForm(token, { ...backend.form, resource: `${slashed}/` })).body['error'], 'invalid_target');
    assert.equal((await postForm(token, { ...backend.form, resource: '/' })).body['error'], 'invalid_target');
    const two = { ...backend.form, resource: [slashed, 'https://elsewhere.example.uz/'] };
    assert.equal((await postForm(token, two)).status, 400);
  });

  it('and of a person, with the code too', async () => {
    for (const name of ['resource', 'aud']) {
      const { back, verifier } = await code({ [name]: slashed });
      const answer = await exchange({
        code: back.searchParams.get('code')!,
        code_verifier: verifier,
        resource: slashed,
      });
      assert.equal(answer.status, 200, answer.text);
    }
  });
});

it('whoever signs is told what an assertion needs, not to look at a secret', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
  const { id } = await newClient(bed.clients, { jwks });
  for (const [address, form] of [
    [token, { grant_type: 'client_credentials' }],
    [revocation, { token: 'x' }],
  ] as const) {
    const signing = new SignJWT({ iss: id, sub: id, aud: 'https://elsewhere.example.uz', jti: randomUUID() });
    const header = { alg: 'ES384', kid: 'k1' };
    const client_assertion = await signing.setProtectedHeader(header).setExpirationTime('1h').sign(privateKey);
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const { status, body } = await postForm(address, { ...form, client_assertion, client_assertion_type });
    assert.deepEqual([status, body['error']], [401, 'invalid_client']);
    assert.match(
      String(body['error_description']),
      /aud this endpoint or the issuer and no other server, exp at most 300 seconds ahead/,
    );
  }
});

it('a revocation answers nothing, and an empty object to those who ask for JSON', async () => {
  for (const [accept, expected] of [
    [undefined, ''],
    ['*/*', ''],
    ['application/json', '{}'],
    ['application/json, application/*+json;q=0.5', '{}'],
  ] as const) {
    const { access_token: own } = await tokens();
    const { status, headers, text } = await postForm(
      revocation,
      { token: own!, client_id: spa.id },
      accept === undefined ? {} : { accept },
    );
    assert.deepEqual([status, text], [200, expected], accept);
    if (expected !== '') assert.match(headers.get('content-type') ?? '', /^application\/json/);
  }
});

it('whoever asks for fewer scopes by other words is told to name those that were granted', async () => {
  const { refresh_token: refreshToken } = await tokens({ scope: 'openid offline_access user/*.rs' });
  const form = {
    grant_type: 'refresh_token',
    client_id: spa.id,
    refresh_token: refreshToken!,
    scope: 'user/Patient.rs',
  };
  const { status, body } = await postForm(token, form);
  assert.deepEqual([status, body['error']], [400, 'invalid_scope']);
  assert.match(String(body['error_description']), /not granted with this refresh token/);
});
