import { list } from '../requests.ts';
import type { Credentials, Sent, Shapes, World } from '../shape.ts';
import { atConsent, authorization } from '../sso/people.ts';
import {
  administer,
  clinical,
  application,
  form,
  formOf,
  get,
  json,
  keys,
  members,
  registered,
  scopes,
} from '../sso/requests.ts';

const withClient = async (_: number, world: World): Promise<string> => JSON.stringify(await registered(world));

/** An authorization request that leads to the page for signing in. */
const authorize = (client: string, more: Readonly<Record<string, string>>, headers: Sent['headers'] = {}): Sent =>
  get(`oauth/authorize?${authorization(JSON.parse(client) as Credentials, more)}`, headers);
const toSignIn = { status: 303 };

/** A token by which n clients may register. */
const registrationToken = async (_: number, world: World): Promise<string> =>
  (
    await administer(world, 'registration-tokens', {
      ...{ name: 'Cost', environment: 'playground', max_uses: 1_000 },
      scope: `${application.scope} system/*.cruds`,
    })
  )['token']!;
const created = { status: 201 };

/** Requests of browsers and of clients that register. An address and the headers have room for 16 kB together. */
export const signIn: Shapes = [
  {
    name: 'scopes of an authorization request',
    n: 20,
    most: 400,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, { scope: ['openid', ...scopes(n, 'patient')].join(' ') }),
  },
  {
    name: 'fields of an authorization request',
    n: 20,
    most: 1_200,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, Object.fromEntries(list(n, (i) => [`f${i}`, 'x']))),
  },
  {
    name: 'claims that are asked for',
    n: 20,
    most: 800,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, { claims: JSON.stringify({ id_token: members(n) }) }),
  },
  {
    name: 'levels of acr_values',
    n: 20,
    most: 2_000,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, { acr_values: list(n, (i) => `a${i}`).join(' ') }),
  },
  {
    name: 'languages of an authorization request',
    n: 20,
    most: 1_500,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, { ui_locales: list(n, (i) => `en-x${i}`).join(' ') }),
  },
  {
    name: 'cookies at the SSO',
    n: 20,
    most: 1_500,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, {}, { cookie: list(n, (i) => `c${i}=x`).join('; ') }),
  },
  {
    name: 'tokens of a device cookie',
    n: 20,
    most: 400,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, {}, { cookie: `device=${list(n, () => 'a'.repeat(32)).join('.')}` }),
  },
  {
    name: 'languages at the SSO',
    n: 20,
    most: 1_500,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, {}, { 'accept-language': list(n, (i) => `en-x${i}`).join(',') }),
  },
  {
    name: 'headers at the SSO',
    n: 20,
    most: 800,
    answer: toSignIn,
    prepare: withClient,
    make: (n, _, client) => authorize(client, {}, Object.fromEntries(list(n, (i) => [`x-header-${i}`, 'x']))),
  },
  {
    name: 'scopes on the page that asks for consent',
    n: 20,
    most: 320,
    answer: { status: 200, says: 'value="allow"' },
    async prepare(n, world) {
      const client = await registered(world);
      return JSON.stringify(await atConsent(world, client, ['openid', ...scopes(n, 'user')].join(' ')));
    },
    make(_, __, prepared) {
      const { cookie, path } = JSON.parse(prepared) as { cookie: string; path: string };
      return get(path, { cookie });
    },
  },
  {
    name: 'a long device code',
    n: 500,
    most: 50_000,
    answer: { status: 400, says: 'user_code' },
    make: (n) => form('oauth/device', `user_code=${'x'.repeat(n)}`),
  },
  {
    name: 'references of a launch context',
    n: 5,
    most: 20,
    answer: created,
    async prepare(_, world) {
      const own = await registered(world, {
        ...{ client_name: 'Cost', environment: 'playground', grant_types: ['client_credentials'] },
        scope: 'system/Patient.rs dhp.launch',
      });
      return JSON.stringify({ own, application: (await registered(world)).id });
    },
    make(n, _, prepared) {
      const { own, application: id } = JSON.parse(prepared) as { own: Credentials; application: string };
      const context = list(n, (i) => ({ reference: `Observation/${i}` }));
      const fields = new URLSearchParams({ application: id, fhir_context: JSON.stringify(context) });
      return formOf(own, 'oauth/launch', fields.toString());
    },
  },
  {
    name: 'addresses at registration',
    n: 20,
    most: 1_600,
    answer: created,
    prepare: registrationToken,
    make: (n, _, token) => register(token, { redirect_uris: list(n, (i) => `https://x${i}.example.org/cb`) }),
  },
  {
    name: 'more contacts at registration than it takes',
    n: 50,
    most: 2_400,
    answer: { status: 400, says: 'at most 10 e-mail addresses' },
    prepare: registrationToken,
    make: (n, _, token) => register(token, { contacts: list(n, (i) => `x${i}@example.org`) }),
  },
  {
    name: 'scopes at registration',
    n: 50,
    most: 2_000,
    answer: created,
    prepare: registrationToken,
    make: (n, _, token) => register(token, { scope: ['openid', ...scopes(n, 'patient', clinical)].join(' ') }),
  },
  {
    name: 'members at registration',
    n: 50,
    most: 4_000,
    answer: created,
    prepare: registrationToken,
    make: (n, _, token) => register(token, members(n)),
  },
  {
    name: 'keys at registration',
    n: 5,
    most: 20,
    answer: created,
    prepare: registrationToken,
    make: (n, _, token) => registerSystem(token, keys(n).jwks),
  },
  {
    name: 'more keys at registration than it takes',
    n: 50,
    most: 300,
    answer: { status: 400, says: '1 to 20 keys' },
    prepare: registrationToken,
    make: (n, _, token) => registerSystem(token, { keys: list(n, (i) => ({ ...oneKey, kid: `k${i}` })) }),
  },
];

const [oneKey] = keys(1).jwks.keys;

const register = (token: string, more: object): Sent =>
  json(
    'oauth/register',
    {
      ...{ client_name: 'Cost', grant_types: ['authorization_code'], redirect_uris: application.redirect_uris },
      ...{ scope: 'openid', ...more },
    },
    token,
  );

const registerSystem = (token: string, jwks: object): Sent =>
  json(
    'oauth/register',
    {
      ...{ client_name: 'Cost', grant_types: ['client_credentials'], scope: 'system/Patient.rs' },
      ...{ token_endpoint_auth_method: 'private_key_jwt', jwks },
    },
    token,
  );
