/**
 * Every parameter of every endpoint for programs: of the protocols as specified, of the administration as its acts declare them, of
 * registration and of the developers' API. No value causes a fault, none is stored as another text, and none is sent twice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acts } from '@dhp/administration/testing';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { isFull, sampleOf } from '../../../tests/sample.ts';
import { dutiesBed } from './duties-bed.ts';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { allRoutes } from './all-routes.ts';
import { pkce } from './browser.ts';
import { addCase } from './identity-bed.ts';
import { answer, newClient, postForm, type Answer } from './support.ts';

const { bed, chromium, operatorClient, target, clock, register, idOf } = await dutiesBed();
const url = chromium.issuer;
const isForm = 'application/x-www-form-urlencoded';

const redirectUri = 'http://localhost/cb';
const app = await newClient(bed.clients, {
  ...{ grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'] },
  ...{ scopes: ['openid', 'launch', 'patient/*.rs'], redirectUris: [redirectUri] },
});
const program = await newClient(bed.clients, { scopes: ['system/*.cruds', 'dhp.launch'] });
const own = { client_id: app.id, client_secret: app.secret };
const programs = { client_id: program.id, client_secret: program.secret };
const authorization = { ...own, response_type: 'code', redirect_uri: redirectUri, scope: 'openid', state: 's' };

/** A valid request of each endpoint, and its further parameters. */
const endpoints: Record<string, { form: Record<string, string>; more: readonly string[] }> = {
  '/oauth/token': {
    form: { ...programs, grant_type: 'client_credentials' },
    more: [
      'scope',
      'resource',
      'code',
      'code_verifier',
      'redirect_uri',
      'refresh_token',
      'device_code',
      'client_assertion',
    ],
  },
  '/oauth/par': {
    form: { ...authorization, ...pkce().query },
    more: [
      ...[
        'nonce',
        'prompt',
        'max_age',
        'acr_values',
        'login_hint',
        'id_token_hint',
        'claims',
        'request',
        'request_uri',
      ],
      ...['ui_locales', 'response_mode', 'aud', 'launch', 'resource', 'registration', 'dpop_jkt', 'client_assertion'],
    ],
  },
  '/oauth/device_authorization': { form: own, more: ['scope', 'resource', 'nonce', 'acr_values', 'max_age', 'prompt'] },
  '/oauth/introspect': { form: { ...programs, token: 'a.b.c' }, more: ['token_type_hint', 'client_assertion'] },
  '/oauth/revoke': { form: { ...own, token: 'x' }, more: ['token_type_hint', 'client_assertion'] },
  '/oauth/launch': {
    form: { ...programs, application: app.id, patient: 'p-1' },
    more: [
      ...['encounter', 'practitioner', 'intent', 'need_patient_banner', 'smart_style_url', 'fhir_context'],
      ...['purpose_of_use', 'purpose_reason'],
    ],
  },
};

const send = async (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  answer(await fetch(url + path, { method: 'POST', body, headers: { 'content-type': isForm, ...headers } }));

const granted = await postForm(`${url}/oauth/token`, operatorClient.form);

/** Calls an act of the administration with all members unchanged. */
async function call(act: string, parts: Record<string, string>, values: Record<string, unknown>): Promise<Answer> {
  const [method = '', path = ''] = act.split(' ');
  const at = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(parts[name] ?? 'x'));
  const headers = { authorization: `Bearer ${String(granted.body['access_token'])}` };
  if (method === 'GET' || method === 'DELETE') {
    const query = Object.entries(values).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return answer(await fetch(`${url}/admin${at}?${new URLSearchParams(query).toString()}`, { method, headers }));
  }
  const type = { 'content-type': 'application/json' };
  return answer(
    await fetch(`${url}/admin${at}`, { method, headers: { ...headers, ...type }, body: JSON.stringify(values) }),
  );
}

const long = 'ʻ'.repeat(3000);
const texts = [
  ...['\0', 'a\0b', '', ' ', long, '__proto__', 'constructor', '-1', '1e309', '9'.repeat(30), '[]', '{}', 'null'],
  ...['{"__proto__":{}}', '[{"identifier":{"value":"\\u0000"}}]', '[{"identifier":{"value":"\\ud800"}}]'],
  ...['[{"canonical":"urn:x:\\u0000"}]', 'urn:ietf:params:oauth:request_uri:\0', 'eyJhbGciOiJub25lIn0.e30.', 'a.b.c'],
  ...['https://x', 'https://x/\0', 'https://\u202e', '\r\nX-Y: z', '2026-02-30', '%00', '\u0130', 'ﬁ'],
];

