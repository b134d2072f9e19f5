/** Settings of a client that its pages show: accepted ways to sign in, its name and its picture. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import type { Upstream } from '@dhp/accounts/identity-systems';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const pictures = new Map<string, { status?: number; body: Buffer }>();
const host = createServer((request, response) => {
  const { status = 200, body } = pictures.get(request.url ?? '') ?? { status: 404, body: Buffer.alloc(0) };
  response.writeHead(status, status === 302 ? { location: body.toString() } : {}).end(body);
});
await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
after(() => host.close());
const { port } = host.address() as AddressInfo;
const hostUrl = `http://127.0.0.1:${String(port)}`;

/** An external identity system, of which only the answer matters here. */
const hospital: Upstream = {
  id: 'hospital',
  name: 'City hospital',
  address: ({ state, redirectUri }) => Promise.resolve(`https://id.example.uz/?to=${redirectUri}&state=${state}`),
  identify: () => Promise.resolve({ subject: 's-1', pinfl: undefined, name: 'Olim Usmonov', methods: ['pwd'] }),
};
const { url } = await bed.start({ upstreams: [hospital], allowedHosts: [`127.0.0.1:${String(port)}`] });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const person = { username: 'aziza', password: 'correct horse battery' };
const redirectUri = 'https://clinic.example.uz/cb';
const registration = { grants: ['authorization_code'], scopes: ['openid'], redirectUris: [redirectUri], public: true };

before(() => accounts.create({ ...person, name: 'Aziza Karimova' }));

async function clientWith(signInMethods: string[]): Promise<string> {
  return (await newClient(bed.clients, { ...registration, signInMethods })).id;
}

function at(clientId: string, more: Record<string, string> = {}): string {
  const { query } = pkce();
  return authorizeAddress({
    ...{ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' },
    ...query,
    ...more,
  });
}

/** Another person was signed in, and is signed out first: a form that a script sends. */
async function leaving(browser: Browser, page: Page): Promise<Page> {
  const [, action] = /<form method="post" action="([^"]*\/logout\/confirm)"/.exec(page.text) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(page.text) ?? [];
  return action === undefined ? page : browser.post(action, { xsrf, logout: 'yes' });
}

const offered = ({ text }: Page): string[] =>
  [
    text.includes('name="password"') ? 'password' : '',
    text.includes('upstream=hospital') ? 'hospital' : '',
    text.includes('data-passkey="') ? 'passkey' : '',
  ].filter((one) => one !== '');

describe('the ways to sign in that a client takes', () => {
  it('are the only ones offered; without any all are', async () => {
    const cases = [
      { methods: [], offers: ['password', 'hospital', 'passkey'] },
      { methods: ['password'], offers: ['password'] },
      { methods: ['hospital'], offers: ['hospital'] },
      { methods: ['passkey', 'hospital'], offers: ['hospital', 'passkey'] },
    ];
    for (const { methods, offers } of cases) {
      const page = await new Browser(url).get(at(await clientWith(methods)));
      assert.equal(page.status, 200);
      assert.deepEqual(offered(page), offers, methods.join());
    }
  });

  it('are the only ones taken, whatever form or link is sent', async () => {
    const browser = new Browser(url);
    const page = await browser.get(at(await clientWith(['hospital'])));
    const sent = await browser.submit(page, person, 'login');
    assert.deepEqual([offered(sent), sent.text.includes('value="allow"')], [['hospital'], false]);
    const passkey = await browser.submit(page, { credential: '{}' }, 'passkey');
    assert.equal(passkey.text.includes('value="allow"'), false);
    const other = new Browser(url);
    const password = await other.get(at(await clientWith(['password'])));
    const led = await other.get(`${password.address}?upstream=hospital`);
    assert.deepEqual(offered(led), ['password'], 'nobody is led away');
  });

  it('hold for who is signed in too: another way is asked for, or login_required without a page', async () => {
    const browser = new Browser(url);
    const byPassword = await clientWith(['password']);
    const byHospital = await clientWith(['hospital']);
    assert.ok((await signIn(browser, at(byPassword), person)).searchParams.has('code'));
    const silent = await browser.get(at(byHospital, { prompt: 'none' }));
    assert.equal(new URL(silent.address).searchParams.get('error'), 'login_required');
    const page = await browser.get(at(byHospital));
    assert.deepEqual(offered(page), ['hospital']);
    const away = new URL((await browser.get(`${page.address}?upstream=hospital`)).address);
    const state = away.searchParams.get('state')!;
    const back = await leaving(browser, await browser.get(`/upstream/hospital?code=c&state=${state}`));
    assert.match(back.text, /value="allow"/);
    assert.match(back.text, /signed in as Olim Usmonov/);
    await browser.submit(back, {}, 'allow');
    const again = await browser.get(at(byPassword));
    assert.deepEqual(offered(again), ['password'], 'and the other way round');
  });

  it('have names of a form', async () => {
    await assert.rejects(clientWith(['One ID']), /"One ID" is not a way to sign in/);
  });
});

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/5n3kXQAAAABJRU5ErkJggg==',
  'base64',
);
const dataOf = (bytes: Buffer, type = 'image/png'): string => `data:${type};base64,${bytes.toString('base64')}`;

