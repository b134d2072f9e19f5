/**
 * Everything that the administration API can do, as one table: its routes, its OpenAPI description and the scope that each act needs
 * are made from it. Every act that changes something says why, and is audited with who did it.
 */
import { randomBytes } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { openAccounts, type Accounts } from '../accounts/accounts.ts';
import { openPeople, type People } from '../accounts/people.ts';
import { changedDetails, openClients, type ClientChange, type Clients } from '../clients/clients.ts';
import { readLogo, type Logo } from '../clients/logo.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { openKeys, type Keys } from '../keys/keys.ts';
import { openSessions, type Sessions } from '../sessions/sessions.ts';
import { openPolicies, type Policies } from '../policies/policies.ts';
import { detailsIn } from '../registration/metadata.ts';
import { openRegistrationTokens, type RegistrationTokens } from '../registration/tokens.ts';
import type { Identity } from '../store/accounts.ts';
import type { Environment } from '../store/clients.ts';
import { AdminError } from './admin-error.ts';
import type { Input } from './input.ts';
import type { SchemaName } from './schemas.ts';
import { isAdminScope, type AdminScope } from './scopes.ts';
import {
  shownClient,
  shownKey,
  shownPerson,
  shownPolicy,
  shownRegistrationToken,
  shownSession,
  shownUser,
} from './shapes.ts';

export interface AdminContext {
  readonly issuer: string;
  readonly clients: Clients;
  readonly accounts: Accounts;
  readonly people: People;
  readonly policies: Policies;
  readonly sessions: Sessions;
  readonly keys: Keys;
  readonly registrationTokens: RegistrationTokens;
  /** The way to addresses that somebody registers; absent where nothing may be fetched. */
  readonly outbound: Outbound | undefined;
  readonly reason: string | undefined;
}

