import { list } from '../requests.ts';
import type { Credentials, Outcome, Sent, Shapes, World } from '../shape.ts';
import { authorization } from '../sso/people.ts';
import {
  application,
  assertion,
  form,
  formOf,
  get,
  members,
  proof,
  registered,
  signingClient,
} from '../sso/requests.ts';

const withClient = async (_: number, world: World): Promise<string> => JSON.stringify(await registered(world));
const credentials = (client: string): Credentials => JSON.parse(client) as Credentials;

/** Details of a rich authorization request (RFC 9396), which the server passes over like any parameter that it does not know. */
const details = (n: number): string =>
  encodeURIComponent(
    JSON.stringify(list(n, (i) => ({ type: `t${i}`, actions: ['read'], locations: [`https://x${i}.example.org`] }))),
  );
const resources = (n: number): string => list(n, (i) => `resource=https://x${i}.example.org`).join('&');

const atAuthorization = (client: string, more: string): Sent =>
  get(`oauth/authorize?${authorization(credentials(client))}&${more}`);
const atPushed = (client: string, more: string): Sent =>
  formOf(
    credentials(client),
    'oauth/par',
    `response_type=code&scope=openid&redirect_uri=${application.redirect_uris[0]!}&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256&${more}`,
  );
const atToken = ({ client }: Pick<World, 'client'>, more: string): Sent =>
  formOf(client, 'oauth/token', `grant_type=client_credentials&${more}`);
const toSignIn = { status: 303, says: '/sign-in/' };
/** The client is told by its redirect address. */
const toldTo = (says: string): Outcome => ({ status: 303, says: `error=${says}` });

/** Parameters of OAuth's extensions, of which a caller sends as many as there is room for: 16 kB in an address, 56 kB in a form. */
export const oauthExtensions: Shapes = [
  {
    ...{ name: 'authorization details', n: 10, most: 80, answer: toSignIn },
    prepare: withClient,
    make: (n, _, client) => atAuthorization(client, `authorization_details=${details(n)}`),
  },
  {
    ...{ name: 'authorization details of a pushed request', n: 20, most: 300 },
    prepare: withClient,
    make: (n, _, client) => atPushed(client, `authorization_details=${details(n)}`),
  },
  {
    ...{ name: 'authorization details of a token request', n: 20, most: 300 },
    make: (n, world) => atToken(world, `authorization_details=${details(n)}`),
  },
  {
    ...{ name: 'resources of an authorization request', n: 20, most: 400, answer: toldTo('invalid_target') },
    prepare: withClient,
    make: (n, _, client) => atAuthorization(client, resources(n)),
  },
  {
    ...{ name: 'resources of a pushed request', n: 50, most: 1_400 },
    answer: { status: 400, says: 'invalid_target' },
    prepare: withClient,
    make: (n, _, client) => atPushed(client, resources(n)),
  },
  {
    ...{ name: 'a request object', n: 1_000, most: 12_000, answer: toldTo('request_not_supported') },
    prepare: withClient,
    make: (n, _, client) => atAuthorization(client, `request=${'a.'.repeat(n / 2)}`),
  },
  {
    ...{ name: 'the address of a request object', n: 1_000, most: 12_000, answer: toldTo('request_uri_not_supported') },
    prepare: withClient,
    make: (n, _, client) => atAuthorization(client, `request_uri=https://x.example.org/${'a'.repeat(n)}`),
  },
  {
    ...{ name: 'a long redirect address', n: 500, most: 12_000, answer: { status: 400 } },
    prepare: withClient,
    make: (n, _, client) =>
      get(
        `oauth/authorize?${authorization(credentials(client), { redirect_uri: `https://cost.example.org/${'x'.repeat(n)}` })}`,
      ),
  },
  {
    ...{ name: 'a hint to introspection', n: 1_000, most: 50_000, answer: { says: '"active":false' } },
    make: (n, { client }) => formOf(client, 'oauth/introspect', `token=x&token_type_hint=${'x'.repeat(n)}`),
  },
  {
    ...{ name: 'fields of an introspection', n: 50, most: 6_000, answer: { says: '"active":false' } },
    make: (n, { client }) => formOf(client, 'oauth/introspect', `token=x&${list(n, (i) => `f${i}=x`).join('&')}`),
  },
  {
    ...{ name: 'fields of a revocation', n: 50, most: 6_000 },
    make: (n, { client }) => formOf(client, 'oauth/revoke', `token=x&${list(n, (i) => `f${i}=x`).join('&')}`),
  },
  {
    ...{ name: 'a long token for userinfo', n: 500, most: 12_000, answer: { status: 401 } },
    make: (n) => get('oauth/userinfo', { authorization: `Bearer ${'a.'.repeat(n / 2)}` }),
  },
  {
    ...{ name: 'a long token for the administration', n: 500, most: 12_000, answer: { status: 401 } },
    make: (n) => get('admin/clients', { authorization: `Bearer ${'a.'.repeat(n / 2)}` }),
  },
  {
    ...{ name: 'a hint to end a session', n: 500, most: 12_000, answer: { status: 400 } },
    make: (n) => get(`oauth/logout?id_token_hint=${'a.'.repeat(n / 2)}`),
  },
  {
    ...{ name: 'fields of an end of a session', n: 50, most: 6_000, answer: { status: 303 } },
    make: (n) => form('oauth/logout', list(n, (i) => `f${i}=x`).join('&')),
  },
  {
    ...{ name: 'a long id of the key of an assertion', n: 500, most: 20_000 },
    answer: { status: 401, says: 'invalid_client' },
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) => assertion(world, client, {}, { kid: 'k'.repeat(n) }),
  },
  {
    ...{ name: 'certificates in the header of an assertion', n: 20, most: 1_000 },
    prepare: (_, world) => signingClient(world),
    make: (n, world, client) => assertion(world, client, {}, { x5c: list(n, (i) => `MII${i}`), jwk: members(n) }),
  },
  {
    ...{ name: 'members of the key of a DPoP proof', n: 20, most: 800 },
    make: (n, world) => {
      const sent = atToken(world, '');
      return { ...sent, headers: { ...sent.headers, dpop: proof(world, {}, members(n)) } };
    },
  },
];
