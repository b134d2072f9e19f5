/**
 * Each address in a request, in every nearly equal spelling: where a browser is sent with a code, with an error, or after signing out, and
 * the audience of a proof and an assertion. Nothing leads elsewhere, and every answer to a client names its issuer and can only be text.
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { sampleOf } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT } from './jose.ts';
import { issuer, newClient, playground, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const redirectUri = 'https://clinic.example.uz/cb';
const bye = 'https://clinic.example.uz/bye';
const native = 'http://127.0.0.1/cb';
const person = { username: 'aziza', password: 'a long and quiet password' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Aziza Karimova' });
const registered = { grants: ['authorization_code'], scopes: ['openid', 'user/*.rs'], public: true };
const spa = await newClient(bed.clients, {
  ...{ ...registered, redirectUris: [redirectUri], postLogoutRedirectUris: [bye] },
});
const web = await newClient(bed.clients, { ...registered, public: false, redirectUris: [redirectUri] });
const app = await newClient(bed.clients, { ...registered, redirectUris: [native] });
const browser = new Browser(url);
let idToken = '';

type Query = Record<string, string | undefined>;
const request = (more: Query = {}): Query => ({
  ...{ client_id: spa.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...pkce().query },
  ...more,
});

before(async () => {
  const { verifier, query } = pkce();
  const back = await signIn(browser, authorizeAddress(request(query)), person);
  const code = { code: back.searchParams.get('code')!, code_verifier: verifier };
  const form = { grant_type: 'authorization_code', client_id: spa.id, redirect_uri: redirectUri, ...code };
  idToken = String((await postForm(`${url}/oauth/token`, form)).body['id_token']);
});

/** Spellings of an address other than the registered one; a subset that differs at each call. */
const nearly = (address: string): readonly string[] => sampleOf(allNearly(address), 4, (calls += 1));
let calls = 0;

function allNearly(address: string): string[] {
  const { protocol, hostname, pathname } = new URL(address);
  const at = (host: string, path = pathname): string => `${protocol}//${host}${path}`;
  const letters = Array.from(pathname);
  return [
    ...[
      '/',
      '?',
      '?x=1',
      '#',
      '#x',
      '%00',
      '%20',
      '%2f',
      '%0d%0ax: y',
      ';x',
      '/.',
      '/..',
      '//',
      '.',
      '*',
      '\\',
      '\0',
      '\t',
      '\n',
      ' ',
    ],
  ]
    .map((end) => address + end)
    .concat([' ', '\t', '\n', '\0', '\ufeff', '"', "'", 'x', '/', '//'].map((begin) => begin + address))
    .concat([
      ...[address.toUpperCase(), address.slice(0, -1), address.replace(':', '%3a'), address.replace('//', '/')],
      ...[address.replace('//', '///'), address.replaceAll('/', '\\'), address.replace(protocol, '')],
      address.replace(/^https?/, (scheme) => (scheme === 'https' ? 'http' : 'https')),
      address.replace(/^https?/, (scheme) => scheme.toUpperCase()),
      ...[
        `javascript:${address}`,
        `data:text/html,${address}`,
        `blob:${address}`,
        'about:blank',
        'null',
        '.',
        '/',
        '*',
      ],
      ...[at(hostname.toUpperCase()), at(`${hostname}.`), at(`${hostname}:444`), at(`${hostname}:`)],
      ...[
        at(`a.${hostname}`),
        at(`${hostname}.evil.example`),
        at(`evil.example/${hostname}`),
        at(`evil.example?${hostname}`),
      ],
      ...[
        at(`x@${hostname}`),
        at(`x:y@${hostname}`),
        at(`${hostname}@evil.example`),
        at(`${hostname}:443@evil.example`),
      ],
      ...[at(`${hostname}\\@evil.example`), at(`${hostname}%40evil.example`), at(`evil.example#@${hostname}`)],
      ...[
        at(hostname.replace('.', '。')),
        at(hostname.replace('.', '%2e')),
        at(`${hostname}\u200b`),
        at(`\u00ad${hostname}`),
      ],
      ...[at(hostname.replace('i', 'і')), at(hostname.replace(/^./, '*')), at(hostname.replace(/^[^.]+\./, ''))],
      ...[at(hostname, `/x/..${pathname}`), at(hostname, `/.${pathname}`), at(hostname, `/%2e${pathname}`)],
      ...[at(hostname, `/${pathname}`), at(hostname, pathname.toUpperCase()), at(hostname, '/'), at(hostname, '')],
      at(
        hostname,
        `/${letters
          .slice(1)
          .map((one) => `%${one.codePointAt(0)!.toString(16)}`)
          .join('')}`,
      ),
      `${address},${address}`,
      `${address} ${address}`,
    ])
    .filter((one) => one !== address);
}