export interface Act {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/admin`, with `{name}` for parts that vary. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly summary: string;
  /** Parameters of the query, or members of the body, with what they are. */
  readonly takes?: Readonly<Record<string, string>>;
  readonly status?: 200 | 201 | 204;
  /** What comes back; nothing with 204. */
  readonly answers?: SchemaName;
  readonly run: (context: AdminContext, input: Input) => Promise<unknown>;
}

export function contextFor(o: {
  sql: Sql;
  issuer: string;
  encryptionKey: Buffer;
  clock: () => Date;
  resourceTypes: readonly string[] | undefined;
  outbound?: Outbound | undefined;
  actor: string;
  reason: string | undefined;
}): AdminContext {
  const { sql, clock, actor, reason, encryptionKey } = o;
  const why = reason === undefined ? {} : { reason };
  const types = o.resourceTypes === undefined ? {} : { resourceTypes: o.resourceTypes };
  return {
    issuer: o.issuer,
    outbound: o.outbound,
    reason,
    clients: openClients(sql, { actor, clock, ...types, ...why, approves: false }),
    accounts: openAccounts(sql, { actor, clock, ...why }),
    people: openPeople(sql, { actor, clock, reason }),
    policies: openPolicies(sql, { actor, clock, ...types }),
    sessions: openSessions(sql, { actor, clock, reason }),
    keys: openKeys(sql, { encryptionKey, actor, clock, reason }),
    registrationTokens: openRegistrationTokens(sql, { actor, clock, reason, ...types }),
  };
}

const paging = {
  count: 'how many at most (default 50, 1 to 500)',
  after: 'what `next` of the page before says',
};
const search = { q: 'a part of the name or id', ...paging };
const clientMembers = {
  client_name: 'what people call it',
  grant_types: 'a list of grants',
  scope: 'scopes with spaces between',
  redirect_uris: 'a list of addresses',
  post_logout_redirect_uris: 'a list of addresses where people may go after they signed out',
  sign_in_methods: 'a list of password, passkey and ids of identity systems such as oneid; empty: every way there is',
  logo: 'a PNG, JPEG or WebP of 40 KiB at most, as data:image/png;base64,… or an https address to fetch it from; null: none',
  backchannel_logout_uri: 'where it is told that somebody signed out; null: nowhere',
  jwks: 'a key set, in the place of the keys before',
  jwks_uri: 'where its key set is',
  dpop_bound_access_tokens: 'true: its access tokens are always bound to a key of its own',
  minimal_authorize: 'true: client_id and redirect_uri alone make an authorization request',
  hex_challenge: 'true: its code_challenge may be SHA-256 in hexadecimal',
  client_uri: 'a page about it; null: none',
  logo_uri: 'where it publishes its picture, for people; null: nowhere',
  policy_uri: 'what it does with data; null: none',
  tos_uri: 'its terms; null: none',
  initiate_login_uri: 'where it is launched by software of health workers; null: nowhere',
  contacts: 'a list of e-mail addresses of who answers for it',
  software_id: 'which software it is; null: not said',
  software_version: 'which version; null: not said',
};
const personMembers = {
  name: 'how the person is called',
  email: 'where links to set a password are sent; null: nowhere',
  identities: 'a list of {environment, reference}',
};
const environments = ['playground', 'production'] as const;

// prettier-ignore
export const acts: readonly Act[] = [
  { method: 'GET', path: '/clients', scope: 'admin/clients.read', summary: 'List and search clients', answers: 'Clients',
    takes: { ...search, environment: 'playground or production', status: 'registered, approved or disabled' }, run: listClients },
  { method: 'POST', path: '/clients', scope: 'admin/clients.write', summary: 'Register a client', answers: 'Client', status: 201,
    takes: { ...clientMembers, environment: 'playground or production', public: 'true for an app without a secret' }, run: createClient },
  { method: 'GET', path: '/clients/{client_id}', scope: 'admin/clients.read', summary: 'Show a client', answers: 'Client', run: showClient },
  { method: 'PATCH', path: '/clients/{client_id}', scope: 'admin/clients.write', summary: 'Change a client', answers: 'Client', takes: clientMembers, run: changeClient },
  { method: 'POST', path: '/clients/{client_id}/approve', scope: 'admin/clients.write', summary: 'Approve a client of production', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.approve(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/disable', scope: 'admin/clients.write', summary: 'Refuse a client from now on, and its tokens', answers: 'Client',
    run: async ({ clients, reason }, input) => shownClient(await clients.disable(input.part('client_id'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/clients/{client_id}/enable', scope: 'admin/clients.write', summary: 'Let a disabled client in again', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.enable(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/rotate-secret', scope: 'admin/clients.write', summary: 'Give a client a new secret', answers: 'Client',
    takes: { keep_old: 'true: the secret of before works until the next rotation' }, run: rotateSecret },
  { method: 'POST', path: '/clients/{client_id}/drop-old-secret', scope: 'admin/clients.write', summary: 'Let the secret of before work no longer', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.dropOldSecret(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/sign-out', scope: 'admin/sessions.write', summary: 'End all tokens of a client and all that people gave it; it is told', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOfClient(input.part('client_id')) }) },
  { method: 'GET', path: '/registration-tokens', scope: 'admin/clients.read', summary: 'List the tokens by which clients register themselves, the newest first', answers: 'RegistrationTokens',
    takes: paging, run: listRegistrationTokens },
  { method: 'POST', path: '/registration-tokens', scope: 'admin/clients.write', summary: 'Make a token by which clients register themselves; it is shown once', answers: 'RegistrationToken', status: 201,
    takes: { name: 'for whom it is', environment: 'playground or production', scope: 'the most that its clients may have, with spaces between',
      max_uses: 'how many clients, 1 to 1000 (default 1)', expires_in: 'how long it is good, in seconds (default a day)' }, run: createRegistrationToken },
  { method: 'GET', path: '/registration-tokens/{token_id}', scope: 'admin/clients.read', summary: 'Show a registration token', answers: 'RegistrationToken',
    run: async ({ registrationTokens }, input) => shownRegistrationToken(await registrationTokens.find(input.part('token_id'))) },
  { method: 'POST', path: '/registration-tokens/{token_id}/end', scope: 'admin/clients.write', summary: 'Let no client be registered by it any more; those that are stay', answers: 'RegistrationToken',
    run: async ({ registrationTokens }, input) => shownRegistrationToken(await registrationTokens.end(input.part('token_id'))) },
  { method: 'GET', path: '/users', scope: 'admin/users.read', summary: 'List and search people', answers: 'Users',
    takes: { ...search, status: 'enabled or disabled', environment: 'who is somebody in it', reference: 'who is this one, such as Patient/1', role: 'who has this role' }, run: listUsers },
  { method: 'POST', path: '/users', scope: 'admin/users.write', summary: 'Register a person', answers: 'User', status: 201,
    takes: { username: 'what the person types', ...personMembers, password: 'absent: one is made and shown once' }, run: createUser },
  { method: 'GET', path: '/users/{username}', scope: 'admin/users.read', summary: 'Show a person, with the ways to sign in', answers: 'Person',
    run: async ({ people }, input) => shownPerson(await people.show(input.part('username'))) },
  { method: 'PATCH', path: '/users/{username}', scope: 'admin/users.write', summary: 'Change a person; other identities end sessions and tokens', answers: 'User', takes: personMembers, run: changeUser },
  { method: 'POST', path: '/users/{username}/unlock', scope: 'admin/users.write', summary: 'Let a person try again who waits for wrong passwords or codes', answers: 'User',
    run: async ({ people }, input) => shownUser(await people.unlock(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/reset-factors', scope: 'admin/users.write', summary: 'Take codes, recovery codes and passkeys away; sessions and tokens end', answers: 'User',
    run: async ({ people }, input) => shownUser(await people.resetFactors(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/reset-link', scope: 'admin/users.write', summary: 'Make a link by which the person sets a new password, good once and for 15 minutes', answers: 'Link', status: 201,
    run: async ({ people, issuer }, input) => ({ link: `${issuer}${await people.resetLink(input.part('username'))}` }) },
  { method: 'DELETE', path: '/users/{username}/links/{upstream}', scope: 'admin/users.write', summary: 'Take the link to an identity system away; sessions and tokens end', status: 204,
    run: async ({ people }, input) => people.unlink(input.part('username'), input.part('upstream')) },
  { method: 'POST', path: '/users/{username}/disable', scope: 'admin/users.write', summary: 'Let a person in no longer; sessions and tokens end', answers: 'User',
    run: async ({ accounts, reason }, input) => shownUser(await accounts.disable(input.part('username'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/users/{username}/enable', scope: 'admin/users.write', summary: 'Let a disabled person in again', answers: 'User',
    run: async ({ accounts }, input) => shownUser(await accounts.enable(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/set-password', scope: 'admin/users.write', summary: 'Give a person a new password; sessions and tokens end', answers: 'User',
    takes: { password: 'absent: one is made and shown once' }, run: setPassword },
  { method: 'GET', path: '/users/{username}/roles', scope: 'admin/users.read', summary: 'Show the roles of a person', answers: 'Roles',
    takes: { environment: 'playground or production' },
    run: async ({ policies }, input) => ({ roles: await policies.rolesOf(input.part('username'), input.environment()) }) },
  { method: 'POST', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Give a person a role in an organisation', answers: 'Roles', status: 201,
    takes: { environment: 'playground or production', role: 'such as family-doctor', organization: 'id of the Organization' }, run: giveRole },
  { method: 'DELETE', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Take a role from a person; tokens end', status: 204,
    takes: { environment: 'playground or production', role: 'such as family-doctor', organization: 'id of the Organization' }, run: takeRole },
  { method: 'GET', path: '/sessions', scope: 'admin/sessions.read', summary: 'List and search sessions, the one used last first', answers: 'Sessions',
    takes: { username: 'whose', address: 'an address or a network such as 10.1.0.0/16', client_id: 'used for this client', ...paging }, run: listSessions },
  { method: 'DELETE', path: '/sessions/{session_id}', scope: 'admin/sessions.write', summary: 'End a session and what came of it; its clients are told', status: 204,
    run: async ({ sessions }, input) => sessions.end(input.part('session_id')) },
  { method: 'POST', path: '/users/{username}/sign-out', scope: 'admin/sessions.write', summary: 'Sign a person out everywhere: sessions and tokens end', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOf(input.part('username')) }) },
  { method: 'GET', path: '/keys', scope: 'admin/keys.read', summary: 'List the signing keys, the newest first', answers: 'Keys',
    run: async ({ keys }) => ({ keys: (await keys.list()).map(shownKey) }) },
  { method: 'POST', path: '/keys', scope: 'admin/keys.write', summary: 'Make a new signing key, which signs a quarter of an hour later', answers: 'Key', status: 201,
    takes: { alg: 'ES256 or RS256', at_once: 'true: it signs at once, and what the keys before signed is refused' }, run: rotateKey },
  { method: 'POST', path: '/keys/{kid}/retire', scope: 'admin/keys.write', summary: 'Take a key that no longer signs out of the JWKS before its time', status: 204,
    run: async ({ keys }, input) => keys.retire(input.part('kid')) },
  { method: 'GET', path: '/policies', scope: 'admin/policies.read', summary: 'List what each role permits', answers: 'Policies',
    run: async ({ policies }) => ({ policies: (await policies.list()).map(shownPolicy) }) },
  { method: 'PUT', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Say what a role permits', answers: 'Policy',
    takes: { scopes: 'a list of user/ scopes', delegated: 'true: administrators of organisations may give it there; absent: as before, at first not' }, run: setPolicy },
  { method: 'DELETE', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Let a role permit nothing', status: 204, run: removePolicy },
];

async function listClients({ clients }: AdminContext, input: Input): Promise<unknown> {
  const filter = {
    q: input.text('q'),
    environment: input.oneOf('environment', environments),
    status: input.oneOf('status', ['registered', 'approved', 'disabled']),
  };
  const { items, ...rest } = await clients.search({ ...filter, ...input.page() });
  return { ...rest, clients: items.map((client) => shownClient(client)) };
}

function membersOf(input: Input): ClientChange {
  const scopes = input.words('scope');
  const forbidden = scopes?.find(isAdminScope);
  if (forbidden !== undefined)
    throw new AdminError(400, `"${forbidden}" is registered by an operator at the command line only`);
  return present({
    name: input.text('client_name'),
    scopes,
    grants: input.texts('grant_types'),
    redirectUris: input.texts('redirect_uris'),
    postLogoutRedirectUris: input.texts('post_logout_redirect_uris'),
    backchannelLogoutUri: input.textOrNull('backchannel_logout_uri'),
    jwks: input.value('jwks') ?? undefined,
    jwksUri: input.text('jwks_uri'),
    dpopBound: input.givenFlag('dpop_bound_access_tokens'),
    minimalAuthorize: input.givenFlag('minimal_authorize'),
    hexChallenge: input.givenFlag('hex_challenge'),
    details: detailsIn(input),
    signInMethods: input.texts('sign_in_methods'),
  });
}

/** Without what is undefined. */
function present<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>;
  };
}

/** What `logo` holds or leads to, fetched now; null takes the picture away. */
async function logoIn({ outbound }: AdminContext, input: Input): Promise<{ logo?: Logo | null }> {
  const uri = input.textOrNull('logo');
  if (uri === undefined) return {};
  return { logo: uri === null ? null : await readLogo(uri, outbound) };
}

async function createClient(context: AdminContext, input: Input): Promise<unknown> {
  const { clients } = context;
  const { backchannelLogoutUri: told, jwksUri, logo: _, details, ...members } = membersOf(input);
  const { logo } = await logoIn(context, input);
  const { client, secret } = await clients.create({
    name: '',
    scopes: [],
    grants: ['client_credentials'],
    ...members,
    ...((told ?? undefined) === undefined ? {} : { backchannelLogoutUri: told! }),
    ...((jwksUri ?? undefined) === undefined ? {} : { jwksUri: jwksUri! }),
    details: changedDetails({}, details),
    ...(logo ? { logo } : {}),
    environment: input.environment(),
    public: input.flag('public'),
  });
  return shownClient(client, secret);
}

async function showClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  const client = await clients.find(input.part('client_id'));
  if (client === undefined) throw new AdminError(404, `There is no client "${input.part('client_id')}"`);
  return shownClient(client);
}

async function changeClient(context: AdminContext, input: Input): Promise<unknown> {
  const change = { ...membersOf(input), ...(await logoIn(context, input)) };
  return shownClient(await context.clients.change(input.part('client_id'), change));
}

async function rotateSecret({ clients }: AdminContext, input: Input): Promise<unknown> {
  const { client, secret } = await clients.rotateSecret(input.part('client_id'), { keepOld: input.flag('keep_old') });
  return shownClient(client, secret);
}

async function listRegistrationTokens({ registrationTokens }: AdminContext, input: Input): Promise<unknown> {
  const { items, ...rest } = await registrationTokens.search(input.page());
  return { ...rest, registration_tokens: items.map((one) => shownRegistrationToken(one)) };
}

async function createRegistrationToken({ registrationTokens }: AdminContext, input: Input): Promise<unknown> {
  const { registrationToken, secret } = await registrationTokens.create({
    name: input.needed('name'),
    environment: input.environment(),
    scopes: input.words('scope') ?? [],
    maxUses: input.number('max_uses'),
    lifetime: input.number('expires_in'),
  });
  return shownRegistrationToken(registrationToken, secret);
}

async function listUsers({ people }: AdminContext, input: Input): Promise<unknown> {
  const filter = {
    q: input.text('q'),
    status: input.oneOf('status', ['enabled', 'disabled']),
    environment: input.oneOf('environment', environments),
    reference: input.text('reference'),
    role: input.text('role'),
  };
  const { items, ...rest } = await people.search({ ...filter, ...input.page() });
  return { ...rest, users: items.map((account) => shownUser(account)) };
}

async function changeUser({ people }: AdminContext, input: Input): Promise<unknown> {
  const identities = input.value('identities');
  const change = {
    name: input.text('name'),
    email: input.textOrNull('email'),
    identities: identities === undefined ? undefined : identitiesIn(identities),
  };
  return shownUser(await people.change(input.part('username'), present(change)));
}

async function createUser({ accounts }: AdminContext, input: Input): Promise<unknown> {
  const email = input.text('email');
  const given = input.text('password');
  const password = given ?? madePassword();
  const account = await accounts.create({
    username: input.needed('username'),
    name: input.needed('name'),
    password,
    identities: identitiesIn(input.value('identities')),
    ...(email === undefined ? {} : { email }),
  });
  return shownUser(account, given === undefined ? password : undefined);
}

async function setPassword({ accounts }: AdminContext, input: Input): Promise<unknown> {
  const given = input.text('password');
  const password = given ?? madePassword();
  const account = await accounts.setPassword(input.part('username'), password);
  return shownUser(account, given === undefined ? password : undefined);
}

function madePassword(): string {
  return randomBytes(12).toString('base64url');
}

function identitiesIn(value: unknown): Identity[] {
  if (value === undefined) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    const { environment, reference } = (item ?? {}) as Record<string, unknown>;
    const [type = '', id = ''] = typeof reference === 'string' ? reference.split('/') : [];
    if (environment !== 'playground' && environment !== 'production') {
      throw new AdminError(
        400,
        'identities: each has environment (playground or production) and reference (Patient/1)',
      );
    }
    return { environment, type: type as Identity['type'], fhir_id: id };
  });
}

function roleIn(input: Input): { username: string; environment: Environment; role: string; organization: string } {
  return {
    username: input.part('username'),
    environment: input.environment(),
    role: input.needed('role'),
    organization: input.needed('organization'),
  };
}

async function giveRole({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  const held = roleIn(input);
  await policies.give({ ...held, reason });
  return { roles: await policies.rolesOf(held.username, held.environment) };
}

async function takeRole({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  await policies.take({ ...roleIn(input), reason });
  return undefined;
}

async function listSessions({ sessions }: AdminContext, input: Input): Promise<unknown> {
  const [username, address, clientId] = [input.text('username'), input.text('address'), input.text('client_id')];
  const { items, ...rest } = await sessions.search({ username, address, clientId, ...input.page() });
  return { ...rest, sessions: items.map(shownSession) };
}

async function rotateKey({ keys }: AdminContext, input: Input): Promise<unknown> {
  const alg = input.needed('alg');
  if (alg !== 'ES256' && alg !== 'RS256') throw new AdminError(400, 'alg: ES256 or RS256');
  return shownKey(await keys.rotate(alg, { atOnce: input.flag('at_once') }));
}

async function setPolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  const scopes = input.texts('scopes') ?? [];
  const environment = input.environmentIn('environment');
  const delegated = input.givenFlag('delegated');
  return shownPolicy(await policies.set({ role: input.part('role'), environment, scopes, delegated, reason }));
}

async function removePolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  await policies.remove({ role: input.part('role'), environment: input.environmentIn('environment'), reason });
  return undefined;
}