describe('the picture of a client', () => {
  let token = '';

  before(async () => {
    const scopes = ['admin/clients.write'];
    const { form } = await newClient(bed.clients, { scopes });
    token = String((await postForm(`${url}/oauth/token`, { ...form, scope: scopes.join(' ') })).body['access_token']);
  });

  async function change(clientId: string, logoUri: string | null): Promise<Answer> {
    const response = await fetch(`${url}/admin/clients/${clientId}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'its new picture', logo: logoUri }),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, body: JSON.parse(text) as Record<string, unknown> };
  }

  it('is shown beside its name, from here, at an address that names the bytes', async () => {
    const { id } = await newClient(bed.clients, registration);
    assert.equal((await new Browser(url).get(at(id))).text.includes('<img'), false);
    const { status, body } = await change(id, dataOf(png));
    assert.equal(status, 200);
    const path = String(body['logo']);
    assert.match(path, /^\/client-logos\/[0-9a-f]{64}$/);
    const page = await new Browser(url).get(at(id));
    assert.ok(page.text.includes(`<img class="tile" src="${path}" alt=""`));
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'; img-src 'self'; /);
    const picture = await fetch(url + path);
    assert.deepEqual(Buffer.from(await picture.arrayBuffer()), png);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    assert.equal(picture.headers.get('x-content-type-options'), 'nosniff');
    assert.match(picture.headers.get('content-security-policy')!, /sandbox/);
    assert.match(picture.headers.get('cache-control')!, /immutable/);
    assert.equal((await change(id, null)).body['logo'], undefined);
    assert.equal((await fetch(url + path)).status, 404, 'nobody has it any more');
  });

  it('is fetched once, through the guard of all that goes out', async () => {
    const { id } = await newClient(bed.clients, registration);
    pictures.set('/logo.png', { body: png });
    const { body } = await change(id, `${hostUrl}/logo.png`);
    assert.match(String(body['logo']), /^\/client-logos\//);
    pictures.set('/logo.png', { body: Buffer.from('something else') });
    const served = await fetch(url + String(body['logo']));
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), png, 'what was fetched stays');
    pictures.set('/away', { status: 302, body: Buffer.from('https://example.uz/logo.png') });
    const refused: [string, RegExp][] = [
      [`${hostUrl}/logo.png`, /neither a PNG, a JPEG nor a WebP/],
      [`${hostUrl}/nothing`, /answered 404/],
      [`${hostUrl}/away`, /answered 302/],
      ['https://10.0.0.1/logo.png', /internal address/],
      ['https://169.254.169.254/logo.png', /internal address/],
      ['http://example.uz/logo.png', /not https/],
      ['file:///etc/passwd', /neither data:image/],
      [dataOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'), /neither data:image/],
      [dataOf(Buffer.from('<script>alert(1)</script>')), /neither a PNG/],
      [dataOf(Buffer.concat([png, Buffer.alloc(41 * 1024)])), /more than 40 KiB/],
    ];
    for (const [uri, why] of refused) {
      const answer = await change(id, uri);
      assert.equal(answer.status, 400, uri.slice(0, 60));
      assert.match(String(answer.body['error_description']), why, uri.slice(0, 60));
    }
    assert.equal((await fetch(`${url}/client-logos/${'0'.repeat(64)}`)).status, 404);
    assert.equal((await fetch(`${url}/client-logos/..%2f..%2fetc`)).status, 404);
  });
});
