/** The clients: found, registered, changed, approved, given secrets, disabled. */
import { changedDetails, type ClientChange } from '../clients/clients.ts';
import { readLogo, type Logo } from '../clients/logo.ts';
import { detailsIn } from '../registration/metadata.ts';
import { AdminError } from './admin-error.ts';
import type { Input } from './input.ts';
import { environments, present, search, type Act, type AdminContext } from './act.ts';
import { shownClient } from './shapes.ts';

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
  require_pkce: 'true: its authorization requests must use PKCE; a public client must in any case',
  client_uri: 'a page about it; null: none',
  logo_uri: 'where it publishes its picture, for people; null: nowhere',
  policy_uri: 'what it does with data; null: none',
  tos_uri: 'its terms; null: none',
  initiate_login_uri: 'where it is launched by software of health workers; null: nowhere',
  contacts: 'a list of e-mail addresses of who answers for it',
  software_id: 'which software it is; null: not said',
  software_version: 'which version; null: not said',
};

// prettier-ignore
export const clientActs: readonly Act[] = [
  { method: 'GET', path: '/clients', scope: 'admin/clients.read', summary: 'List and search clients', answers: 'Clients',
    takes: { ...search, environment: 'playground or production', status: 'registered, approved or disabled' }, run: listClients },
  { method: 'POST', path: '/clients', scope: 'admin/clients.write', summary: 'Register a client', answers: 'Client', status: 201,
    takes: { ...clientMembers, environment: 'playground or production', public: 'true for an app without a secret' }, run: createClient },
  { method: 'GET', path: '/clients/{client_id}', scope: 'admin/clients.read', summary: 'Show a client', answers: 'Client', run: showClient },
  { method: 'PATCH', path: '/clients/{client_id}', scope: 'admin/clients.write', summary: 'Change a client', answers: 'Client', takes: clientMembers, run: changeClient },
  { method: 'POST', path: '/clients/{client_id}/approve', scope: 'admin/clients.approve', summary: 'Approve a client of production that others registered', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.approve(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/disable', scope: 'admin/clients.write', summary: 'Refuse a client from now on, and its tokens', answers: 'Client',
    run: async ({ clients, reason }, input) => shownClient(await clients.disable(input.part('client_id'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/clients/{client_id}/enable', scope: 'admin/clients.write', summary: 'Let a disabled client in again', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.enable(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/rotate-secret', scope: 'admin/clients.write', summary: 'Give a client a new secret', answers: 'Client',
    takes: { keep_old: 'true: the secret of before works until the next rotation' }, run: rotateSecret },
  { method: 'POST', path: '/clients/{client_id}/drop-old-secret', scope: 'admin/clients.write', summary: 'Let the secret of before work no longer', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.dropOldSecret(input.part('client_id'))) },
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

function membersOf(input: Input): ClientChange {
  return present({
    name: input.text('client_name'),
    scopes: input.words('scope'),
    grants: input.texts('grant_types'),
    redirectUris: input.texts('redirect_uris'),
    postLogoutRedirectUris: input.texts('post_logout_redirect_uris'),
    backchannelLogoutUri: input.textOrNull('backchannel_logout_uri'),
    jwks: input.value('jwks') ?? undefined,
    jwksUri: input.text('jwks_uri'),
    dpopBound: input.givenFlag('dpop_bound_access_tokens'),
    minimalAuthorize: input.givenFlag('minimal_authorize'),
    hexChallenge: input.givenFlag('hex_challenge'),
    requirePkce: input.givenFlag('require_pkce'),
    details: detailsIn(input),
    signInMethods: input.texts('sign_in_methods'),
  });
}

/** Fetches the picture of `logo` now, from the text or address given; null removes it. */
async function logoIn({ outbound }: AdminContext, input: Input): Promise<{ logo?: Logo | null }> {
  const uri = input.textOrNull('logo');
  if (uri === undefined) return {};
  return { logo: uri === null ? null : await readLogo(uri, outbound) };
}
