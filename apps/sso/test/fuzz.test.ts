/** Random requests to every address of the SSO: each is answered by a refusal in its format, none by a fault. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { randomSource, type Random } from '../../../tests/random.ts';
import { isFull } from '../../../tests/sample.ts';
import { allRoutes, type Route } from './all-routes.ts';
import { operateBed } from './operate-bed.ts';
import { newClient, postForm } from './support.ts';
import { authorizeAddress, Browser, pkce } from './browser.ts';

const requests = Number(process.env['DHP_FUZZ_REQUESTS'] ?? (isFull ? 1500 : 0));
const seed = Number(process.env['DHP_FUZZ_SEED'] ?? 20261127);
const { bed, chromium, withoutScripts, people } = await operateBed({ send: () => Promise.resolve() });
const url = chromium.issuer;

const adminScopes = [
  'clients',
  'users',
  'sessions',
  'keys',
  'policies',
  'access-policies',
  'broken-glass',
  'legal-holds',
  'jobs',
].flatMap((part) => [`admin/${part}.read`, `admin/${part}.write`]);
const client = await newClient(bed.clients, {
  grants: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
  scopes: [
    'openid',
    'launch/patient',
    'dhp.launch',
    'system/*.cruds',
    'patient/*.rs',
    'admin/audit.read',
    ...adminScopes,
  ],
  redirectUris: ['http://localhost/cb'],
});

const uuid = people['operator']!.accountId;
const strange = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '%', '%00', '../..', '__proto__', 'constructor', 'null', 'undefined', 'NaN'],
  ...['0', '-1', '1e309', '9'.repeat(40), '2147483648', '1.5', 'true', '[]', '{}', '"', "'", '<script>', '\r\nX: y'],
  ...[
    'a'.repeat(5000),
    'ʻ'.repeat(300),
    '😀',
    '\u202e',
    '2026-02-30',
    '2026-11-27T25:00:00Z',
    '99999-01-01',
    '-infinity',
  ],
  ...['http://', 'https://x', 'javascript:alert(1)', 'urn:ietf:params:oauth:request_uri:x', 'not base64 !', 'a.b.c'],
  ...['openid', 'system/*.cruds', 'patient/Observation.rs?category=%', 'authorization_code', 'client_credentials'],
  ...['refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'code', 'S256', 'login', 'none', 'consent'],
  ...['uz', 'ru', 'form_post', 'query', 'fragment', 'http://localhost/cb', url, client.id, client.secret, uuid],
  'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  'eyJhbGciOiJub25lIn0.e30.',
];
const names = [
  ...['client_id', 'client_secret', 'grant_type', 'scope', 'code', 'code_verifier', 'redirect_uri', 'refresh_token'],
  ...[
    'device_code',
    'client_assertion',
    'client_assertion_type',
    'resource',
    'token',
    'token_type_hint',
    'response_type',
  ],
  ...['response_mode', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'login_hint'],
  ...['id_token_hint', 'acr_values', 'claims', 'request', 'request_uri', 'ui_locales', 'aud', 'launch', 'user_code'],
  ...[
    'xsrf',
    'confirm',
    'abort',
    'logout',
    'post_logout_redirect_uri',
    'csrf',
    'step',
    'username',
    'password',
    'patient',
  ],
  ...[
    'upstream',
    'q',
    'cursor',
    'after',
    'before',
    'from',
    'to',
    'reason',
    'role',
    'status',
    'count',
    'limit',
    'event',
  ],
  ...[
    'since',
    'application',
    'encounter',
    'fhir_context',
    'name',
    'email',
    'pinfl',
    'birthdate',
    'language',
    'act',
    '__proto__',
  ],
];
const jsonNames = [
  ...[
    'client_name',
    'scope',
    'redirect_uris',
    'grant_types',
    'jwks',
    'jwks_uri',
    'reason',
    'username',
    'name',
    'email',
  ],
  ...['password', 'identities', 'role', 'environment', 'organization', 'policy', 'scopes', 'alg', 'uses', 'expires'],
  ...[
    'token_endpoint_auth_method',
    'logo',
    'logo_uri',
    'post_logout_redirect_uris',
    'backchannel_logout_uri',
    'contacts',
  ],
  ...[
    'sign_in_methods',
    'minimal_authorize',
    'hex_challenge',
    'require_pkce',
    'disabled',
    'from',
    'to',
    'resourceType',
    'filter',
    '__proto__',
  ],
];

function jsonOf(random: Random, depth = 0): unknown {
  const kind = random.below(depth > 3 ? 5 : 8);
  if (kind < 4) return random.pick(strange);
  if (kind === 4) return random.pick([null, true, 0, -1, 1e300, 1.5]);
  if (kind === 5) return Array.from({ length: random.below(3) }, () => jsonOf(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: random.below(5) }, () => [random.pick(jsonNames), jsonOf(random, depth + 1)]),
  );
}

/** Percent-encoded, sometimes in a way that no encoder uses. */
function formOf(random: Random): string {
  const one = (): string => {
    const value = random.pick(strange);
    const text = random.oneIn(8) ? '%ff%c0%af' : encodeURIComponent(value.toWellFormed());
    return `${random.pick(names)}=${text}`;
  };
  return Array.from({ length: random.below(7) }, one).join(random.oneIn(20) ? ';' : '&');
}

