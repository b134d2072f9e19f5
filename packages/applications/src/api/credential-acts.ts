/** Acts about the credentials of an application: a second secret beside the first, the end of the older one, other keys. */
import { InputError, type Input } from '@dhp/sso-kit/input';
import type { ClientChange } from '@dhp/clients';
import { DeveloperError } from '../rules/developer-error.ts';
import { applicationFor } from './application-for.ts';
import type { Act, Context } from './act.ts';
import { nameIn } from './organization-acts.ts';
import { shownApplication } from './shown.ts';

export const credentialActs: readonly Act[] = [
  { method: 'POST', path: '/applications/{client_id}/rotate-secret', run: rotateSecret },
  { method: 'POST', path: '/applications/{client_id}/drop-old-secret', run: dropOldSecret },
  { method: 'POST', path: '/applications/{client_id}/change', run: change },
];

/** Makes another secret; the previous one keeps working until it is dropped, so that no request fails while the new one is deployed. */
async function rotateSecret(context: Context, input: Input): Promise<unknown> {
  const { found, client, clients } = await applicationFor(context, input, 'credentials');
  if (client.acceptedSecrets > 1) throw twoLive();
  const rotated = await clients.rotateSecret(client.clientId, { keepOld: true, onlyBesideOne: true });
  return { ...(await shownApplication(context, found, rotated.client)), client_secret: rotated.secret };
}

const twoLive = (): DeveloperError =>
  new DeveloperError('two-secrets', 'Two secrets work already: end the older one before another one is made');

async function dropOldSecret(context: Context, input: Input): Promise<unknown> {
  const { found, client, clients } = await applicationFor(context, input, 'credentials');
  return shownApplication(context, found, await clients.dropOldSecret(client.clientId));
}

/** The name, the redirect addresses, the launch address, and the keys of an application that has keys. */
async function change(context: Context, input: Input): Promise<unknown> {
  const { found, client, clients } = await applicationFor(context, input, 'change');
  const given: ClientChange = {
    ...(input.value('client_name') !== undefined && { name: nameIn(input, 'client_name') }),
    ...(input.value('redirect_uris') !== undefined && { redirectUris: input.texts('redirect_uris') ?? [] }),
    ...keysIn(input),
    ...launchAddressIn(input),
  };
  if (Object.keys(given).length === 0) throw new InputError('invalid-value', 'Nothing to change is given');
  return shownApplication(context, found, await clients.change(client.clientId, given));
}

/** The address at which software of health workers launches it; an empty one removes it. */
export function launchAddressIn(input: Input): { details?: { initiate_login_uri: string | null } } {
  const at = input.text('initiate_login_uri')?.trim();
  return at === undefined ? {} : { details: { initiate_login_uri: at === '' ? null : at } };
}

/** Keys as given: a key set, or the address at which it is published. */
export function keysIn(input: Input): { jwks?: unknown; jwksUri?: string } {
  const [jwks, jwksUri] = [input.value('jwks'), input.text('jwks_uri')];
  return { ...(jwks !== undefined && { jwks }), ...(jwksUri !== undefined && { jwksUri }) };
}
