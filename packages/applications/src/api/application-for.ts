/** The application that a request names, for a member of its organisation. */
import type { Client, Clients } from '@dhp/clients';
import type { Session } from '@dhp/postgres';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { barredFromProduction, DeveloperError } from '../rules/developer-error.ts';
import { requireRight, type Right } from '../rules/members.ts';
import { selectApplication } from '../store/applications.ts';
import { lockCount, selectOrganization } from '../store/organizations.ts';
import type { Context } from './act.ts';

export interface Application {
  readonly found: NonNullable<Awaited<ReturnType<typeof selectApplication>>>;
  readonly client: Client;
  /** For changes of it: each checks again, with the members locked, that the person has the right. */
  readonly clients: Clients;
}

/**
 * The application that the path names, if it belongs to the person and the role permits the act.
 * @throws InputError `not-found`, DeveloperError `not-permitted`, or `already-revoked` for an act on a revoked one
 */
export async function applicationFor(
  { sql, person, clients, clientsFor }: Context,
  input: Input,
  right: Right,
): Promise<Application> {
  const clientId = input.part('client_id');
  const found = await selectApplication(sql, { clientId, accountId: person.accountId });
  requireRight(found?.role, right, 'application of that id');
  const client = await clients.find(clientId);
  if (client === undefined) throw new InputError('not-found', 'There is no such application');
  if (person.isTest === true && client.environment === 'production') throw barredFromProduction();
  if (right !== 'look' && client.disabled !== undefined)
    throw new DeveloperError('already-revoked', 'The application works no longer: its credentials have ended');
  const { accountId } = person;
  const { organization_id: organizationId } = found;
  const held = clientsFor((transaction) => holdRight(transaction, { organizationId, accountId }, right));
  return { found, client, clients: held };
}

/**
 * Waits for changes of the members of the organisation; until the end of the transaction the person keeps the right.
 * @throws InputError `not-found`, DeveloperError `not-permitted` if the person has lost it meanwhile
 */
export async function holdRight(
  transaction: Session,
  { organizationId, accountId }: { organizationId: string; accountId: string },
  right: Right,
): Promise<void> {
  await lockCount(transaction, organizationId);
  const found = await selectOrganization(transaction, { organizationId, accountId });
  requireRight(found?.role, right, 'organisation of that id');
}
