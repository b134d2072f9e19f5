/** Pages for a person at a browser when there is no other to show; programs get JSON at the same addresses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { Browser, authorizeAddress, pkce } from './browser.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

type PageInit = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };
const page = (path: string, { headers, ...init }: PageInit = {}, at = url): Promise<Response> =>
  fetch(at + path, { redirect: 'manual', ...init, headers: { accept: 'text/html,*/*;q=0.8', ...headers } });

describe('an address at which there is nothing', () => {
  for (const [language, title] of [
    ['uz', 'Bunday sahifa yoʻq'],
    ['ru', 'Такой страницы нет'],
    ['en', 'There is no such page'],
  ]) {
    it(`has a page in ${language!}`, async () => {
      const answer = await page('/acount', { headers: { 'accept-language': language! } });
      const text = await answer.text();
      assert.equal(answer.status, 404);
      assert.match(answer.headers.get('content-type')!, /^text\/html/);
      assert.equal(answer.headers.get('content-language'), language);
      assert.match(answer.headers.get('content-security-policy')!, /default-src 'none'.*frame-ancestors 'none'/);
      assert.match(text, new RegExp(`<h1>${title!}</h1>`));
    });
  }

  it('has a switch to another language', async () => {
    const [, other = ''] = /href="([^"]*)" lang="ru"/.exec(await (await page('/acount')).text()) ?? [];
    const text = await (
      await page(new URL(other.replaceAll('&#38;', '&'), `${url}/acount`).href.slice(url.length))
    ).text();
    assert.match(text, /<h1>Такой страницы нет<\/h1>/);
  });

  it('has the language that was chosen before', async () => {
    assert.match(await (await page('/acount', { headers: { cookie: 'language=ru' } })).text(), /<html lang="ru">/);
  });

  it('that cannot be decoded is said by a page, too', async () => {
    const answer = await page('/%zz');
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /<h1>Bu soʻrovga javob berib boʻlmaydi<\/h1>/);
  });
});

describe('without the database', () => {
  it('each page says so in the language of the person, and names the request to the operator', async () => {
    const sql = connect(bed.databaseUrl, { max: 1 });
    const other = await bed.start({ sql });
    const { id } = await newClient(bed.clients, {
      ...{ grants: ['authorization_code', deviceGrant], scopes: ['openid'], public: true },
      redirectUris: ['https://app.example/cb'],
    });
    await sql.end();
    const request = { client_id: id, response_type: 'code', redirect_uri: 'https://app.example/cb', scope: 'openid' };
    const authorize = authorizeAddress({ ...request, ...pkce().query });
    const headers = { 'accept-language': 'ru', 'x-request-id': 'asked-1' };
    const form = { method: 'POST', body: new URLSearchParams({ user_code: 'BCDF-GHJK' }) };
    const answers = [
      await page(authorize, { headers }, other.url),
      await page('/oauth/device', { headers, ...form }, other.url),
      await page(`/client-logos/${'a'.repeat(64)}`, { headers }, other.url),
    ];
    for (const answer of answers) {
      const text = await answer.text();
      assert.equal(answer.status, 503, `${answer.url}: ${text}`);
      assert.equal(answer.headers.get('retry-after'), '5');
      assert.equal(answer.headers.get('x-request-id'), 'asked-1');
      assert.equal(answer.headers.get('x-frame-options'), 'DENY');
      assert.match(text, /<h1>Сервис сейчас недоступен<\/h1>/);
      assert.match(text, /<code>asked-1<\/code>/);
    }
    const program = await fetch(other.url + authorize, { redirect: 'manual' });
    assert.equal(((await program.json()) as { error: string }).error, 'temporarily_unavailable');
  });
});

describe('the form of a device', () => {
  it('that comes with no cookie is asked once more, and then goes on', async () => {
    const { id } = await newClient(bed.clients, { grants: [deviceGrant], scopes: ['openid'], public: true });
    const begun = await postForm(`${url}/oauth/device_authorization`, { client_id: id, scope: 'openid' });
    const { user_code: userCode } = begun.body as Record<string, string>;
    const browser = new Browser(url, 'en');
    const again = await browser.post('/oauth/device', { xsrf: 'of another browser', user_code: userCode! });
    assert.equal(again.status, 400);
    assert.match(again.text, /The page was too old, or the browser keeps no cookies/);
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(again.text) ?? [];
    const question = await browser.post('/oauth/device', { xsrf, user_code: userCode! });
    assert.match(question.text, /Is this your device\?/);
  });

  it('with a wrong code says so', async () => {
    const browser = new Browser(url, 'en');
    const asked = await browser.get('/oauth/device');
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(asked.text) ?? [];
    const wrong = await browser.post('/oauth/device', { xsrf, user_code: 'BCDF-GHJK' });
    assert.equal(wrong.status, 200);
    assert.match(wrong.text, /There is no such code, or it has expired/);
  });

  it('is not taken for a wrong code when it is too old', async () => {
    const limited = await bed.start();
    for (let n = 0; n < 15; n += 1) {
      const { status } = await new Browser(limited.url, 'en').post('/oauth/device', { user_code: 'BCDF-GHJK' });
      assert.equal(status, 400);
    }
  });
});
