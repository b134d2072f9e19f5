/** The person whom a request of the engine is about, asked for once a request, and what tokens say of them. */
import type { EngineClient, EngineConfiguration, EngineContext } from 'oidc-provider';
import type { Registration } from '../store/clients.ts';
import { grantClaim } from '../tokens.ts';
import type { EngineOptions } from './options.ts';
import {
  claimsOfPerson,
  hasUserScope,
  personOf,
  personOfAccount,
  policiesOfPerson,
  tokenClaims,
  type Person,
} from './person.ts';
import type { Redemptions } from './redemptions.ts';

export interface PeopleOfRequests {
  /** As the token of the request led to the person, where it did. */
  find(ctx: EngineContext, registration: Registration, accountId: string): Promise<Person | undefined>;
  readonly findAccount: EngineConfiguration['findAccount'];
  readonly tokenClaims: EngineConfiguration['extraTokenClaims'];
}

export function peopleOfRequests(
  options: EngineOptions & { redemptions: Redemptions },
  registrationOf: (client: EngineClient) => Registration,
): PeopleOfRequests {
  const { redemptions } = options;
  /** Of the request: its client does not change while it is answered. */
  const people = new WeakMap<EngineContext, Person>();

  async function find(ctx: EngineContext, registration: Registration, accountId: string): Promise<Person | undefined> {
    const before = people.get(ctx);
    if (before?.account.accountId === accountId) return before;
    const known = redemptions.account(ctx, accountId);
    const person =
      known === undefined
        ? await personOf(options, registration, accountId)
        : known.account && personOfAccount(options.environments, registration, known.account);
    if (person !== undefined) people.set(ctx, person);
    return person;
  }

  return {
    find,
    async findAccount(ctx, accountId) {
      const person = await find(ctx, registrationOf(ctx.oidc.client!), accountId);
      return person && { accountId, claims: () => claimsOfPerson(person) };
    },
    async tokenClaims(ctx, token) {
      if (token.kind !== 'AccessToken' || token.accountId === undefined) return undefined;
      const registration = registrationOf(ctx.oidc.client!);
      const person = await find(ctx, registration, token.accountId);
      const { environment } = registration;
      const launch = await redemptions.launchOf(ctx, token.grantId!);
      const isByRoles = launch?.picked === true || hasUserScope(token.scope ?? '');
      const policies = person && isByRoles ? await policiesOfPerson(options, person, environment) : {};
      return (
        person && { ...tokenClaims(person, token.scope ?? '', launch), ...policies, gid: grantClaim(token.grantId!) }
      );
    },
  };
}
