/** Grants: the permissions that a person gives a client in one authorization. */
import { hash } from 'node:crypto';
import type { EngineContext, EngineGrant, Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import { requestState, change } from '@dhp/sso-kit/request';
import { selectConsent } from '../store/consents.ts';
import type { Registration } from '@dhp/clients/rows';
import { insertingGrantBasis } from '../store/grant-basis.ts';
import { isBarred, lackOf, recordOf } from './person.ts';
import { personScopes } from './scopes.ts';
import type { SignInReads } from './sign-in-reads.ts';
import type { Person } from './state.ts';

export const secondsOfGrant = 30 * 86_400;

/**
 * Makes a separate grant for one authorization: revoking one leaves the others in place.
 * @param o.asked the scopes that the client requests; those that are not `allowed` count as refused, since otherwise the engine would ask
 * again
 */
export async function makeGrant(
  { provider, sql, clock }: { provider: Provider; sql: Sql; clock: () => Date },
  o: {
    person: Person;
    registration: Registration;
    resource: unknown;
    asked: readonly string[];
    allowed: readonly string[];
    sessionUid: string | undefined;
  },
): Promise<{ grant: EngineGrant; grantId: string }> {
  const { account, patient } = o.person;
  const { accountId } = account;
  const { client_id: clientId, environment } = o.registration;
  const grant = new provider.Grant({ accountId, clientId });
  const { allowed } = o;
  const given = new Set(allowed);
  const refused = o.asked.filter((scope) => !given.has(scope));
  for (const resource of [o.resource].flat().filter((one) => typeof one === 'string')) {
    if (allowed.length > 0) grant.addResourceScope(resource, allowed.join(' '));
    if (refused.length > 0) grant.rejectResourceScope(resource, refused.join(' '));
  }
  if (allowed.length > 0) grant.addOIDCScope(allowed.join(' '));
  if (refused.length > 0) grant.rejectOIDCScope(refused.join(' '));
  const state = requestState();
  state.sessionOfGrant = o.sessionUid;
  const grantId = await grant.save(secondsOfGrant);
  state.sessionOfGrant = undefined;
  const basis = insertingGrantBasis(sql, {
    ...{ grantHash: hash('sha256', grantId, 'buffer'), accountId, environment },
    ...{ fhir_user: recordOf(o.person) ?? null, patient: patient ?? null },
    expires: new Date(clock().getTime() + secondsOfGrant * 1000),
  });
  await change(sql, `Basis ${grantId}`, { parts: [{ statement: basis }] });
  return { grant, grantId };
}

const browserRoutes: ReadonlySet<string> = new Set(['authorization', 'resume']);

/**
 * Makes a grant for an authorization that needs no question because the client was allowed all of it before. Without it the engine sends
 * the browser to the consent page, which sends it back at once: two round trips, which are slow on a poor line.
 * @returns undefined if a page is needed: for scopes that were never allowed, a patient in context, a native client, or a client that
 * requests consent
 */
export async function rememberedGrant(
  parts: { provider: Provider; sql: Sql; clock: () => Date; signIns: SignInReads },
  { oidc }: EngineContext,
  { person, registration }: { person: Person | undefined; registration: Registration },
): Promise<EngineGrant | undefined> {
  const { client, params, route, session } = oidc;
  if (person === undefined || client?.applicationType !== 'web' || !browserRoutes.has(route)) return undefined;
  const scope = params?.['scope'];
  const isToBeAsked = typeof params?.['prompt'] === 'string' && params['prompt'].split(' ').includes('consent');
  if (typeof scope !== 'string' || isToBeAsked || params?.['launch'] !== undefined) return undefined;
  const asked = scope.split(' ');
  if (lackOf(asked, person) !== undefined) return undefined;
  const { patient, fhirUser, account } = person;
  if (isBarred(person, registration)) return undefined;
  const allowed = personScopes(asked, {
    isPatient: patient !== undefined,
    isSomebody: fhirUser !== undefined,
    isLaunched: false,
    hasEncounter: false,
  });
  if (allowed.length === 0) return undefined;
  const { accountId } = account;
  const { client_id: clientId } = registration;
  const before = parts.signIns.consent(accountId, clientId) ?? (await selectConsent(parts.sql, accountId, clientId));
  const given = new Set(before);
  if (!allowed.every((one) => given.has(one))) return undefined;
  const resource = params?.['resource'];
  const made = await makeGrant(parts, { person, registration, resource, asked, allowed, sessionUid: session?.uid });
  return made.grant;
}
