/**
 * Everything that the administration API can do, as one table: its routes, its OpenAPI description and the scope that each act needs
 * are made from it. Every act that changes something says why, and is audited with who did it.
 */
import { randomBytes } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { openAccounts, type Accounts } from '../accounts/accounts.ts';
import { openClients, type Clients } from '../clients/clients.ts';
import type { NewClient } from '../clients/validate.ts';
import { addSigningKey } from '../keys/key-ring.ts';
import { openPolicies, type Policies } from '../policies/policies.ts';
import { insertAuditEvents } from '../store/audit-events.ts';
import type { Identity } from '../store/accounts.ts';
import type { Environment } from '../store/clients.ts';
import { endSession, selectSessions } from '../store/sessions.ts';
import { selectSigningKeys } from '../store/signing-keys.ts';
import { AdminError } from './admin-error.ts';
import type { Input } from './input.ts';
import { isAdminScope, type AdminScope } from './scopes.ts';
import { shownClient, shownKey, shownPolicy, shownSession, shownUser, statusOf } from './shapes.ts';

export interface AdminContext {
  readonly sql: Sql;
  readonly encryptionKey: Buffer;
  readonly clock: () => Date;
  readonly clients: Clients;
  readonly accounts: Accounts;
  readonly policies: Policies;
  readonly actor: string;
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
  readonly run: (context: AdminContext, input: Input) => Promise<unknown>;
}

export function contextFor(o: {
  sql: Sql;
  encryptionKey: Buffer;
  clock: () => Date;
  resourceTypes: readonly string[] | undefined;
  actor: string;
  reason: string | undefined;
}): AdminContext {
  const { sql, clock, actor, reason, encryptionKey } = o;
  const why = reason === undefined ? {} : { reason };
  const types = o.resourceTypes === undefined ? {} : { resourceTypes: o.resourceTypes };
  return {
    ...{ sql, encryptionKey, clock, actor, reason },
    clients: openClients(sql, { actor, clock, ...types, ...why, approves: false }),
    accounts: openAccounts(sql, { actor, clock, ...why }),
    policies: openPolicies(sql, { actor, clock, ...types }),
  };
}

const paging = {
  q: 'a part of the name or id',
  count: 'how many at most (default 50, 1 to 500)',
  after: 'the last id of the page before',
};
const clientMembers = {
  client_name: 'what people call it',
  grant_types: 'a list of grants',
  scope: 'scopes with spaces between',
  redirect_uris: 'a list of addresses',
};