/** The same, with spellings that only loopback addresses have. */
const nearlyLoopback = [
  ...['http://localhost:1234/cb', 'http://[::1]:1234/cb', 'http://127.1:1234/cb', 'http://0x7f.0.0.1:1234/cb'],
  ...['http://2130706433:1234/cb', 'http://127.0.0.1.evil.example:1234/cb', 'http://127.0.0.1:1234@evil.example/cb'],
  ...['http://evil.example#@127.0.0.1:1234/cb', 'http://127.0.0.1:1234:80/cb', 'http://127.0.0.1:99999/cb'],
  ...[
    'http://127.0.0.1:1234/cb/',
    'http://127.0.0.1:1234/cb?x',
    'http://127.0.0.1:1234/cb#x',
    'http://127.0.0.2:1234/cb',
  ],
  ...['https://127.0.0.1:1234/cb', 'http://x@127.0.0.1:1234/cb', 'http://127.0.0.1:12 34/cb', 'http://127.0.0.1:-1/cb'],
  ...['http://127.0.0.1:1234\\@evil.example/cb', 'http://127.0.0.1:1234/%63b', 'HTTP://127.0.0.1:1234/cb'],
];

/** The target of an answer of any kind; undefined if it has none. */
async function leadsTo(address: string, init: RequestInit = {}): Promise<string | undefined> {
  const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  const headers = { accept: 'text/html', cookie };
  const response = await fetch(url + address, { redirect: 'manual', ...init, headers });
  const [, action] = /<form[^>]* action="(https?:[^"]*)"/.exec(await response.text()) ?? [];
  const location = response.headers.get('location');
  // A form is read by the page to which it leads.
  return location?.startsWith('/oauth/authorize?') === true ? leadsTo(location) : (location ?? action);
}

const post = (form: Query): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)),
});

