/** The clients: searching, registering, changing, approving, giving secrets, disabling. */
import { clientDetails, clientFields } from '@dhp/clients/fields';
import { changedDetails, readLogo, type Logo, type NewClient, detailsIn, valuesIn } from '@dhp/clients';
import { InputError, type Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import {
  environmentMember,
  environments,
  flagMember,
  membersOf,
  neededOf,
  oneOfMember,
  search,
  textMember,
  type Members,
} from './members.ts';
import { shownClient } from './shapes.ts';

const clientMembers: Members = { ...membersOf(clientFields), ...membersOf(clientDetails) };
const states = ['registered', 'approved', 'disabled'] as const;

// prettier-ignore
export const clientActs: readonly Act[] = [
  { method: 'GET', path: '/clients', scope: 'admin/clients.read', summary: 'List and search clients', answers: 'Clients',
    takes: { ...search, environment: oneOfMember(environments, 'of which environment'), status: oneOfMember(states, 'in which state') }, run: listClients },
  { method: 'POST', path: '/clients', scope: 'admin/clients.write', summary: 'Register a client', answers: 'Client', status: 201,
    takes: { ...clientMembers, environment: environmentMember, public: flagMember('true for an app without a secret') }, needs: neededOf(clientFields).filter((name) => name !== clientFields.grants.json), run: createClient },
  { method: 'GET', path: '/clients/{client_id}', scope: 'admin/clients.read', summary: 'Show a client', answers: 'Client', run: showClient },
  { method: 'PATCH', path: '/clients/{client_id}', scope: 'admin/clients.write', summary: 'Change a client', answers: 'Client', takes: clientMembers, run: changeClient },
  { method: 'POST', path: '/clients/{client_id}/approve', scope: 'admin/clients.approve', summary: 'Approve a client of production that others registered', answers: 'Client',
    takes: { unchanged_since: textMember('what `updated_at` said when it was looked at: a client that was changed since is not approved') }, run: approveClient },
  { method: 'POST', path: '/clients/{client_id}/disable', scope: 'admin/clients.write', summary: 'Refuse a client from now on, and its tokens', answers: 'Client',
    run: async ({ clients, reason }, input) => shownClient(await clients.disable(input.part('client_id'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/clients/{client_id}/enable', scope: 'admin/clients.write', summary: 'Let a disabled client in again', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.enable(input.part('client_id'))) },
  { method: 'POST', path: '/clients/{client_id}/rotate-secret', scope: 'admin/clients.write', summary: 'Give a client a new secret', answers: 'Client',
    takes: { keep_old: flagMember('true: the secret of before works until the next rotation') }, run: rotateSecret },
  { method: 'POST', path: '/clients/{client_id}/drop-old-secret', scope: 'admin/clients.write', summary: 'Let the secret of before work no longer', answers: 'Client',
    run: async ({ clients }, input) => shownClient(await clients.dropOldSecret(input.part('client_id'))) },
];

async function listClients({ clients }: AdminContext, input: Input): Promise<unknown> {
  const filter = {
    q: input.text('q'),
    environment: input.oneOf('environment', environments),
    status: input.oneOf('status', states),
  };
  const { items, ...rest } = await clients.search({ ...filter, ...input.page() });
  return { ...rest, clients: items.map((client) => shownClient(client)) };
}

async function createClient(context: AdminContext, sent: Input): Promise<unknown> {
  const { clients } = context;
  // As when a client registers itself (RFC 7591).
  const input = sent.withoutNulls();
  const { logo } = await logoIn(context, input);
  const { client, secret } = await clients.create({
    name: '',
    scopes: [],
    grants: ['client_credentials'],
    ...(valuesIn(input) as Partial<NewClient>),
    details: changedDetails({}, detailsIn(input)),
    ...(logo ? { logo } : {}),
    environment: input.environment(),
    public: input.flag('public'),
  });
  return shownClient(client, secret);
}

async function showClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  const client = await clients.find(input.part('client_id'));
  if (client === undefined) throw new InputError('not-found', `There is no client "${input.part('client_id')}"`);
  return shownClient(client);
}

async function changeClient(context: AdminContext, input: Input): Promise<unknown> {
  const change = { ...valuesIn(input), details: detailsIn(input), ...(await logoIn(context, input)) };
  return shownClient(await context.clients.change(input.part('client_id'), change));
}

async function approveClient({ clients }: AdminContext, input: Input): Promise<unknown> {
  const seen = input.withoutNulls().text('unchanged_since');
  const unchangedSince = seen === undefined ? undefined : new Date(seen);
  if (Number.isNaN(unchangedSince?.getTime()))
    throw new InputError('invalid-value', 'unchanged_since is a time such as 2026-01-31T12:00:00.000Z');
  return shownClient(await clients.approve(input.part('client_id'), { unchangedSince }));
}

async function rotateSecret({ clients }: AdminContext, input: Input): Promise<unknown> {
  const { client, secret } = await clients.rotateSecret(input.part('client_id'), { keepOld: input.flag('keep_old') });
  return shownClient(client, secret);
}

/** Fetches the picture of `logo` now, or decodes it if it is given as text; null removes it. */
async function logoIn({ outbound }: AdminContext, input: Input): Promise<{ logo?: Logo | null }> {
  const uri = input.textOrNull('logo');
  if (uri === undefined) return {};
  return { logo: uri === null ? null : await readLogo(uri, outbound) };
}