interface Credentials {
  readonly bearer: string;
  readonly cookies: readonly string[];
}

function requestOf(random: Random, [routeMethod, route]: Route, known: Credentials): [string, RequestInit] {
  const method = random.oneIn(12)
    ? random.pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'GET'])
    : routeMethod;
  const filled = route.replaceAll(/:\w+|\*/g, () =>
    random.oneIn(3)
      ? uuid
      : encodeURIComponent(
          random
            .pick(strange)
            .toWellFormed()
            .slice(0, random.oneIn(20) ? 200 : 80),
        ),
  );
  const query = random.oneIn(2) ? `?${formOf(random)}` : '';
  const headers: Record<string, string> = {
    accept: random.pick(['text/html', '*/*', 'application/json', 'text/html;q=0']),
    'accept-language': random.pick(['ru', 'uz', 'en', 'xx;q=2', '*']),
  };
  if (!random.oneIn(4))
    headers['cookie'] = random.pick([...known.cookies, 'session=x; sign-in=y', '=; ;;', 'language=xx']);
  if (random.oneIn(2)) {
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    headers['authorization'] = random.pick([
      `Bearer ${known.bearer}`,
      `Bearer ${known.bearer}`,
      `Basic ${basic}`,
      ...['Bearer', 'Bearer x', 'Basic', 'Basic %%%', 'Basic Og==', 'DPoP x', 'Negotiate x'],
    ]);
  }
  if (random.oneIn(15)) headers['dpop'] = random.pick(['x', 'a.b.c', known.bearer]);
  if (random.oneIn(15)) headers['origin'] = random.pick(['null', 'https://evil.example', url]);
  if (method === 'GET' || method === 'HEAD') return [filled + query, { method, headers }];
  const isJson = route.startsWith('/admin') || route.includes('register') || route.includes('launch');
  const type = random.oneIn(15)
    ? random.pick(['text/plain', 'multipart/form-data', 'multipart/form-data; boundary=x', 'x', 'application/xml'])
    : isJson
      ? 'application/json'
      : 'application/x-www-form-urlencoded';
  headers['content-type'] = type;
  const json = (): string =>
    random.oneIn(10) ? random.pick(['{', '', 'null', '[]', '1', '"x"']) : JSON.stringify(jsonOf(random));
  const body = isJson ? json() : formOf(random);
  return [filled + query, { method, headers, body }];
}

it('no request is a fault', { timeout: 600_000 }, async (t) => {
  const all = await allRoutes(bed, url);
  assert.ok(all.length > 60, `${String(all.length)} routes`);
  const granted = await postForm(`${url}/oauth/token`, {
    ...client.form,
    scope: ['admin/audit.read', ...adminScopes].join(' '),
  });
  const faults: string[] = [];
  // Each route at least once.
  const count = Math.max(requests, all.length);
  for (let n = 0; n < count; n += 1) {
    const random = randomSource(seed, n);
    if (n % 250 === 0) known = await credentials(String(granted.body['access_token']));
    const [path, init] = requestOf(random, all[n % all.length]!, known!);
    const response = await fetch(url + path, { redirect: 'manual', ...init });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const isPlain = response.status >= 400 && text !== '' && !/json|html/.test(type);
    const isBare = response.headers.get('x-content-type-options') !== 'nosniff';
    if (response.status >= 500 || isPlain || isBare)
      faults.push(
        `${String(n)}: ${init.method!} ${path.slice(0, 200)}: ${String(response.status)} ${type} ${text.slice(0, 200)}`,
      );
  }
  t.diagnostic(`${String(count)} requests to ${String(all.length)} routes, seed ${String(seed)}`);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.deepEqual(faults, []);
});
let known: Credentials | undefined;

/** Returns credentials of browsers with a session, or with a sign-in in progress; the requests may end them. */
async function credentials(bearer: string): Promise<Credentials> {
  const { browser } = await withoutScripts('operator');
  const request = { client_id: client.id, response_type: 'code', redirect_uri: 'http://localhost/cb', scope: 'openid' };
  const signingIn = new Browser(url, 'en', {}, url);
  await signingIn.get(authorizeAddress({ ...request, ...pkce().query }));
  const cookies = [browser, signingIn].map((one) =>
    [...one.cookies].map(([name, { value }]) => `${name}=${value}`).join('; '),
  );
  return { bearer, cookies };
}
