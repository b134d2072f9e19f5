/** Clients that begin an authorization by device, or push a request, and their authentication (RFC 8628 section 3.1, RFC 9126). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { basic, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const redirectUri = 'https://clinic.example.uz/cb';
const devices = `${url}/oauth/device_authorization`;
const pushed = `${url}/oauth/par`;

const box = await newClient(bed.clients, { grants: [device], scopes: ['openid', 'user/*.rs'] });
const openBox = await newClient(bed.clients, { grants: [device], scopes: ['openid'], public: true });
const web = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes: ['openid', 'user/*.rs'], redirectUris: [redirectUri] },
});
const openWeb = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes: ['openid'], redirectUris: [redirectUri], public: true },
});

describe('device authorization', () => {
  it('takes the client by HTTP Basic alone, with its id beside it, or in the form', async () => {
    for (const [form, headers] of [
      [{}, basic(box.id, box.secret)],
      [{ client_id: box.id, scope: 'openid' }, basic(box.id, box.secret)],
      [{ client_id: box.id, client_secret: box.secret }, {}],
      [{ client_id: openBox.id }, {}],
    ] as const) {
      const { status, body, text } = await postForm(devices, form, headers);
      assert.equal(status, 200, text);
      assert.equal(typeof body['device_code'], 'string');
    }
  });

  it('refuses a client that does not authenticate, and two names', async () => {
    const wrong = await postForm(devices, {}, basic(box.id, 'wrong'));
    assert.deepEqual([wrong.status, wrong.body['error']], [401, 'invalid_client']);
    assert.match(wrong.headers.get('www-authenticate') ?? '', /^Basic/);
    const other = await postForm(devices, { client_id: openBox.id }, basic(box.id, box.secret));
    assert.deepEqual([other.status, other.body['error']], [400, 'invalid_request']);
    assert.equal((await postForm(devices, {})).body['error'], 'invalid_request');
  });

  it('is unauthorized_client for a client that is not registered for it', async () => {
    for (const [form, headers] of [
      [{}, basic(web.id, web.secret)],
      [{ client_id: web.id, client_secret: web.secret }, {}],
      [{ client_id: openWeb.id }, {}],
    ] as const) {
      const { status, body } = await postForm(devices, form, headers);
      assert.deepEqual([status, body['error']], [400, 'unauthorized_client']);
    }
  });
});

describe('a pushed request', () => {
  const form = { response_type: 'code', redirect_uri: redirectUri, scope: 'openid user/*.rs' };

  it('takes the client by HTTP Basic alone', async () => {
    const { status, text } = await postForm(pushed, form, basic(web.id, web.secret));
    assert.equal(status, 201, text);
  });

  it('is unauthorized_client for a client without the grant authorization_code', async () => {
    const { status, body } = await postForm(pushed, form, basic(box.id, box.secret));
    assert.deepEqual([status, body['error']], [400, 'unauthorized_client']);
  });
});
