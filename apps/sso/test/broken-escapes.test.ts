/** Text that is not UTF-8 in queries, forms and JSON: refused, never taken for another value. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start({ limits: { perClient: 100_000, perAddress: 100_000 } });
const { form: credentials } = await newClient(bed.clients);
const known = new URLSearchParams(credentials).toString();

interface Heard {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly type?: string;
  readonly bearer?: string;
  readonly body?: string | Buffer;
  /** Without a length, in chunks. */
  readonly chunked?: boolean;
}

/** Sent unchanged: `fetch` corrects addresses. */
function ask({ method, path, type, bearer, body, chunked = false }: Sent): Promise<Heard> {
  const { hostname, port } = new URL(url);
  const headers = {
    ...(type !== undefined && { 'content-type': type }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    ...(body !== undefined && !chunked && { 'content-length': String(Buffer.byteLength(body)) }),
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const escapes = ['%ED%A0%80', '%', '%4g', '%zz', '%C3', '%E2%82', '%80', '%C0%AF', '%FF', '%F5%80%80%80', '%D0&x=%9A'];
const isForm = 'application/x-www-form-urlencoded';

function assertRefused({ status, headers, text }: Heard, what: string): void {
  assert.equal(status, 400, `${what}: ${text.slice(0, 200)}`);
  assert.equal((JSON.parse(text) as { error: string }).error, 'invalid_request', what);
  assert.equal(headers['location'], undefined, what);
}

describe('an escape that is no UTF-8', () => {
  const queries = [
    '/oauth/authorize',
    '/',
    '/oauth/logout',
    '/sign-in/x',
    '/password/link',
    '/admin/clients',
    '/oauth/device',
  ];
  it('is refused in every query, and leads nowhere', async () => {
    for (const path of queries) {
      for (const escape of escapes) {
        const beside = `client_id=${credentials['client_id']!}&redirect_uri=https%3A%2F%2Fapp.example.uz%2Fcb`;
        for (const query of [`state=${escape}`, `${beside}&state=${escape}`, `st${escape}te=x`]) {
          assertRefused(await ask({ method: 'GET', path: `${path}?${query}` }), `${path}?${query}`);
        }
      }
    }
  });

  const forms = [
    ...['/oauth/token', '/oauth/par', '/oauth/device_authorization', '/oauth/introspect', '/oauth/revoke'],
    ...['/oauth/authorize', '/oauth/logout', '/oauth/launch', '/oauth/userinfo'],
  ];
  it('is refused in every form', async () => {
    for (const path of forms) {
      for (const escape of escapes) {
        for (const body of [`client_id=${escape}`, `${known}&code=${escape}`, `${known}&na${escape}me=x`]) {
          const heard = await ask({ method: 'POST', path, type: isForm, body });
          assertRefused(heard, `${path} ${body}`);
        }
      }
    }
  });

  it('is refused in a form that comes in chunks', async () => {
    for (const path of forms) {
      const heard = await ask({ method: 'POST', path, type: isForm, body: `${known}&code=%FF`, chunked: true });
      assertRefused(heard, path);
    }
  });

  it('is refused as bytes in every form', async () => {
    for (const path of forms) {
      for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0xa9]]) {
        const body = Buffer.concat([Buffer.from(`${known}&code=a`), Buffer.from(bytes)]);
        assertRefused(await ask({ method: 'POST', path, type: isForm, body }), `${path} ${String(bytes)}`);
      }
    }
  });
});

it('bytes of JSON that are no UTF-8 are refused', async () => {
  const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester' });
  const made = await tokens.create({ name: 'House', environment: 'playground', scopes: ['openid'], maxUses: 9 });
  const json = { method: 'POST', path: '/oauth/register', type: 'application/json', bearer: made.secret } as const;
  for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0xa9]]) {
    const body = Buffer.concat([Buffer.from('{"client_name":"'), Buffer.from(bytes), Buffer.from('"}')]);
    for (const chunked of [false, true]) {
      const heard = await ask({ ...json, body, chunked });
      assert.equal(heard.status, 400, heard.text);
      assert.equal((JSON.parse(heard.text) as { error: string }).error, 'invalid_client_metadata');
    }
  }
});

it('well encoded forms and queries are read as they were', async () => {
  const body = `${known}&x=%D0%9A+%25&&`;
  const heard = await ask({ method: 'POST', path: '/oauth/token', type: isForm, body });
  assert.equal(heard.status, 200, heard.text);
  assert.equal((await ask({ method: 'POST', path: '/oauth/token', type: isForm, body, chunked: true })).status, 200);
  assert.equal((await ask({ method: 'GET', path: '/?ui_locales=%75z&x=%D0%9A' })).status, 200);
});
