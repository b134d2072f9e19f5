/**
 * Asking for production. The request registers a client of production that waits: an operator approves it, or disables it with a reason, by
 * the acts that there are for that. docs/decisions/0068-requests-for-production.md
 */
import { InputError, type Input } from '@dhp/sso-kit/input';
import { barredFromProduction, DeveloperError } from '../rules/developer-error.ts';
import { kinds } from '../rules/kinds.ts';
import { insertApplication, selectApplication } from '../store/applications.ts';
import { lockCount } from '../store/organizations.ts';
import {
  insertProductionRequest,
  selectProductionRequests,
  type ProductionRequestRow,
} from '../store/production-requests.ts';
import type { Act, Context } from './act.ts';
import { applicationFor, holdRight } from './application-for.ts';
import { shownApplication } from './shown.ts';

export const productionActs: readonly Act[] = [
  { method: 'GET', path: '/applications/{client_id}/production', run: showRequests },
  { method: 'POST', path: '/applications/{client_id}/production', status: 201, run: ask },
];

async function showRequests(context: Context, input: Input): Promise<unknown> {
  const { client } = await applicationFor(context, input, 'look');
  const requests = await selectProductionRequests(context.sql, client.clientId);
  return { is_served: context.isProductionServed, requests: requests.map(shownRequest) };
}

function shownRequest(row: ProductionRequestRow): object {
  return {
    client_id: row.client_id,
    state: stateOf(row),
    asked_at: row.asked_at.toISOString(),
    ...{ profiles: row.profiles, tests: row.tests, contacts: row.contacts },
    reason: row.disabled_reason,
  };
}

function stateOf({ approved_at: approved, disabled_at: disabled }: ProductionRequestRow): string {
  if (disabled !== null) return approved === null ? 'refused' : 'revoked';
  return approved === null ? 'awaits-approval' : 'works';
}

async function ask(context: Context, input: Input): Promise<unknown> {
  const { sql, clock, person, clients, isProductionServed } = context;
  const { found, client } = await applicationFor(context, input, 'ask-for-production');
  if (person.isTest === true) throw barredFromProduction();
  if (!isProductionServed) throw new DeveloperError('production-absent', 'Production is not served here');
  if (client.environment === 'production')
    throw new DeveloperError('already-asked', 'This is the application of production already');
  const checklist = { profiles: textIn(input, 'profiles'), tests: textIn(input, 'tests') };
  const contacts = input.texts('contacts') ?? [];
  if (contacts.length === 0) throw new InputError('invalid-value', 'contacts is missing: e-mail addresses');
  const { accountId } = person;
  const { hasRedirects } = kinds[found.kind];
  const { initiate_login_uri: launchAddress } = client.details;
  const made = await clients.create(
    {
      ...{ name: client.name, grants: client.grants, scopes: client.scopes, public: client.public },
      ...(hasRedirects && { redirectUris: input.texts('redirect_uris') ?? client.redirectUris }),
      ...(client.requirePkce && { requirePkce: true }),
      ...(client.jwks && { jwks: client.jwks }),
      ...(client.jwksUri !== undefined && { jwksUri: client.jwksUri }),
      details: { contacts, ...(launchAddress !== undefined && { initiate_login_uri: launchAddress }) },
      environment: 'production',
    },
    async (transaction, { clientId }) => {
      const { organization_id: organizationId, kind, task } = found;
      await holdRight(transaction, { organizationId, accountId }, 'ask-for-production');
      await lockCount(transaction, client.clientId);
      const before = await selectProductionRequests(transaction, client.clientId);
      if (before.some((one) => one.disabled_at === null))
        throw new DeveloperError('already-asked', 'Production was asked for already');
      if (before.length >= mostRequests)
        throw new DeveloperError(
          'too-many-requests',
          `At most ${String(mostRequests)} requests are made for one application`,
        );
      const now = clock();
      await insertApplication(transaction, { clientId, organizationId, kind, task, accountId, now });
      const request = { clientId, application: client.clientId, ...checklist, contacts, accountId, now };
      await insertProductionRequest(transaction, request);
    },
  );
  const shown = await selectApplication(sql, { clientId: made.client.clientId, accountId });
  return {
    ...(await shownApplication(context, shown!, made.client)),
    ...(made.secret !== undefined && { client_secret: made.secret }),
  };
}

/** Requests for one application, including refused ones: an operator reads each. */
const mostRequests = 5;

function textIn(input: Input, name: string): string {
  const text = input.needed(name).trim();
  if (text !== '' && text.length <= 2000 && !/[^\P{C}\r\n\t]/u.test(text)) return text;
  throw new InputError('invalid-value', `${name} is a text of 1 to 2000 characters`);
}