describe('an address that is nearly the registered one', () => {
  const asks: Record<string, (address: string, more?: Query) => Promise<string | undefined>> = {
    'an authorization': (redirect_uri, more) => leadsTo(authorizeAddress(request({ redirect_uri, ...more }))),
    'an authorization by POST': (redirect_uri, more) =>
      leadsTo('/oauth/authorize', post(request({ redirect_uri, ...more }))),
    'a request with a fault': (redirect_uri, more) =>
      leadsTo(authorizeAddress(request({ redirect_uri, response_type: 'token', ...more }))),
    'a request with a fault, as a form': (redirect_uri, more) =>
      leadsTo(authorizeAddress(request({ redirect_uri, scope: '"', response_mode: 'form_post', ...more }))),
    'a silent request': (redirect_uri, more) =>
      leadsTo(authorizeAddress(request({ redirect_uri, prompt: 'none', max_age: '0', ...more }))),
  };
  for (const [ask, leads] of Object.entries(asks)) {
    it(`leads nowhere by ${ask}`, async (t) => {
      assert.match(String(await leads(redirectUri)), /^https:\/\/(?:clinic|sso)\.example\.uz\//);
      const faults: string[] = [];
      let tried = 0;
      for (const one of nearly(redirectUri)) {
        tried += 1;
        const to = await leads(one);
        if (to !== undefined) faults.push(`${JSON.stringify(one)}: ${to}`);
      }
      for (const one of [...nearly(native), ...sampleOf(nearlyLoopback, 4, (calls += 1))]) {
        tried += 1;
        const to = await leads(one, { client_id: app.id });
        // At whichever port the application listens.
        if (to !== undefined && !/^http:\/\/127\.0\.0\.1(?::\d{0,5})?\/cb$/.test(one))
          faults.push(`${JSON.stringify(one)}: ${to}`);
      }
      t.diagnostic(`${String(tried)} addresses`);
      assert.deepEqual(faults, []);
    });
  }

  it('leads nowhere by a request that is pushed, nor by the code itself', async () => {
    const faults: string[] = [];
    const pushed = async (redirect_uri: string): Promise<number> => {
      const form = {
        response_type: 'code',
        scope: 'openid',
        redirect_uri,
        client_id: web.id,
        client_secret: web.secret,
      };
      return (await postForm(`${url}/oauth/par`, { ...form, ...pkce().query })).status;
    };
    assert.equal(await pushed(redirectUri), 201);
    for (const one of nearly(redirectUri)) if ((await pushed(one)) < 400) faults.push(`pushed ${JSON.stringify(one)}`);
    for (const one of nearly(redirectUri).slice(0, 8)) {
      const { verifier, query } = pkce();
      const back = await signIn(browser, authorizeAddress(request(query)), person);
      const code = { code: back.searchParams.get('code')!, code_verifier: verifier };
      const form = { grant_type: 'authorization_code', client_id: spa.id, redirect_uri: one, ...code };
      if ((await postForm(`${url}/oauth/token`, form)).status < 400) faults.push(`a code at ${JSON.stringify(one)}`);
    }
    assert.deepEqual(faults, []);
  });

  it('leads nowhere after signing out, with a hint, a client, both, or neither', async (t) => {
    const faults: string[] = [];
    const ask = (query: Query): Promise<Page> =>
      browser.get(`/oauth/logout?${new URLSearchParams(query as Record<string, string>).toString()}`);
    const named: Query[] = [
      { id_token_hint: idToken },
      { client_id: spa.id },
      { id_token_hint: idToken, client_id: spa.id },
    ];
    let tried = 0;
    for (const by of named) {
      assert.equal((await ask({ ...by, post_logout_redirect_uri: bye })).status, 200);
      for (const one of nearly(bye)) {
        tried += 1;
        const page = await ask({ ...by, post_logout_redirect_uri: one, state: 's' });
        if (page.status !== 400)
          faults.push(`${Object.keys(by).join('+')} ${JSON.stringify(one)}: ${String(page.status)}`);
      }
    }
    // Without an identified person the page asks, and stays here.
    for (const one of [bye, ...nearly(bye)]) {
      tried += 1;
      const page = await ask({ post_logout_redirect_uri: one, state: 's' });
      const policy = page.headers.get('content-security-policy') ?? '';
      if (page.status !== 200 || /clinic|evil/.test(policy + page.text))
        faults.push(`of nobody ${JSON.stringify(one)}`);
    }
    // Hints and names that disagree.
    const disagreeing: Query[] = [
      { id_token_hint: idToken, client_id: web.id },
      { id_token_hint: idToken, client_id: randomUUID() },
      { client_id: randomUUID() },
    ];
    for (const one of disagreeing)
      if ((await ask({ ...one, post_logout_redirect_uri: bye })).status !== 400) faults.push(JSON.stringify(one));
    t.diagnostic(`${String(tried)} addresses`);
    assert.deepEqual(faults, []);
  });

  it('is no environment, whichever way a token is asked for', async () => {
    const faults: string[] = [];
    const server = await newClient(bed.clients);
    const of = async (resource: string): Promise<number> =>
      (await postForm(`${url}/oauth/token`, { ...server.form, resource })).status;
    assert.deepEqual([await of(playground), await of(`${playground}/`)], [200, 200]);
    for (const one of nearly(playground)) {
      if (one === `${playground}/`) continue;
      if ((await of(one)) < 400) faults.push(JSON.stringify(one));
    }
    assert.deepEqual(faults, []);
  });
});

it('a proof is for the method and address of its request, in whichever way a URL is written', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  const proof = (claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({ jti: randomUUID(), iat: Math.floor(Date.now() / 1000), htm: 'POST', ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
      .sign(pair.privateKey);
  const server = await newClient(bed.clients, { scopes: ['system/*.cruds'] });
  const endpoint = `${issuer}/oauth/token`;
  const taken = async (dpop: string): Promise<boolean> => {
    try {
      return (await postForm(`${url}/oauth/token`, server.form, { dpop })).status === 200;
    } catch {
      return false; // no header field can have it
    }
  };
  const faults: string[] = [];
  assert.ok(await taken(await proof({ htu: endpoint })));
  for (const htu of nearly(endpoint)) {
    // RFC 9449 section 4.3: without query and fragment, and as RFC 3986 compares.
    const is = URL.parse(htu);
    const isSame = is !== null && is.origin + is.pathname === endpoint && is.username === '';
    if ((await taken(await proof({ htu }))) !== isSame) faults.push(JSON.stringify(htu));
  }
  const wrong: Record<string, unknown>[] = [
    ...[{ htm: 'post' }, { htm: 'GET' }, { htm: '' }, { htm: undefined }, { htm: ['POST'] }],
    ...[
      { htu: undefined },
      { htu: [endpoint] },
      { htu: `${issuer}/oauth/par` },
      { jti: '' },
      { jti: undefined },
      { jti: 1 },
    ],
    ...[
      { iat: undefined },
      { iat: '0' },
      { iat: 0 },
      { iat: Math.floor(Date.now() / 1000) + 600 },
      { nonce: 'x' },
      { nonce: 1 },
    ],
  ];
  for (const one of wrong) if (await taken(await proof({ htu: endpoint, ...one }))) faults.push(JSON.stringify(one));
  const headers: Record<string, unknown>[] = [
    ...[{ typ: undefined }, { typ: 'JWT' }, { typ: 'at+jwt' }, { jwk: undefined }, { jwk: { kty: 'oct', k: 'AAAA' } }],
    { jwk: { ...jwk, d: (await exportJWK(pair.privateKey)).d } },
    { crit: ['x'], x: 1 },
  ];
  for (const one of headers) {
    const made = await proof({ htu: endpoint }, one).catch(() => undefined);
    if (made !== undefined && (await taken(made))) faults.push(JSON.stringify(one));
  }
  const [head, body] = (await proof({ htu: endpoint })).split('.') as [string, string];
  for (const one of [`${head}.${body}.`, `${head}.${body}.AA`, 'x', ''])
    if (one !== '' && (await taken(one))) faults.push(one);
  assert.deepEqual(faults, []);
});

describe('an answer to a client', () => {
  const texts = [
    `"><script>alert(1)</script>`,
    `'><img src=x onerror=alert(1)>`,
    `</form><form action="https://evil.example">`,
    `&quot;&#34;&lt;`,
    `javascript:alert(1)`,
    `a b+c%20d&e=f#g`,
    `\u2028\u202e${'ж'.repeat(50)}`,
  ];
  /** Requests that end with an error of each kind. */
  const failing: Query[] = [
    { response_type: 'token' },
    { response_type: 'id_token' },
    { scope: 'nothing' },
    { scope: '"' },
    { resource: 'https://evil.example' },
    { code_challenge: 'short' },
    { code_challenge_method: 'plain' },
    { prompt: 'none', max_age: '0' },
    { prompt: 'none login' },
    { prompt: '<b>' },
    { max_age: '-1' },
    { max_age: '<b>' },
    { request: 'a.b.c' },
    { request_uri: 'https://evil.example/r' },
    { id_token_hint: '<b>' },
    { code_challenge: undefined, code_challenge_method: undefined },
  ];

  const textOf = (html: string): string =>
    html
      .replaceAll(/&#(\d+);/g, (_whole, code: string) => String.fromCodePoint(Number(code)))
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');

  /** The parameters of an answer in any response mode; faults of the answer itself are recorded. */
  async function answered(query: Query, faults: string[]): Promise<URLSearchParams> {
    const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const response = await fetch(url + authorizeAddress(query), {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie },
    });
    const text = await response.text();
    const location = response.headers.get('location');
    const what = JSON.stringify(query);
    if (location !== null) {
      const to = new URL(location);
      if (to.origin + to.pathname !== redirectUri) faults.push(`${what}: ${location}`);
      const isInFragment = query['response_mode'] === 'fragment' || /token/.test(query['response_type'] ?? '');
      return new URLSearchParams(isInFragment && to.hash !== '' ? to.hash.slice(1) : to.search);
    }
    const policy = response.headers.get('content-security-policy') ?? '';
    const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(text) ?? [];
    const hashed = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
    const parts = [`default-src 'none'`, `script-src ${hashed}`, `base-uri 'none'`, `frame-ancestors 'none'`];
    const isGuarded = parts.every((part) => policy.split('; ').includes(part));
    if (!isGuarded) faults.push(`${what}: ${policy}`);
    if (response.headers.get('cache-control') !== 'no-store') faults.push(`${what}: is kept`);
    if (text.split('<script').length !== 2 || text.split('<form').length !== 2) faults.push(`${what}: ${text}`);
    if (!text.includes(`action="${redirectUri}"`)) faults.push(`${what}: leads elsewhere`);
    const inputs = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)];
    return new URLSearchParams(inputs.map(([, name, value]) => [name!, textOf(value!)]));
  }

  for (const mode of [undefined, 'query', 'fragment', 'form_post']) {
    it(`says whose it is and repeats the state as text, in the mode ${String(mode)}`, async (t) => {
      const faults: string[] = [];
      let tried = 0;
      for (const [n, more] of [{}, ...failing].entries()) {
        const state = texts[n % texts.length]!;
        const query = request({ ...more, state, response_mode: mode });
        const got = await answered(query, faults);
        tried += 1;
        const isRight = got.get('iss') === issuer && got.get('state') === state && got.has('code') === (n === 0);
        if (!isRight || got.has('error') === (n === 0)) faults.push(`${JSON.stringify(query)}: ${got.toString()}`);
      }
      for (const state of texts) {
        const got = await answered(request({ state, response_mode: mode }), faults);
        tried += 1;
        if (got.get('state') !== state || !got.has('code')) faults.push(`${JSON.stringify(state)}: ${got.toString()}`);
      }
      t.diagnostic(`${String(tried)} answers`);
      assert.deepEqual(faults, []);
    });
  }
});