describe('a parameter of the protocols', () => {
  it('is never a fault', async (t) => {
    const faults: string[] = [];
    let sent = 0;
    for (const [path, { form, more }] of Object.entries(endpoints)) {
      assert.ok((await send(path, new URLSearchParams(form).toString())).status < 300, path);
      const cases = [...Object.keys(form), ...more].flatMap((name) => texts.map((text) => ({ name, text })));
      for (const { name, text } of sampleOf(cases, 8, path.length, ({ name: of, text }) =>
        text.includes('\0') || text.includes('\\u') ? of + text : of,
      )) {
        sent += 1;
        const { status, text: said } = await send(path, new URLSearchParams({ ...form, [name]: text }).toString());
        if (status >= 500) faults.push(`${path} ${name}=${JSON.stringify(text.slice(0, 60))}: ${said.slice(0, 200)}`);
      }
    }
    t.diagnostic(`${String(sent)} values`);
    assert.deepEqual(faults, []);
  });

  it('is sent once (RFC 6749 sections 3.1 and 3.2)', async () => {
    const faults: string[] = [];
    for (const [path, { form }] of Object.entries(endpoints))
      for (const name of Object.keys(form)) {
        const twice = new URLSearchParams(form);
        twice.append(name, `${form[name]!}2`);
        const { status, body } = await send(path, twice.toString());
        if (status !== 400 || body['error'] !== 'invalid_request')
          faults.push(`${path} ${name}: ${String(status)} ${String(body['error'])}`);
      }
    assert.deepEqual(faults, []);
  });
});

/** JSON values that are invalid as text, within the limits of a member. */
const bad = ['\0', '\ud800', 'a\udc00b'];
const around = (text: string): unknown[] => [
  text,
  [text],
  { [text]: text },
  [{ [text]: 'x' }],
  { keys: [{ kty: 'RSA', kid: text, n: text, e: 'AQAB' }] },
  [{ environment: 'playground', reference: text }],
];
/** Well-formed values that no client would send. */
const odd: unknown[] = [
  long,
  '',
  [],
  {},
  [[]],
  [null],
  { __proto__x: 1 },
  1e300,
  -1,
  true,
  null,
  '2026-02-30',
  'https://x',
];

describe('a member of the administration', () => {
  it('is never a fault, nor stored as another text', async (t) => {
    await register('aziza', 'Aziza Karimova');
    const faults: string[] = [];
    let sent = 0;
    for (const one of acts) {
      const act = `${one.method} ${one.path}`;
      const { parts, values: good } = await target(act);
      if (act.includes('{case_id}')) {
        parts['case_id'] = await addCase(bed.sql, idOf('aziza'), { kind: 'several', ids: ['a', 'b'], at: clock() });
      }
      const reason = one.method === 'GET' ? {} : { reason: 'asked for by telephone' };
      const values = { ...good, ...reason };
      const names = [...Object.keys(one.takes ?? {}), 'reason'];
      const isQuery = one.method === 'GET' || one.method === 'DELETE';
      const cases = names.flatMap((name) => [
        ...bad.flatMap((text) => around(text).map((value) => ({ name, value, isBad: true }))),
        ...odd.map((value) => ({ name, value, isBad: false })),
      ]);
      for (const { name, value, isBad } of sampleOf(cases, 30, act.length, (of) => of.name + String(of.isBad))) {
        sent += 1;
        const { status, text } = await call(act, parts, { ...values, [name]: value });
        const place = `${act} ${name}=${JSON.stringify(value).slice(0, 80)}`;
        if (status >= 500) faults.push(`${place}: ${text.slice(0, 200)}`);
        if (isBad && !isQuery && status < 400) faults.push(`${place}: taken`);
      }
      for (const name of Object.keys(parts)) {
        const { status, text } = await call(act, { ...parts, [name]: 'x\0y' }, values);
        if (status >= 500) faults.push(`${act} {${name}}: ${text.slice(0, 200)}`);
      }
    }
    t.diagnostic(`${String(sent)} values of ${String(acts.length)} acts`);
    assert.deepEqual(faults, []);
  });
});

