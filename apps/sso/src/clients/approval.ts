/**
 * Approval of clients of production: what a change must not touch without another approval, and who is independent enough to give it.
 */
import { coverageOf } from '@dhp/smart-scopes';
import type { Sql } from '@dhp/postgres';
import type { ClientRow } from '../store/clients.ts';
import { selectPrincipals } from '../store/custody.ts';
import type { ValidClient } from './validate.ts';

/** How long somebody who has set the password or reset the factors of a person counts as that person. */
const custodyDays = 30;

type Kept = Omit<ValidClient, 'clientId' | 'environment' | 'public'> & { logoSha256: string | null };

/** Member by member, whether what is after is no more than what was approved. A new member of a registration needs a line. */
const within: Record<keyof Kept, (before: ClientRow, after: Kept) => boolean> = {
  name: (before, after) => before.name === after.name,
  logoSha256: (before, after) => after.logoSha256 === null || before.logo_sha256 === after.logoSha256,
  grants: (before, after) => isPart(after.grants, before.grants),
  scopes: (before, after) => after.scopes.every(coverageOf(before.scopes)),
  redirectUris: (before, after) => isPart(after.redirectUris, before.redirect_uris),
  postLogoutRedirectUris: (before, after) => isPart(after.postLogoutRedirectUris, before.post_logout_redirect_uris),
  backchannelLogoutUri: (before, after) => (after.backchannelLogoutUri ?? null) === before.backchannel_logout_uri,
  jwks: (before, after) => sameKeys(before.jwks, after.jwks ?? null),
  jwksUri: (before, after) => (after.jwksUri ?? null) === before.jwks_uri,
  minimalAuthorize: (before, after) => before.minimal_authorize || !after.minimalAuthorize,
  requirePkce: (before, after) => !before.require_pkce || after.requirePkce,
  hexChallenge: (before, after) => before.hex_challenge || !after.hexChallenge,
  dpopBound: (before, after) => !before.dpop_bound || after.dpopBound,
  // No method named means all of them.
  signInMethods: (before, after) =>
    before.sign_in_methods.length === 0 ||
    (after.signInMethods.length > 0 && isPart(after.signInMethods, before.sign_in_methods)),
  // The address of launches matters; the other details are for people to read.
  details: (before, after) =>
    (after.details.initiate_login_uri ?? null) === (before.details.initiate_login_uri ?? null),
};

/** Whether an approval that was given for the one is good for the other: nothing that somebody looked at has grown. */
export function isWithin(before: ClientRow, after: Kept): boolean {
  return Object.values(within).every((rule) => rule(before, after));
}

function isPart(now: readonly string[], then: readonly string[]): boolean {
  return now.every((one) => then.includes(one));
}

function sameKeys(a: ClientRow['jwks'], b: ClientRow['jwks']): boolean {
  const members = (set: ClientRow['jwks']): string[] =>
    (set?.keys ?? []).map((key) => JSON.stringify(Object.entries(key).sort(([x], [y]) => (x < y ? -1 : 1)))).sort();
  return members(a).join() === members(b).join();
}

/**
 * Whether the actor has no part in what is to be approved: neither made the client nor widened it since it was approved, neither itself
 * nor as or through anybody whose credentials the one holds of the other.
 */
export async function isIndependent(sql: Sql, actor: string, client: ClientRow, now: Date): Promise<boolean> {
  const authors = [...client.widened_by, ...(client.created_by === null ? [] : [client.created_by])];
  const [those, these] = [await principalsOf(sql, authors, now), await principalsOf(sql, [actor], now)];
  return !these.some((one) => those.includes(one));
}

/** The actors themselves, and everybody who holds credentials of theirs and so can act as them. */
export function principalsOf(sql: Sql, actors: readonly string[], now: Date): Promise<string[]> {
  return selectPrincipals(sql, actors, new Date(now.getTime() - custodyDays * 86_400_000));
}
