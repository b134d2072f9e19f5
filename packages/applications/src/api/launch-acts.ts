/**
 * Launches that developers try (SMART App Launch 2.2): the test people of the playground, and the context in which one of them opens an
 * application. A launch grants nothing by itself: the person who signs in must be permitted to see its context.
 */
import { insertAuditEvents } from '@dhp/audit';
import type { Client } from '@dhp/clients';
import { launchUrl, makeLaunch } from '@dhp/protocol/developers';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { transact } from '@dhp/sso-kit';
import { DeveloperError } from '../rules/developer-error.ts';
import { applicationFor } from './application-for.ts';
import type { Act, Context } from './act.ts';
import { takeCall } from './explorer-acts.ts';

export const launchActs: readonly Act[] = [
  { method: 'GET', path: '/test-people', run: showTestPeople },
  { method: 'POST', path: '/applications/{client_id}/launch', status: 201, run: launch },
];

function showTestPeople({ testPeople }: Context): Promise<unknown> {
  return Promise.resolve({
    people: testPeople.map(({ pinfl, firstName, surname, is, id, encounter = null }) => ({
      ...{ as: pinfl, name: `${firstName} ${surname}`, is, id, encounter },
    })),
  });
}

/** In the playground alone, for an application that acts for people and asks for `launch`. */
async function launch(context: Context, input: Input): Promise<unknown> {
  const { sql, clock, person, actor, clientId: registeredBy } = context;
  const { client } = await applicationFor(context, input, 'launch');
  const { clientId, environment } = client;
  const iss = baseForLaunch(context, client);
  const ids = { patient: idIn(input, 'patient'), encounter: idIn(input, 'encounter') };
  const practitioner = idIn(input, 'practitioner');
  takeCall(context);
  const now = clock();
  const made = await transact(sql, async (transaction) => {
    const reason = `for ${clientId}, by its developer`;
    await insertAuditEvents(transaction, [
      { recorded: now, event: 'launch.registered', clientId, actor, accountId: person.accountId, reason },
    ]);
    return makeLaunch(transaction, {
      context: { ...plain, ...ids, practitioner },
      clientId,
      environment,
      registeredBy,
      now,
    });
  });
  const at = client.details.initiate_login_uri;
  return {
    ...{ launch: made.launch, expires_in: made.seconds, iss },
    launch_url: at === undefined ? null : launchUrl(at, { iss, launch: made.launch }),
  };
}

/** Members of the context that developers cannot choose. No emergency can be stated here. */
const plain = {
  ...{ intent: null, need_patient_banner: true, smart_style_url: null, fhir_context: null, emergency: null },
};

/** Returns the FHIR base URL, `iss`. @throws DeveloperError `not-launchable` */
function baseForLaunch({ environments }: Context, { environment, grants, scopes }: Client): string {
  const base = environments[environment];
  if (
    environment === 'playground' &&
    base !== undefined &&
    grants.includes('authorization_code') &&
    scopes.includes('launch')
  )
    return base;
  throw new DeveloperError(
    'not-launchable',
    'Only applications of the playground at which people sign in, and which may ask for the scope launch, are launched by other software',
  );
}

/** @throws InputError for a text that is not a resource id */
function idIn(input: Input, name: string): string | null {
  const id = input.text(name) ?? '';
  if (id === '') return null;
  if (/^[A-Za-z0-9.-]{1,64}$/.test(id)) return id;
  throw new InputError('invalid-value', `${name} is an id of a resource`);
}
