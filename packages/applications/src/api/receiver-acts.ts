/**
 * Receivers at which developers see the notifications of their subscriptions in the playground: the FHIR server stores them, on behalf of
 * the person.
 */
import { AdministrationError } from '@dhp/sso-kit';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { DeveloperError } from '../rules/developer-error.ts';
import type { Act, Context } from './act.ts';
import { takeCall } from './explorer-acts.ts';

const path = '/test-receivers';

export const receiverActs: readonly Act[] = [
  { method: 'GET', path, run: (context) => ask(context, 'receivers') },
  { method: 'POST', path, run: make },
  { method: 'GET', path: `${path}/{id}`, run: (context, input) => ask(context, 'receivers', { id: input.part('id') }) },
  { method: 'POST', path: `${path}/{id}/answer`, status: 204, run: change },
  { method: 'POST', path: `${path}/{id}/remove`, status: 204, run: remove },
];

async function make(context: Context): Promise<unknown> {
  takeCall(context);
  const { id } = await ask(context, 'make-receiver');
  if (typeof id !== 'string')
    throw new DeveloperError('too-many-receivers', 'There are as many receivers as there may be');
  return { id };
}

async function change(context: Context, input: Input): Promise<void> {
  const asked = { id: input.part('id'), answer: input.oneOf('answer', ['takes', 'fails', 'slow']) };
  requireDone(await ask(context, 'change-receiver', asked));
}

async function remove(context: Context, input: Input): Promise<void> {
  requireDone(await ask(context, 'remove-receiver', { id: input.part('id') }));
}

function requireDone({ done }: Readonly<Record<string, unknown>>): void {
  if (done !== true) throw new InputError('not-found', 'There is no receiver of that id');
}

async function ask(
  { accessAdministration, environments, person }: Context,
  act: string,
  asked: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  if (environments.playground === undefined)
    throw new DeveloperError('environment-away', 'There is no playground here');
  try {
    return await accessAdministration.ask({ environment: 'playground', subject: person.accountId, act, asked });
  } catch (error) {
    if (!(error instanceof AdministrationError)) throw error;
    throw new DeveloperError('environment-away', error.message);
  }
}