// prettier-ignore
export const acts: readonly Act[] = [
  { method: 'GET', path: '/clients', scope: 'admin/clients.read', summary: 'List and search clients',
    takes: { ...paging, environment: 'playground or production', status: 'registered, approved or disabled' }, run: listClients },
  { method: 'POST', path: '/clients', scope: 'admin/clients.write', summary: 'Register a client', status: 201,
    takes: { ...clientMembers, environment: 'playground or production', public: 'true for an app without a secret', jwks: 'a key set', jwks_uri: 'where its key set is' }, run: createClient },
  { method: 'GET', path: '/clients/{client_id}', scope: 'admin/clients.read', summary: 'Show a client', run: showClient },
  { method: 'PATCH', path: '/clients/{client_id}', scope: 'admin/clients.write', summary: 'Change a client', takes: clientMembers, run: changeClient },
  { method: 'POST', path: '/clients/{client_id}/approve', scope: 'admin/clients.write', summary: 'Approve a client of production',
    run: async ({ clients }, input) => shownClient(await clients.approve(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/disable', scope: 'admin/clients.write', summary: 'Refuse a client from now on, and its tokens',
    run: async ({ clients, reason }, input) => shownClient(await clients.disable(input.part('client_id'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/clients/{client_id}/enable', scope: 'admin/clients.write', summary: 'Let a disabled client in again',
    run: async ({ clients }, input) => shownClient(await clients.enable(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/rotate-secret', scope: 'admin/clients.write', summary: 'Give a client a new secret',
    takes: { keep_old: 'true: the secret of before works until the next rotation' }, run: rotateSecret },
  { method: 'GET', path: '/users', scope: 'admin/users.read', summary: 'List and search people', takes: paging, run: listUsers },
  { method: 'POST', path: '/users', scope: 'admin/users.write', summary: 'Register a person', status: 201,
    takes: { username: 'what the person types', name: 'how the person is called', identities: 'a list of {environment, reference}', password: 'absent: one is made and shown once' }, run: createUser },
  { method: 'GET', path: '/users/{username}', scope: 'admin/users.read', summary: 'Show a person',
    run: async ({ accounts }, input) => shownUser(await accountOf(accounts, input)) },
  { method: 'POST', path: '/users/{username}/disable', scope: 'admin/users.write', summary: 'Let a person in no longer; sessions and tokens end',
    run: async ({ accounts, reason }, input) => shownUser(await accounts.disable(input.part('username'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/users/{username}/enable', scope: 'admin/users.write', summary: 'Let a disabled person in again',
    run: async ({ accounts }, input) => shownUser(await accounts.enable(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/set-password', scope: 'admin/users.write', summary: 'Give a person a new password; sessions and tokens end',
    takes: { password: 'absent: one is made and shown once' }, run: setPassword },
  { method: 'GET', path: '/users/{username}/roles', scope: 'admin/users.read', summary: 'Show the roles of a person',
    takes: { environment: 'playground or production' },
    run: async ({ policies }, input) => ({ roles: await policies.rolesOf(input.part('username'), input.environment()) }) },
  { method: 'POST', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Give a person a role in an organisation', status: 201,
    takes: { environment: 'playground or production', role: 'such as family-doctor', organization: 'id of the Organization' }, run: giveRole },
  { method: 'DELETE', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Take a role from a person; tokens end', status: 204,
    takes: { environment: 'playground or production', role: 'such as family-doctor', organization: 'id of the Organization' }, run: takeRole },
  { method: 'GET', path: '/users/{username}/sessions', scope: 'admin/sessions.read', summary: 'Show where a person is signed in', run: listSessions },
  { method: 'DELETE', path: '/users/{username}/sessions/{session_id}', scope: 'admin/sessions.write', summary: 'End a session and what came of it', status: 204, run: endOne },
  { method: 'GET', path: '/keys', scope: 'admin/keys.read', summary: 'List the signing keys', run: listKeys },
  { method: 'POST', path: '/keys', scope: 'admin/keys.write', summary: 'Make a new signing key, which signs a quarter of an hour later', status: 201,
    takes: { alg: 'ES256 or RS256' }, run: rotateKey },
  { method: 'GET', path: '/policies', scope: 'admin/policies.read', summary: 'List what each role permits',
    run: async ({ policies }) => ({ policies: (await policies.list()).map(shownPolicy) }) },
  { method: 'PUT', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Say what a role permits',
    takes: { scopes: 'a list of user/ scopes' }, run: setPolicy },
  { method: 'DELETE', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Let a role permit nothing', status: 204, run: removePolicy },
];

async function listClients({ clients }: AdminContext, input: Input): Promise<unknown> {
  const environment = input.text('environment');
  const status = input.text('status');
  const found = (await clients.list()).filter(
    (client) =>
      (environment === undefined || client.environment === environment) &&
      (status === undefined || statusOf(client) === status) &&
      input.matches(client.clientId, client.name),
  );
  const { page, next } = input.page(found, ({ clientId }) => clientId);
  return { total: found.length, clients: page.map((client) => shownClient(client)), ...next };
}

function membersOf(input: Input): Partial<NewClient> {
  const [name, scope] = [input.text('client_name'), input.text('scope')];
  const [grants, redirectUris] = [input.texts('grant_types'), input.texts('redirect_uris')];
  const scopes = scope?.split(' ').filter((token) => token !== '');
  const forbidden = scopes?.find(isAdminScope);
  if (forbidden !== undefined)
    throw new AdminError(400, `"${forbidden}" is registered by an operator at the command line only`);
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(grants === undefined ? {} : { grants }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
  };
}

async function createClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  const members = membersOf(input);
  const [jwks, jwksUri] = [input.value('jwks'), input.text('jwks_uri')];
  const { client, secret } = await clients.create({
    name: '',
    scopes: [],
    grants: ['client_credentials'],
    ...members,
    environment: input.environment(),
    public: input.flag('public'),
    ...(jwks === undefined ? {} : { jwks }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
  });
  return shownClient(client, secret);
}

async function showClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  const client = await clients.find(input.part('client_id'));
  if (client === undefined) throw new AdminError(404, `There is no client "${input.part('client_id')}"`);
  return shownClient(client);
}

async function changeClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  return shownClient(await clients.change(input.part('client_id'), membersOf(input)));
}

async function rotateSecret({ clients }: AdminContext, input: Input): Promise<unknown> {
  const { client, secret } = await clients.rotateSecret(input.part('client_id'), { keepOld: input.flag('keep_old') });
  return shownClient(client, secret);
}

async function listUsers({ accounts }: AdminContext, input: Input): Promise<unknown> {
  const found = (await accounts.list()).filter(({ username, name }) => input.matches(username, name));
  const { page, next } = input.page(found, ({ username }) => username);
  return { total: found.length, users: page.map((account) => shownUser(account)), ...next };
}

async function createUser({ accounts }: AdminContext, input: Input): Promise<unknown> {
  const given = input.text('password');
  const password = given ?? madePassword();
  const account = await accounts.create({
    username: input.needed('username'),
    name: input.needed('name'),
    password,
    identities: identitiesIn(input.value('identities')),
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

async function accountOf(accounts: Accounts, input: Input): ReturnType<Accounts['enable']> {
  const account = await accounts.find(input.part('username'));
  if (account === undefined) throw new AdminError(404, `There is no account "${input.part('username')}"`);
  return account;
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

async function listSessions({ sql, accounts, clock }: AdminContext, input: Input): Promise<unknown> {
  const { accountId } = await accountOf(accounts, input);
  return { sessions: (await selectSessions(sql, accountId, clock())).map(shownSession) };
}

async function endOne({ sql, accounts, clock, actor, reason }: AdminContext, input: Input): Promise<unknown> {
  const { accountId } = await accountOf(accounts, input);
  if (!(await endSession(sql, accountId, input.part('session_id'), clock()))) {
    throw new AdminError(404, `"${input.part('username')}" has no session "${input.part('session_id')}"`);
  }
  await insertAuditEvents(sql, [{ recorded: clock(), event: 'session.ended', actor, reason, accountId }]);
  return undefined;
}

async function listKeys({ sql, clock }: AdminContext): Promise<unknown> {
  const now = clock();
  return { keys: (await selectSigningKeys(sql, now)).map((row) => shownKey(row, now)) };
}

async function rotateKey({ sql, clock, encryptionKey, actor, reason }: AdminContext, input: Input): Promise<unknown> {
  const alg = input.needed('alg');
  if (alg !== 'ES256' && alg !== 'RS256') throw new AdminError(400, 'alg: ES256 or RS256');
  const kid = await addSigningKey({ sql, encryptionKey, clock }, alg);
  const why = `${alg} ${kid}${reason === undefined ? '' : `: ${reason}`}`;
  await insertAuditEvents(sql, [{ recorded: clock(), event: 'key.added', actor, reason: why }]);
  const rows = await selectSigningKeys(sql, clock());
  return shownKey(
    rows.find((row) => row.kid === kid)!,
    clock(),
  );
}

async function setPolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  const scopes = input.texts('scopes') ?? [];
  const environment = input.environmentIn('environment');
  return shownPolicy(await policies.set({ role: input.part('role'), environment, scopes, reason }));
}

async function removePolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  await policies.remove({ role: input.part('role'), environment: input.environmentIn('environment'), reason });
  return undefined;
}
