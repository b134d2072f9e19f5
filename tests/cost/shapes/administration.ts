import { list, unique } from '../requests.ts';
import type { Sent, Shapes, World } from '../shape.ts';
import { administrationToken, application, get, json, keys, levels, members, reason, scopes } from '../sso/requests.ts';

const withToken = (_: number, world: World): Promise<string> => administrationToken(world);
const withSession = (_: number, world: World): Promise<string> => world.signInOperator();

const act = (token: string, path: string, body: object, method?: string): Sent =>
  json(`admin/${path}`, { ...body, reason }, token, method);
const client = (token: string, more: object): Sent => act(token, 'clients', { ...application, ...more });
const read = (token: string, path: string): Sent => get(`admin/${path}`, { authorization: `Bearer ${token}` });
/** A page of the operators. */
const page = (cookie: string, path: string): Sent => get(`operate/${path}`, { cookie });

const created = { status: 201 };
const words = (n: number): string => encodeURIComponent(list(n, (i) => `word${i}`).join(' '));

/** The administration and the operators' pages, to those who may use them. A body has room for 64 kB, an address and the headers for 16. */
export const administration: Shapes = [
  {
    name: 'scopes of a client',
    n: 50,
    most: 2_400,
    answer: created,
    prepare: withToken,
    make: (n, _, token) => client(token, { scope: ['openid', ...scopes(n, 'user')].join(' ') }),
  },
  {
    name: 'redirect addresses of a client',
    n: 50,
    most: 1_600,
    answer: created,
    prepare: withToken,
    make: (n, _, token) => client(token, { redirect_uris: list(n, (i) => `https://x${i}.example.org/cb`) }),
  },
  {
    name: 'ways to sign in at a client',
    n: 50,
    most: 4_000,
    answer: created,
    prepare: withToken,
    make: (n, _, token) => client(token, { sign_in_methods: list(n, (i) => `way-${i}`) }),
  },
  {
    name: 'grants of a client',
    n: 50,
    most: 2_000,
    answer: created,
    prepare: withToken,
    make: (n, _, token) => client(token, { grant_types: list(n, () => 'authorization_code'), scope: 'openid' }),
  },
  {
    name: 'keys of a client',
    n: 5,
    most: 20,
    answer: created,
    prepare: withToken,
    make: (n, _, token) =>
      act(token, 'clients', {
        ...{ client_name: 'Cost', environment: 'playground', grant_types: ['client_credentials'] },
        ...{ scope: 'system/Patient.rs', jwks: keys(n).jwks },
      }),
  },
  {
    name: 'scopes of a policy',
    n: 50,
    most: 2_400,
    prepare: withToken,
    make: (n, _, token) => act(token, `policies/playground/cost-${unique()}`, { scopes: scopes(n, 'user') }, 'PUT'),
  },
  {
    name: 'conditions of a policy',
    n: 20,
    most: 100,
    prepare: withToken,
    make: (n, _, token) =>
      act(
        token,
        `policies/playground/cost-${unique()}`,
        { scopes: [`user/Patient.rs?${list(n, (i) => `name=x${i}`).join('&')}`] },
        'PUT',
      ),
  },
  {
    name: 'identities of a person',
    n: 20,
    most: 800,
    answer: { status: 400, says: 'Two Practitioner identities' },
    prepare: withToken,
    make: (n, _, token) => {
      const username = `cost-${unique()}`;
      const identities = list(n, (i) => ({ environment: 'playground', reference: `Practitioner/${username}-${i}` }));
      return act(token, 'users', { username, name: 'Cost Person', identities });
    },
  },
  {
    name: 'scopes of a registration token',
    n: 50,
    most: 2_400,
    answer: created,
    prepare: withToken,
    make: (n, _, token) =>
      act(token, 'registration-tokens', {
        ...{ name: 'Cost', environment: 'playground' },
        scope: scopes(n, 'system').join(' '),
      }),
  },
  {
    name: 'members of a body',
    n: 50,
    most: 5_000,
    answer: { status: 400, says: 'is not known here' },
    prepare: withToken,
    make: (n, _, token) => act(token, 'users', members(n)),
  },
  {
    name: 'levels of a body',
    n: 50,
    most: 2_000,
    answer: { status: 400, says: 'is a text' },
    prepare: withToken,
    make: (n, _, token) => act(token, 'users', { username: levels(n), name: 'Cost Person' }),
  },
  {
    name: 'words that clients are looked for by',
    n: 50,
    most: 1_200,
    prepare: withToken,
    make: (n, _, token) => read(token, `clients?q=${words(n)}`),
  },
  {
    name: 'words that people are looked for by',
    n: 50,
    most: 1_200,
    prepare: withToken,
    make: (n, _, token) => read(token, `users?q=${words(n)}`),
  },
  {
    name: 'entries of a page of the audit trail',
    n: 50,
    most: 500,
    prepare: withToken,
    make: (n, _, token) => read(token, `audit-events?count=${n}`),
  },
  {
    name: 'parameters of a list',
    n: 50,
    most: 1_500,
    answer: { status: 400, says: 'is not known here' },
    prepare: withToken,
    make: (n, _, token) => read(token, `clients?${list(n, (i) => `f${i}=x`).join('&')}`),
  },
  {
    name: 'words that an operator looks for people by',
    n: 50,
    most: 1_200,
    prepare: withSession,
    make: (n, _, cookie) => page(cookie, `users?q=${words(n)}`),
  },
  {
    name: 'filters of the audit page',
    n: 50,
    most: 1_200,
    prepare: withSession,
    make: (n, _, cookie) => page(cookie, `audit?${list(n, (i) => `kind=k${i}`).join('&')}`),
  },
  {
    name: 'parameters of an operators’ page',
    n: 50,
    most: 1_500,
    prepare: withSession,
    make: (n, _, cookie) => page(cookie, `clients?${list(n, (i) => `f${i}=x`).join('&')}`),
  },
  {
    name: 'scopes of a client on its page',
    n: 50,
    most: 2_400,
    async prepare(n, world) {
      const token = await administrationToken(world);
      const { text } = await world.ask(client(token, { scope: ['openid', ...scopes(n, 'user')].join(' ') }));
      return JSON.stringify({
        id: (JSON.parse(text) as { client_id: string }).client_id,
        cookie: await world.signInOperator(),
      });
    },
    make(_, __, prepared) {
      const { id, cookie } = JSON.parse(prepared) as { id: string; cookie: string };
      return page(cookie, `clients/${id}`);
    },
  },
];