describe('a member of a registration', () => {
  const members = [
    ...['client_name', 'client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'contacts', 'scope', 'redirect_uris', 'jwks'],
    ...[
      'jwks_uri',
      'grant_types',
      'response_types',
      'post_logout_redirect_uris',
      'backchannel_logout_uri',
      'software_id',
    ],
    ...['initiate_login_uri', 'software_version', 'token_endpoint_auth_method', 'launch_uri', 'unknown_member'],
  ];

  it('is never a fault, nor stored as another text', async () => {
    const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester', clock });
    const scopes = ['openid', 'patient/*.rs'];
    const { secret } = await tokens.create({ name: 'House', environment: 'playground', scopes, maxUses: 1000 });
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const good = { client_name: 'X', redirect_uris: ['https://app.uz/cb'], token_endpoint_auth_method: 'none' };
    const faults: string[] = [];
    assert.equal((await send('/oauth/register', JSON.stringify(good), headers)).status, 201);
    const cases = members.flatMap((name) => [
      ...bad.flatMap((text) =>
        [...around(text), [`x@${text}.uz`], `https://x.uz/${text}`, [`https://x.uz/${text}`]].map((value) => ({
          ...{ name, value, isBad: true },
        })),
      ),
      ...odd.map((value) => ({ name, value, isBad: false })),
    ]);
    for (const { name, value, isBad } of sampleOf(cases, 8, 1, (of) => of.name + String(of.isBad))) {
      const { status, text } = await send('/oauth/register', JSON.stringify({ ...good, [name]: value }), headers);
      const place = `${name}=${JSON.stringify(value).slice(0, 80)}`;
      if (status >= 500) faults.push(`${place}: ${text.slice(0, 200)}`);
      if (isBad && status < 400) faults.push(`${place}: taken`);
    }
    assert.deepEqual(faults, []);
  });
});

describe('the address of a client', () => {
  const characters = [
    ...Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)),
    '\u2028',
    'ё',
    '。',
    '\ud800',
  ];

  it('is refused, or one source of the policy of a page', async () => {
    const faults: string[] = [];
    const plain = contentSecurityPolicy({ redirectUri: 'https://a.uz/cb' }).split(';').length;
    let taken = 0;
    for (const one of characters)
      for (const redirectUri of [`https://a${one}b.uz/cb`, `https://a.uz${one}/cb`, `com.a${one}b.app:/cb`]) {
        const policy = contentSecurityPolicy({ redirectUri });
        const isOne = /form-action 'self'(?: \S*)?; frame-ancestors 'none'$/.test(policy) && !policy.includes(',');
        if (!isOne || policy.split(';').length !== plain) faults.push(`${redirectUri}: ${policy}`);
        const o = { grants: ['authorization_code'], scopes: ['openid'], redirectUris: [redirectUri], public: true };
        const isTaken = await newClient(bed.clients, o).then(
          () => true,
          () => false,
        );
        if (isTaken) taken += 1;
        if (isTaken && !/^[\w.:/-]+ $/.test(`${/form-action 'self' (\S*);/.exec(policy)?.[1] ?? ''} `))
          faults.push(`${redirectUri} is taken`);
      }
    assert.ok(taken > 100, String(taken));
    assert.deepEqual(faults, []);
  });
});

it('a request without a body, or of another kind, is never a fault at any route', async () => {
  const faults: string[] = [];
  for (const [method, route] of await allRoutes(bed, url)) {
    // The other methods are mostly refused by the path.
    if (method === 'GET' || method === 'HEAD' || (method !== 'POST' && !isFull)) continue;
    const path = route.replaceAll(/:\w+|\*/g, 'x');
    const sent: RequestInit[] = [
      { method },
      { method, body: new Uint8Array() },
      { method, body: 'x', headers: { 'content-type': '' } },
      { method, body: '\0', headers: { 'content-type': 'application/json' } },
      { method, body: '"\\ud800"', headers: { 'content-type': 'application/json; charset=utf-16' } },
      { method, body: 'null', headers: { 'content-type': 'application/json' } },
      { method, body: 'a=b', headers: { 'content-type': `${isForm}; charset=x` } },
      { method, body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    ];
    for (const init of sampleOf(sent, 3, route.length, ({ body }) => body === undefined)) {
      const response = await fetch(url + path, { ...init, redirect: 'manual' });
      const said = await response.text();
      if (response.status >= 500) faults.push(`${method} ${path} ${JSON.stringify(init)}: ${said.slice(0, 120)}`);
    }
  }
  assert.deepEqual(faults, []);
});
