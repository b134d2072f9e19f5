/** Hostile requests to the endpoints of the protocol: each parameter of theirs, long and again and again. */
import { list } from '../../requests.ts';
import type { Sent } from '../../shape.ts';
import { authorization } from '../../sso/people.ts';
import { application, assertion, form, formOf, get, json, members, proof } from '../../sso/requests.ts';
import { noGenerator, type Hostile } from '../generator.ts';
import type { SsoAnnounced } from './announced.ts';
import type { Ground } from './ground.ts';
import { valuesOf } from './values.ts';

/** Of the registry of OAuth's parameters (https://www.iana.org/assignments/oauth-parameters), and SMART's. */
const ofAuthorization = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge'],
  ...['code_challenge_method', 'prompt', 'max_age', 'ui_locales', 'claims_locales', 'id_token_hint', 'login_hint'],
  ...['acr_values', 'claims', 'display', 'resource', 'aud', 'launch', 'request', 'request_uri', 'registration'],
  ...['dpop_jkt', 'authorization_details'],
];
const ofAuthentication = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];

type Send = (ground: Ground, fields: string) => Sent;

const formTo =
  (path: string, base: string): Send =>
  ({ world }, fields) =>
    formOf(world.client, path, `${base}${fields}`);
const formByApplication =
  (path: string, base: string): Send =>
  (ground, fields) =>
    formOf(ground.application, path, `${base}${fields}`);
const inAddress: Send = (ground, fields) => get(`oauth/authorize?${authorization(ground.application)}&${fields}`);
const pushedBase = `response_type=code&scope=openid&redirect_uri=${application.redirect_uris[0]!}&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256&`;

/** Endpoints, with the parameters that they read. */
const endpoints: Readonly<Record<string, readonly [Send, readonly string[]]>> = {
  authorization_endpoint: [inAddress, ofAuthorization],
  pushed_authorization_request_endpoint: [
    formByApplication('oauth/par', pushedBase),
    [...ofAuthorization, ...ofAuthentication],
  ],
  token_endpoint: [
    formTo('oauth/token', 'grant_type=client_credentials&'),
    ['grant_type', 'scope', 'resource', 'audience', 'code', 'refresh_token', ...ofAuthentication],
  ],
  userinfo_endpoint: [(_, fields) => form('oauth/userinfo', fields), ['access_token']],
  introspection_endpoint: [formTo('oauth/introspect', ''), ['token', 'token_type_hint', ...ofAuthentication]],
  revocation_endpoint: [formTo('oauth/revoke', ''), ['token', 'token_type_hint', ...ofAuthentication]],
  device_authorization_endpoint: [
    formByApplication('oauth/device_authorization', ''),
    ['scope', 'resource', 'nonce', 'claims', 'acr_values', ...ofAuthentication],
  ],
  end_session_endpoint: [
    (_, fields) => get(`oauth/logout?${fields}`),
    ['id_token_hint', 'logout_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales'],
  ],
  jwks_uri: [(_, fields) => get(`oauth/jwks?${fields}`), []],
  registration_endpoint: [(_, fields) => form('oauth/register', fields), []],
};

/** Grants, with the parameters of their token requests. */
const grants: Readonly<Record<string, readonly string[]>> = {
  authorization_code: ['code', 'redirect_uri', 'code_verifier'],
  refresh_token: ['refresh_token', 'scope'],
  client_credentials: ['scope', 'resource'],
  'urn:ietf:params:oauth:grant-type:device_code': ['device_code'],
};

function ofParameters(what: string, send: Send, names: readonly string[], ground: Ground): Hostile[] {
  return [
    {
      ...{ name: `${what} with parameters that nobody knows`, n: 20 },
      make: (n) => send(ground, list(n, (i) => `f${i}=x`).join('&')),
    },
    ...names.flatMap((name) => [
      { name: `${what} with a long ${name}`, n: 300, make: (n: number) => send(ground, `${name}=${'x'.repeat(n)}`) },
      {
        ...{ name: `${what} with ${name} of many words`, n: 40 },
        make: (n: number) => send(ground, `${name}=${list(n, (i) => `w${i}`).join('+')}`),
      },
      {
        ...{ name: `${what} with ${name} again and again`, n: 10 },
        make: (n: number) => send(ground, list(n, (i) => `${name}=w${i}`).join('&')),
      },
    ]),
  ];
}

export function ofEndpoint(
  { member }: Extract<SsoAnnounced, { kind: 'endpoint' }>,
  ground: Ground,
): readonly Hostile[] {
  const known = endpoints[member];
  if (known === undefined) throw noGenerator(`the endpoint ${member}`);
  return ofParameters(member, ...known, ground);
}

/** Parameters that a choice is sent in, as often as asked. */
const inScope = (value: string, n: number): string => `scope=${list(n, () => encodeURIComponent(value)).join('+')}`;

