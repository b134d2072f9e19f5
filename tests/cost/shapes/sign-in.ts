import { list, type Sent, type Shapes, type World } from '../shape.ts';

const form = (path: string, fields: string): Sent => ({
  ...{ server: 'sso', method: 'POST', path, body: fields },
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const json = (path: string, body: object): Sent => ({
  ...{ server: 'sso', method: 'POST', path, body: JSON.stringify(body) },
  headers: { 'content-type': 'application/json' },
});
const tokenFor = ({ client }: World, more: string): Sent =>
  form('oauth/token', `grant_type=client_credentials&client_id=${client.id}&client_secret=${client.secret}&${more}`);

/** A JWT of these claims whose signature is good for nothing: it is read and refused. */
const jwt = (claims: object, header: object = { alg: 'ES256', kid: 'k' }): string =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
  `.${'A'.repeat(86)}`;
const assertion = ({ client }: World, claims: object): string =>
  `grant_type=client_credentials&client_assertion_type=${encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')}` +
  `&client_assertion=${jwt({ iss: client.id, sub: client.id, exp: 4_000_000_000, jti: 'x', ...claims })}`;
const claims = (n: number): object => Object.fromEntries(list(n, (i) => [`c${i}`, i]));
const authorize = ({ client }: World, more: string): Sent => ({
  ...{ server: 'sso', method: 'GET' },
  path: `oauth/authorize?response_type=code&client_id=${client.id}&redirect_uri=http://localhost/&${more}`,
});

/** What one request can cost at the SSO; the largest body that it takes is small. */
export const signIn: Shapes = [
  { name: 'fields of a form', n: 50, make: (n, world) => tokenFor(world, list(n, (i) => `f${i}=x`).join('&')) },
  {
    name: 'one field of a form again',
    n: 50,
    make: (n, world) => tokenFor(world, list(n, () => 'scope=system/*.rs').join('&')),
  },
  {
    name: 'words of a scope',
    n: 50,
    make: (n, world) => tokenFor(world, `scope=${list(n, (i) => `system/Patient.rs?x=${i}`).join('+')}`),
  },
  {
    name: 'one word of a scope again',
    n: 50,
    make: (n, world) => tokenFor(world, `scope=${list(n, () => 'system/Patient.rs').join('+')}`),
  },
  {
    name: 'conditions of a scope',
    n: 20,
    make: (n, world) =>
      tokenFor(world, `scope=${encodeURIComponent(`system/Patient.rs?${list(n, (i) => `x${i}=y`).join('&')}`)}`),
  },
  {
    name: 'resources',
    n: 50,
    make: (n, world) => tokenFor(world, list(n, (i) => `resource=https://x${i}.example.org`).join('&')),
  },
  { name: 'claims of an assertion', n: 50, make: (n, world) => form('oauth/token', assertion(world, claims(n))) },
  {
    name: 'audiences of an assertion',
    n: 50,
    make: (n, world) => form('oauth/token', assertion(world, { aud: list(n, (i) => `https://x${i}.example.org`) })),
  },
  {
    name: 'levels of an assertion',
    n: 50,
    make: (n, world) =>
      form('oauth/token', assertion(world, { x: list(n, () => 0).reduce<unknown>((inner) => [inner], 1) })),
  },
  {
    name: 'claims of a DPoP proof',
    n: 20,
    most: 160,
    make: (n, world) => ({
      ...tokenFor(world, ''),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        dpop: jwt(claims(n), { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC' } }),
      },
    }),
  },
  {
    name: 'a long secret',
    n: 1_000,
    make: (n, { client }) =>
      form('oauth/token', `grant_type=client_credentials&client_id=${client.id}&client_secret=${'x'.repeat(n)}`),
  },
  {
    name: 'a long code',
    n: 1_000,
    make: (n, { client }) =>
      form(
        'oauth/token',
        `grant_type=authorization_code&client_id=${client.id}&client_secret=${client.secret}&code=${'x'.repeat(n)}&code_verifier=${'v'.repeat(n)}`,
      ),
  },
  {
    name: 'a long refresh token',
    n: 1_000,
    make: (n, { client }) =>
      form(
        'oauth/token',
        `grant_type=refresh_token&client_id=${client.id}&client_secret=${client.secret}&refresh_token=${'x'.repeat(n)}`,
      ),
  },
  {
    name: 'a token to introspect',
    n: 1_000,
    make: (n, { client }) =>
      form('oauth/introspect', `client_id=${client.id}&client_secret=${client.secret}&token=${'a.'.repeat(n)}`),
  },
  {
    name: 'a token to revoke',
    n: 1_000,
    make: (n, { client }) =>
      form('oauth/revoke', `client_id=${client.id}&client_secret=${client.secret}&token=${'a.'.repeat(n)}`),
  },
  {
    name: 'fields of a pushed request',
    n: 50,
    make: (n, { client }) =>
      form(
        'oauth/par',
        `client_id=${client.id}&client_secret=${client.secret}&response_type=code&${list(n, (i) => `f${i}=x`).join('&')}`,
      ),
  },
  {
    name: 'words of a pushed scope',
    n: 50,
    make: (n, { client }) =>
      form(
        'oauth/par',
        `client_id=${client.id}&client_secret=${client.secret}&response_type=code&scope=${list(n, (i) => `patient/Patient.rs?x=${i}`).join('+')}`,
      ),
  },
  {
    name: 'addresses at registration',
    n: 20,
    make: (n) =>
      json('oauth/register', { client_name: 'Cost', redirect_uris: list(n, (i) => `https://x${i}.example.org/cb`) }),
  },
  {
    name: 'members at registration',
    n: 50,
    make: (n) => json('oauth/register', { client_name: 'Cost', ...claims(n) }),
  },
  {
    name: 'keys at registration',
    n: 20,
    make: (n) =>
      json('oauth/register', {
        client_name: 'Cost',
        jwks: { keys: list(n, (i) => ({ kty: 'EC', crv: 'P-256', kid: `${i}`, x: 'AAAA', y: 'AAAA' })) },
      }),
  },
  {
    name: 'scopes of an authorization request',
    n: 20,
    most: 160,
    make: (n, world) =>
      authorize(
        world,
        `scope=${list(n, (i) => `patient/Patient.rs?x=${i}`)
          .map(encodeURIComponent)
          .join('+')}`,
      ),
  },
  {
    name: 'fields of an authorization request',
    n: 20,
    most: 400,
    make: (n, world) => authorize(world, list(n, (i) => `f${i}=x`).join('&')),
  },
  {
    name: 'claims that are asked for',
    n: 20,
    most: 160,
    make: (n, world) => authorize(world, `claims=${encodeURIComponent(JSON.stringify({ id_token: claims(n) }))}`),
  },
  {
    name: 'levels of acr_values',
    n: 20,
    most: 400,
    make: (n, world) => authorize(world, `acr_values=${list(n, (i) => `a${i}`).join('+')}`),
  },
  {
    name: 'cookies at the SSO',
    n: 20,
    most: 160,
    make: (n, world) => ({ ...authorize(world, ''), headers: { cookie: list(n, (i) => `c${i}=x`).join('; ') } }),
  },
  {
    name: 'languages at the SSO',
    n: 20,
    most: 160,
    make: (n, world) => ({
      ...authorize(world, ''),
      headers: { 'accept-language': list(n, (i) => `en-x${i}`).join(',') },
    }),
  },
  { name: 'a long device code', n: 500, make: (n) => form('oauth/device', `user_code=${'x'.repeat(n)}`) },
  {
    name: 'words of a device request',
    n: 50,
    make: (n, { client }) =>
      form(
        'oauth/device_authorization',
        `client_id=${client.id}&client_secret=${client.secret}&scope=${list(n, (i) => `patient/Patient.rs?x=${i}`).join('+')}`,
      ),
  },
];
