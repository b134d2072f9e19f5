import { list } from '../requests.ts';
import type { Credentials, Sent, Shapes, World } from '../shape.ts';
import { assertion, form, formOf, levels, members, proof, registered, scopes, signingClient } from '../sso/requests.ts';

const forToken = (
  { client }: Pick<World, 'client'>,
  more: string,
  headers: Readonly<Record<string, string>> = {},
): Sent => {
  const sent = formOf(client, 'oauth/token', `grant_type=client_credentials&${more}`);
  return { ...sent, headers: { ...sent.headers, ...headers } };
};
const asWords = (all: readonly string[]): string => all.map(encodeURIComponent).join('+');

/** A client by which people sign in, for `byClient`. */
const withClient = async (_: number, world: World): Promise<string> => JSON.stringify(await registered(world));
const byClient = (client: string, path: string, fields: string): Sent =>
  formOf(JSON.parse(client) as Credentials, path, fields);
const atToken = (client: string, fields: string): Sent => byClient(client, 'oauth/token', fields);

/** The token endpoint, the endpoints beside it, and the JWTs that they take. A body has room for 56 kB, the headers for 16 kB. */
export const tokens: Shapes = [
  {
    name: 'fields of a form',
    n: 50,
    most: 6_000,
    make: (n, world) => forToken(world, list(n, (i) => `f${i}=x`).join('&')),
  },
  {
    name: 'one field of a form again',
    n: 50,
    most: 2_000,
    answer: { status: 400, says: 'invalid_request' },
    make: (n, world) => forToken(world, list(n, () => 'scope=system/*.rs').join('&')),
  },
  {
    name: 'words of a scope',
    n: 50,
    most: 1_500,
    make: (n, world) => forToken(world, `scope=${asWords(scopes(n, 'system'))}`),
  },
  {
    name: 'words of a scope for as many registered ones',
    n: 50,
    most: 1_500,
    prepare: async (n, world) =>
      JSON.stringify(
        await registered(world, {
          ...{ client_name: 'Cost', environment: 'playground', grant_types: ['client_credentials'] },
          scope: scopes(n, 'system').join(' '),
        }),
      ),
    make: (n, _, client) =>
      forToken({ client: JSON.parse(client) as Credentials }, `scope=${asWords(scopes(n, 'system').reverse())}`),
  },
  {
    name: 'one word of a scope again',
    n: 50,
    most: 2_000,
    make: (n, world) => forToken(world, `scope=${asWords(list(n, () => 'system/Patient.rs'))}`),
  },
  {
    name: 'conditions of a scope',
    n: 20,
    most: 100,
    make: (n, world) =>
      forToken(world, `scope=${encodeURIComponent(`system/Patient.rs?${list(n, (i) => `name=y${i}`).join('&')}`)}`),
  },
  {
    name: 'resources',
    n: 50,
    most: 1_400,
    answer: { status: 400, says: 'invalid_target' },
    make: (n, world) => forToken(world, list(n, (i) => `resource=https://x${i}.example.org`).join('&')),
  },
  {
    name: 'claims of an assertion',
    n: 50,
    most: 2_000,
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) => assertion(world, client, members(n)),
  },
  {
    name: 'audiences of an assertion',
    n: 50,
    most: 1_000,
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) =>
      assertion(world, client, { aud: [...list(n, (i) => `${world.sso.issuer}/x${i}`), world.sso.issuer] }),
  },
  {
    name: 'levels of an assertion',
    n: 50,
    most: 2_000,
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) => assertion(world, client, { x: levels(n) }),
  },
  {
    name: 'members of the header of an assertion',
    n: 50,
    most: 2_000,
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) => assertion(world, client, {}, members(n)),
  },
  {
    name: 'claims of a DPoP proof',
    n: 20,
    most: 400,
    make: (n, world) => forToken(world, '', { dpop: proof(world, members(n)) }),
  },
  {
    name: 'levels of a DPoP proof',
    n: 20,
    most: 2_000,
    make: (n, world) => forToken(world, '', { dpop: proof(world, { x: levels(n) }) }),
  },
  {
    name: 'a long secret',
    n: 1_000,
    most: 50_000,
    answer: { status: 401, says: 'invalid_client' },
    // One of its own each time: wrong secrets of one client are counted.
    prepare: withClient,
    make: (n, _, client) =>
      formOf(
        { ...(JSON.parse(client) as Credentials), secret: 'x'.repeat(n) },
        'oauth/token',
        'grant_type=client_credentials',
      ),
  },
  {
    name: 'a long code',
    n: 1_000,
    most: 20_000,
    answer: { status: 400, says: 'invalid_grant' },
    prepare: withClient,
    make: (n, _, client) =>
      atToken(
        client,
        `grant_type=authorization_code&redirect_uri=https://cost.example.org/cb&code=${'x'.repeat(n)}&code_verifier=${'v'.repeat(n)}`,
      ),
  },
  {
    name: 'a long refresh token',
    n: 1_000,
    most: 50_000,
    answer: { status: 400, says: 'invalid_grant' },
    prepare: withClient,
    make: (n, _, client) => atToken(client, `grant_type=refresh_token&refresh_token=${'x'.repeat(n)}`),
  },
  {
    name: 'a token to introspect',
    n: 1_000,
    most: 25_000,
    answer: { status: 200, says: '"active":false' },
    make: (n, { client }) => formOf(client, 'oauth/introspect', `token=${'a.'.repeat(n)}`),
  },
  {
    name: 'a token to revoke',
    n: 1_000,
    most: 25_000,
    make: (n, { client }) => formOf(client, 'oauth/revoke', `token=${'a.'.repeat(n)}`),
  },
  {
    name: 'words of a device request',
    n: 50,
    most: 1_500,
    prepare: withClient,
    make: (n, _, client) => byClient(client, 'oauth/device_authorization', `scope=${asWords(scopes(n, 'patient'))}`),
  },
  {
    name: 'fields of a pushed request',
    n: 50,
    most: 5_000,
    prepare: withClient,
    make: (n, _, client) => pushed(client, list(n, (i) => `f${i}=x`).join('&')),
  },
  {
    name: 'words of a pushed scope',
    n: 50,
    most: 1_400,
    prepare: withClient,
    make: (n, _, client) => pushed(client, `scope=${asWords(['openid', ...scopes(n, 'patient')])}`),
  },
  {
    name: 'claims that a pushed request asks for',
    n: 50,
    most: 2_000,
    prepare: withClient,
    make: (n, _, client) =>
      pushed(client, `scope=openid&claims=${encodeURIComponent(JSON.stringify({ id_token: members(n) }))}`),
  },
  {
    name: 'a request object that is pushed',
    n: 1_000,
    most: 25_000,
    answer: { status: 400, says: 'request_not_supported' },
    prepare: withClient,
    make: (n, _, client) => pushed(client, `scope=openid&request=${'a.'.repeat(n)}`),
  },
  {
    name: 'fields of a form without a client',
    n: 50,
    most: 6_000,
    answer: { status: 401, says: 'invalid_client' },
    make: (n) => form('oauth/introspect', list(n, (i) => `f${i}=x`).join('&')),
  },
];

const pushed = (client: string, more: string): Sent =>
  byClient(
    client,
    'oauth/par',
    `response_type=code&redirect_uri=https://cost.example.org/cb&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256&${more}`,
  );
