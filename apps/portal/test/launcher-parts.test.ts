/** The browser that the launcher simulates: its cookies, the addresses that it visits and never visits, and the requested scopes. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, it } from 'node:test';
import { openBrowser } from '../src/launcher/browser.ts';
import { scopesFor } from '../src/launcher/launch.ts';
import { isWayBack, signInAs } from '../src/launcher/sign-in.ts';

const cookies: [string, string | undefined][] = [];
let pages: Record<string, { status?: number; to?: string; html?: string; set?: string[] }> = {};
const server = createServer(({ url = '', headers }, response) => {
  cookies.push([url, headers.cookie]);
  const { status = 200, to, html = '', set = [] } = pages[url.split('?', 1)[0]!] ?? { status: 404 };
  for (const line of set) response.appendHeader('set-cookie', line);
  if (to !== undefined) response.setHeader('location', to);
  response.writeHead(to === undefined ? status : 303).end(html);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const internal = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
const published = 'https://sso.example.uz';
after(() => server.close());

const browser = (): ReturnType<typeof openBrowser> => openBrowser({ published, internal, headers: () => ({}) });
const at = (path: string): URL => new URL(`${published}${path}`);

it('keeps cookies by name and path, and forgets those that end', async () => {
  pages = {
    '/a': { set: ['one=1; Path=/', 'way=x; Path=/sign-in/7; HttpOnly', 'gone=2; Path=/'] },
    '/sign-in/7': { set: ['gone=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'way=y; Path=/sign-in/8'] },
    '/sign-in/77': {},
    '/sign-in/8/next': {},
  };
  cookies.length = 0;
  const one = browser();
  for (const path of Object.keys(pages)) await one.go(at(path));
  assert.deepEqual(cookies, [
    ['/a', undefined],
    ['/sign-in/7', 'one=1; way=x; gone=2'],
    ['/sign-in/77', 'one=1'],
    ['/sign-in/8/next', 'one=1; way=y'],
  ]);
});

it('goes to the Single Sign-On alone', async () => {
  for (const other of [
    'https://elsewhere.example.uz/x',
    'https://sso.example.uz.evil.uz/x',
    'http://sso.example.uz/x',
    'file:///etc/passwd',
  ])
    await assert.rejects(browser().go(new URL(other)), other);
  pages = { '/oauth/authorize': { to: 'http://169.254.169.254/latest' } };
  const asked = { address: at('/oauth/authorize'), redirectUri: 'https://a.example.uz/cb', as: '1', patient: '' };
  await assert.rejects(signInAs(browser(), asked));
});

it('stops at a page that a person has to answer, and where redirects lead nowhere', async () => {
  const asked = { address: at('/oauth/authorize'), redirectUri: 'https://a.example.uz/cb', as: '1', patient: '' };
  pages = { '/oauth/authorize': { html: '<h1>A code from the app &#38; more</h1><input name="csrf" value="k">' } };
  assert.deepEqual(await signInAs(browser(), asked), { stoppedAt: 'A code from the app & more' });
  pages = { '/oauth/authorize': { to: '/oauth/authorize' } };
  assert.deepEqual(await signInAs(browser(), asked), { stoppedAt: '' });
  pages = { '/oauth/authorize': { html: '<a href="?upstream=oneid">x</a>' } };
  assert.ok('stoppedAt' in (await signInAs(browser(), asked)), 'the system for trying out is asked once');
});

it('knows the redirect address of the application, also one of a telephone, with a code or an error alone', () => {
  const is = (to: string, redirect: string): boolean => isWayBack(new URL(to), redirect);
  assert.ok(is('https://a.uz/cb?code=1&state=2', 'https://a.uz/cb'));
  assert.ok(is('https://a.uz/cb?x=1&error=access_denied', 'https://a.uz/cb?x=1'));
  assert.ok(is('uz.example.app:/cb?code=1', 'uz.example.app:/cb'));
  for (const [to, redirect] of [
    ['https://a.uz/cb', 'https://a.uz/cb'],
    ['https://a.uz/cb/x?code=1', 'https://a.uz/cb'],
    ['https://b.uz/cb?code=1', 'https://a.uz/cb'],
    ['http://a.uz/cb?code=1', 'https://a.uz/cb'],
  ] as const)
    assert.ok(!is(to, redirect), to);
});

it('asks for what is registered, without the scopes of the other kind of launch and without a token of longer life', () => {
  const all = 'openid launch launch/patient patient/*.rs offline_access online_access';
  assert.deepEqual(scopesFor(all, true), ['openid', 'launch', 'patient/*.rs']);
  assert.deepEqual(scopesFor(all, false), ['openid', 'launch/patient', 'patient/*.rs']);
});