/** A request by a way of authentication, at an endpoint. */
const authentications: Readonly<Record<string, (path: string, ground: Ground) => Hostile>> = {
  client_secret_basic: (path) => ({
    ...{ name: `${path} with a long Authorization`, n: 300 },
    make: (n) =>
      form(path, 'token=x', { authorization: `Basic ${Buffer.from(`x:${'x'.repeat(n)}`).toString('base64')}` }),
  }),
  client_secret_post: (path) => ({
    ...{ name: `${path} with a long secret`, n: 300 },
    make: (n) => form(path, `client_id=x&client_secret=${'x'.repeat(n)}&token=x`),
  }),
  private_key_jwt: (path, { world, signer }) => ({
    ...{ name: `${path} with an assertion of many claims`, n: 50 },
    make: (n) => ({ ...assertion(world, signer, members(n)), path }),
  }),
  none: (path) => ({
    ...{ name: `${path} with a long client_id`, n: 300 },
    make: (n) => form(path, `client_id=${'x'.repeat(n)}&token=x`),
  }),
};

const pathOf: Readonly<Record<string, string>> = {
  token_endpoint: 'oauth/token',
  introspection_endpoint: 'oauth/introspect',
  revocation_endpoint: 'oauth/revoke',
};

type Choice = (value: string, ground: Ground, member: string) => readonly Hostile[];

const authorize =
  (parameter: string): Choice =>
  (value, ground) => [
    {
      ...{ name: `an authorization request with ${value} in ${parameter} many times`, n: 20 },
      make: (n) => inAddress(ground, `${parameter}=${list(n, () => encodeURIComponent(value)).join('+')}`),
    },
    {
      ...{ name: `an authorization request with ${parameter}=${value} and a long state`, n: 300 },
      make: (n) => inAddress(ground, `${parameter}=${encodeURIComponent(value)}&state=${'x'.repeat(n)}`),
    },
  ];

const atEndpoint: Choice = (value, ground, member) => {
  const authenticate = authentications[value];
  const path = pathOf[member.replace(/_auth_methods_supported$/, '')];
  if (authenticate === undefined || path === undefined) throw noGenerator(`${member}: ${value}`);
  return [authenticate(path, ground)];
};

const byAlgorithm: Choice = (alg, { world, signer }, member) => {
  const path = pathOf[member.replace(/_auth_signing_alg_values_supported$/, '')];
  if (path === undefined) throw noGenerator(`${member}: ${alg}`);
  return [
    {
      ...{ name: `${path} with an assertion by ${alg} with a header of many members`, n: 50 },
      make: (n) => ({ ...assertion(world, signer, {}, { ...members(n), alg }), path }),
    },
  ];
};

/** Members of the metadata that list what a caller may choose from. */
const choices: Readonly<Record<string, Choice>> = {
  grant_types_supported(grant, ground) {
    const names = grants[grant];
    if (names === undefined) throw noGenerator(`the grant ${grant}`);
    const send = formByApplication('oauth/token', `grant_type=${encodeURIComponent(grant)}&`);
    return ofParameters(`a token request by ${grant}`, send, names, ground);
  },
  response_types_supported: authorize('response_type'),
  response_modes_supported: authorize('response_mode'),
  code_challenge_methods_supported: authorize('code_challenge_method'),
  ui_locales_supported: authorize('ui_locales'),
  acr_values_supported: authorize('acr_values'),
  scopes_supported: (value, ground) => [
    {
      ...{ name: `a token request with ${value} many times`, n: 50 },
      make: (n) => endpoints['token_endpoint']![0](ground, inScope(value, n)),
    },
    {
      name: `an authorization request with ${value} many times`,
      n: 20,
      make: (n) => inAddress(ground, inScope(value, n)),
    },
  ],
  claims_supported: (value, ground) => [
    {
      ...{ name: `an authorization request that asks for many values of ${value}`, n: 20 },
      make: (n) =>
        inAddress(
          ground,
          `claims=${encodeURIComponent(JSON.stringify({ id_token: { [value]: { values: list(n, (i) => `v${i}`) } } }))}`,
        ),
    },
  ],
  dpop_signing_alg_values_supported: (alg, { world }) => [
    {
      ...{ name: `a proof by ${alg} of many claims`, n: 20 },
      make: (n) => {
        const sent = formOf(world.client, 'oauth/token', 'grant_type=client_credentials');
        return { ...sent, headers: { ...sent.headers, dpop: proof(world, members(n), {}, alg) } };
      },
    },
  ],
  token_endpoint_auth_methods_supported: atEndpoint,
  introspection_endpoint_auth_methods_supported: atEndpoint,
  revocation_endpoint_auth_methods_supported: atEndpoint,
  token_endpoint_auth_signing_alg_values_supported: byAlgorithm,
  introspection_endpoint_auth_signing_alg_values_supported: byAlgorithm,
  revocation_endpoint_auth_signing_alg_values_supported: byAlgorithm,
};

export function ofChoice(
  { member, value }: Extract<SsoAnnounced, { kind: 'choice' }>,
  ground: Ground,
): readonly Hostile[] {
  const known = choices[member];
  if (known === undefined) throw noGenerator(`the member ${member} of the metadata`);
  return known(value, ground, member);
}

/** Of a client that registers itself. */
export function ofRegistration(
  { name, schema }: Extract<SsoAnnounced, { kind: 'registration' }>,
  { registrationToken }: Ground,
): readonly Hostile[] {
  const client = { client_name: 'Cost', grant_types: ['client_credentials'], scope: 'system/Patient.rs' };
  return valuesOf(`${name} of a registration`, schema).map(({ name: what, n: size, make }) => ({
    ...{ name: `a registration with ${what} as ${name}`, n: size },
    make: (n) => json('oauth/register', { ...client, [name]: make(n) }, registrationToken),
  }));
}
