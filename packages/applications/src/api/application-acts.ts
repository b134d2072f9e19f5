/** Acts on applications. Applications work in the playground at once; nothing here admits one to production. */
import { InputError, type Input } from '@dhp/sso-kit/input';
import { clientFields } from '@dhp/clients/fields';
import type { Session } from '@dhp/postgres';
import { DeveloperError } from '../rules/developer-error.ts';
import { kindNames, kinds } from '../rules/kinds.ts';
import { requireRight } from '../rules/members.ts';
import { countApplications, insertApplication, selectApplication } from '../store/applications.ts';
import { lockCount, selectOrganization } from '../store/organizations.ts';
import type { Act, Context } from './act.ts';
import { applicationFor, holdRight } from './application-for.ts';
import { keysIn, launchAddressIn } from './credential-acts.ts';
import { nameIn } from './organization-acts.ts';
import { shownApplication } from './shown.ts';

export const applicationActs: readonly Act[] = [
  { method: 'POST', path: '/organizations/{organization_id}/applications', status: 201, run: register },
  { method: 'POST', path: '/check-redirects', run: checkRedirects },
  { method: 'GET', path: '/applications/{client_id}', run: show },
  { method: 'POST', path: '/applications/{client_id}/revoke', run: revoke },
];

const day = 86_400_000;

async function register(context: Context, input: Input): Promise<unknown> {
  const { sql, clock, person, clients } = context;
  const { accountId } = person;
  const organization = await selectOrganization(sql, { organizationId: input.part('organization_id'), accountId });
  requireRight(organization?.role, 'register', 'organisation of that id');
  const { organization_id: organizationId } = organization;
  const kind = input.oneOf('kind', kindNames) ?? missing('kind');
  const { grants, isPublic, hasRedirects, tasks } = kinds[kind];
  const task = input.oneOf('task', Object.keys(tasks)) ?? missing('task');
  const { client, secret } = await clients.create(
    {
      ...{ name: nameIn(input, 'client_name'), grants: [...grants], scopes: [...tasks[task]!], public: isPublic },
      ...(!isPublic && keysIn(input)),
      redirectUris: hasRedirects ? (input.texts('redirect_uris') ?? []) : [],
      ...(kind === 'web' && { requirePkce: true }),
      ...(hasRedirects && newDetails(input)),
      environment: 'playground',
    },
    async (transaction, { clientId }) => {
      await takePlace(transaction, context, organizationId);
      await holdRight(transaction, { organizationId, accountId }, 'register');
      await insertApplication(transaction, { clientId, organizationId, kind, task, accountId, now: clock() });
    },
  );
  const found = await selectApplication(sql, { clientId: client.clientId, accountId });
  return {
    ...(await shownApplication(context, found!, client)),
    ...(secret !== undefined && { client_secret: secret }),
  };
}

function newDetails(input: Input): { details?: { initiate_login_uri: string } } {
  const at = launchAddressIn(input).details?.initiate_login_uri;
  return typeof at === 'string' ? { details: { initiate_login_uri: at } } : {};
}

/** Checks addresses while they are typed: whether an application of the kind may have them. @throws ClientError if not */
function checkRedirects(_context: Context, input: Input): Promise<unknown> {
  const kind = input.oneOf('kind', kindNames) ?? missing('kind');
  const { grants, isPublic } = kinds[kind];
  const uris = input.texts('redirect_uris') ?? [];
  const around = { isPublic, grants: [...grants], types: undefined };
  return Promise.resolve({ redirect_uris: clientFields.redirectUris.check(uris, around) });
}

const missing = (name: string): never => {
  throw new InputError('invalid-value', `${name} is missing`);
};

/** Counts only after concurrent registrations have committed. @throws DeveloperError if the limit is reached */
async function takePlace(
  transaction: Session,
  { limits, person: { accountId }, clock }: Context,
  organizationId: string,
): Promise<void> {
  for (const counted of [accountId, organizationId].sort()) await lockCount(transaction, counted);
  const since = new Date(clock().getTime() - day);
  const count = await countApplications(transaction, { organizationId, accountId, since });
  const refuse = (whose: string, most: number): never => {
    throw new DeveloperError('too-many-applications', `${whose} at most ${String(most)} applications`);
  };
  const { applicationsOfPerson: mostOfPerson, applicationsOfOrganization: most } = limits;
  if (count.of_person >= mostOfPerson) refuse('One person has', mostOfPerson);
  if (count.lately >= mostOfPerson) refuse('One person makes in a day', mostOfPerson);
  if (count.of_organization >= most) refuse('One organisation has', most);
}

async function show(context: Context, input: Input): Promise<unknown> {
  const { found, client } = await applicationFor(context, input, 'look');
  return shownApplication(context, found, client);
}

/** Ends all secrets, keys and tokens permanently: an application that is needed again must be registered again. */
async function revoke(context: Context, input: Input): Promise<unknown> {
  const { found, client, clients } = await applicationFor(context, input, 'revoke-application');
  return shownApplication(
    context,
    found,
    await clients.disable(client.clientId, { reason: 'revoked by its developers' }),
  );
}
