/** The person of an engine request, looked up once per request, and the claims about the person in tokens. */
import type { EngineConfiguration, EngineContext } from 'oidc-provider';
import { requestState } from '@dhp/sso-kit/request';
import type { Registration } from '@dhp/clients/rows';
import { grantClaim } from '../tokens.ts';
import { registrationOf } from './engine-client.ts';
import type { EngineOptions } from './options.ts';
import { claimsOfPerson, hasUserScope, personOf, personOfAccount, policiesOfPerson, tokenClaims } from './person.ts';
import type { Redemptions } from './redemptions.ts';
import type { Person } from './state.ts';

export interface PeopleOfRequests {
  /** The person found through the token of the request, if there is one. */
  find(registration: Registration, accountId: string): Promise<Person | undefined>;
  /** Whether a record of the person requires two factors. They are never required of a test person whom anybody may use. */
  isHeldToTwo(ctx: EngineContext, accountId: string): Promise<boolean>;
  readonly findAccount: EngineConfiguration['findAccount'];
  readonly tokenClaims: EngineConfiguration['extraTokenClaims'];
}

export function peopleOfRequests(options: EngineOptions & { redemptions: Redemptions }): PeopleOfRequests {
  const { redemptions } = options;
  async function find(registration: Registration, accountId: string): Promise<Person | undefined> {
    const state = requestState();
    const before = state.person;
    if (before?.account.accountId === accountId) return before;
    const known = redemptions.account(accountId);
    const person =
      known === undefined
        ? await personOf(options, registration, accountId)
        : known.account && personOfAccount(options.environments, registration, known.account);
    if (person !== undefined) state.person = person;
    return person;
  }

  return {
    find,
    async isHeldToTwo({ oidc: { client } }, accountId) {
      if (options.secondFactorFor.length === 0 || client === undefined) return false;
      const person = await find(registrationOf(client), accountId);
      const { identities = [], isTest = false } = person?.account ?? {};
      return !isTest && identities.some(({ type }) => options.secondFactorFor.includes(type));
    },
    async findAccount(ctx, accountId) {
      const person = await find(registrationOf(ctx.oidc.client!), accountId);
      return person && { accountId, claims: () => claimsOfPerson(person) };
    },
    async tokenClaims(ctx, token) {
      const registration = registrationOf(ctx.oidc.client!);
      if (token.kind === 'ClientCredentials') return claimsOfClient(registration);
      if (token.kind !== 'AccessToken' || token.accountId === undefined) return undefined;
      const person = await find(registration, token.accountId);
      const { environment } = registration;
      const launch = await redemptions.launchOf(token.grantId!);
      const isByRoles = launch?.picked === true || hasUserScope(token.scope ?? '');
      const policies = person && isByRoles ? await policiesOfPerson(options, person, environment) : {};
      return (
        person && {
          ...tokenClaims(person, token.scope ?? '', launch),
          ...{ ...policies, ...signInOf(ctx), gid: grantClaim(token.grantId!) },
        }
      );
    },
  };
}

/** How, and when, the person signed in (RFC 9068, section 2.2.1). */
function signInOf({ oidc: { entities } }: EngineContext): Record<string, unknown> {
  const { acr, authTime } = entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? {};
  return { ...(acr !== undefined && { acr }), ...(authTime !== undefined && { auth_time: authTime }) };
}

/** A client acting for itself acts for the organisation with which it was registered, if any. */
export function claimsOfClient({ organization }: Registration): Record<string, unknown> | undefined {
  return organization === null ? undefined : { organization: `Organization/${organization}` };
}
