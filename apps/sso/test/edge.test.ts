/** Headers of every answer, health, the start page, and addresses that do not exist. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { createSso } from '@dhp/sso';
import { answer, issuer, newClient, playground, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();

describe('security headers', () => {
  it('are on every answer, also on those of the token endpoint', async () => {
    const { form } = await newClient(bed.clients);
    const answers = [
      await postForm(`${url}/oauth/token`, form),
      await postForm(`${url}/oauth/token`, {}),
      ...(await Promise.all(['/', '/healthz', '/oauth/jwks', '/nowhere', '/oauth/token'].map(get))),
    ];
    for (const { headers } of answers) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.match(headers.get('strict-transport-security')!, /^max-age=\d{8}; includeSubDomains$/);
      const policy = headers.get('content-security-policy')!;
      for (const directive of [/(object|default)-src 'none'/, /base-uri 'none'/, /frame-ancestors 'none'/]) {
        assert.match(policy, directive);
      }
      assert.equal(headers.get('x-powered-by'), null);
    }
  });

  it('do not pin localhost to TLS: no Strict-Transport-Security for an http issuer', async () => {
    const local = await bed.start({ issuer: 'http://localhost:9000' });
    const { headers } = await fetch(`${local.url}/healthz`);
    assert.equal(headers.get('strict-transport-security'), null);
  });

  it('BCP-12 BCP-13 the token endpoint lets no script of another origin read it', async () => {
    const { form } = await newClient(bed.clients);
    const { status, headers } = await postForm(`${url}/oauth/token`, form, { origin: 'https://any.example' });
    assert.equal(status, 200);
    assert.equal(headers.get('access-control-allow-origin'), null);
  });
});

describe('health', () => {
  it('/healthz and /readyz answer 200', async () => {
    assert.deepEqual((await get('/healthz')).body, { status: 'ok' });
    const ready = await get('/readyz');
    assert.equal(ready.status, 200);
    assert.deepEqual(ready.body, { status: 'ready', checks: { database: 'ok', commits: 'ok', signingKeys: 'ok' } });
  });

  it('without the database /readyz and tokens are 503, and /healthz is still 200', async () => {
    const sql = connect(bed.databaseUrl, { max: 1 });
    const other = await bed.start({ sql });
    const { form } = await newClient(bed.clients);
    await sql.end();
    const ready = await answer(await fetch(`${other.url}/readyz`));
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.body['checks'], { database: 'unreachable', commits: 'not confirmed', signingKeys: 'ok' });
    const refused = await postForm(`${other.url}/oauth/token`, form);
    assert.equal(refused.status, 503);
    assert.equal(refused.body['error'], 'temporarily_unavailable');
    assert.ok(refused.headers.get('retry-after'));
    assert.equal((await fetch(`${other.url}/healthz`)).status, 200);
  });
});

describe('the start page', () => {
  const languages: [header: string | undefined, language: string][] = [
    [undefined, 'uz'],
    ['ru', 'ru'],
    ['en-US,en;q=0.9', 'en'],
    ['uz-Cyrl-UZ', 'uz-Cyrl'],
    ['de, ru;q=0.5, en;q=0.7', 'en'],
    ['ru;q=0', 'uz'],
    ['kk', 'uz'],
    ['*', 'uz'],
    [',;q=,=;;', 'uz'],
  ];
  for (const [header, language] of languages) {
    it(`UX-01 Accept-Language ${String(header)} gets ${language}`, async () => {
      // fetch would send its own header field.
      const { text, headers } = await rawGet('/', header === undefined ? {} : { 'accept-language': header });
      assert.match(text, new RegExp(`<html lang="${language}">`));
      assert.equal(headers['content-language'], language);
      assert.equal(headers['vary'], 'Accept-Language, Accept-Encoding');
    });
  }

  it('changes its language by a link, and its links lead somewhere', async () => {
    const { text } = await get('/?ui_locales=ru');
    assert.match(text, /<html lang="ru">/);
    assert.match(text, new RegExp(`<code>${issuer}/oauth/token</code>`));
    for (const [, href] of text.matchAll(/href="([^"]+)"/g)) {
      // Some lead to a sign-in, which needs a browser with cookies.
      const { status } = await fetch(url + href!, { redirect: 'manual' });
      assert.ok(status === 200 || status === 303 || status === 302, `${href}: ${status}`);
    }
  });

  it('keeps the language on the way from an account page to signing in', async () => {
    const { status, headers } = await fetch(`${url}/account?ui_locales=ru`, { redirect: 'manual' });
    assert.equal(status, 303);
    assert.equal(new URL(headers.get('location')!, url).searchParams.get('ui_locales'), 'ru');
  });

  it('BCP-10 BCP-11 may not be framed and loads nothing', async () => {
    const { headers, text } = await get('/');
    const policy = headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(text, /<script|src=/);
  });
});

describe('what does not exist', () => {
  for (const path of ['/nowhere', '/oauth', '/oauth/token/', '/.well-known/nothing', '/__proto__']) {
    it(`${path}: 404 in JSON`, async () => {
      const { status, body } = await get(path);
      assert.equal(status, 404);
      assert.equal(body['error'], 'not_found');
    });
  }

  for (const path of ['/%zz', '/%', '/%c0%ae']) {
    it(`${path}: 4xx in JSON`, async () => {
      const { statusCode, text } = await rawGet(path);
      assert.ok(statusCode! >= 400 && statusCode! < 500);
      assert.ok((JSON.parse(text) as { error?: string }).error);
    });
  }
});

describe('TRACE', () => {
  for (const path of ['/', '/account', '/oauth/token', '/oauth/authorize', '/admin/users']) {
    it(`is no method of ${path}, and nothing of the request comes back`, async () => {
      const { statusCode, text } = await rawGet(path, { cookie: 'session=not-to-be-seen' }, 'TRACE');
      assert.ok(statusCode === 404 || statusCode === 405, String(statusCode));
      assert.ok(!text.includes('not-to-be-seen'));
    });
  }
});

describe('options', () => {
  const wrong: [why: string, change: object, message: RegExp][] = [
    ['a relative issuer', { issuer: 'sso' }, /issuer: "sso" is not an absolute/],
    ['an issuer with a slash at the end', { issuer: 'https://sso.example/' }, /must not end with a slash/],
    ['no environment', { environments: {} }, /at least one FHIR environment/],
    ['one base URL for two', { environments: { playground, production: playground } }, /told apart/],
    ['a short key', { encryptionKey: Buffer.alloc(16) }, /32 bytes are needed, not 16/],
  ];
  for (const [why, change, message] of wrong) {
    it(`are refused at the start: ${why}`, async () => {
      const base = { sql: bed.sql, issuer, environments: { playground }, encryptionKey: bed.encryptionKey };
      await assert.rejects(createSso({ ...base, defaultLanguage: 'uz', ...change }), message);
    });
  }
});

async function get(path: string): ReturnType<typeof answer> {
  return answer(await fetch(url + path));
}

interface RawAnswer {
  statusCode: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

async function rawGet(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const { hostname, port } = new URL(url);
  request({ hostname, port, path, headers, method }, (response) => {
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve({ statusCode: response.statusCode, headers: response.headers, text }));
  })
    .on('error', reject)
    .end();
  return promise;
}
