/** Owners of subscriptions: their rights, as they were kept, and whether these still stand. */
import type { SubscriptionRequest } from '@dhp/fhir-store/subscriptions';
import type { Access } from '../contract/access.ts';
import type { Bearer } from '../contract/exchange.ts';
import type { Failure } from '../http/errors.ts';
import { ownerOf as nameOfRights, readRights, type WrittenRights } from '../jobs/rights.ts';

/** Name of a client and person, whatever their rights. */
export function ownerOf({ clientId, subject }: Access): string {
  return JSON.stringify([clientId, subject]);
}

export interface Owner {
  /** The same for those with the same rights. */
  readonly name: string;
  readonly access: Access;
}

/** The server's knowledge of tokens, for rights that outlive one. */
export interface Standing {
  /** Why a token counts no more, by the feed of revocations; `sso-unavailable` where nobody knows. */
  readonly doubt: (access: Access) => Failure | undefined;
  readonly bearerOf: (access: Access) => Bearer;
  readonly clock: () => Date;
}

export function ownerIn({ rights }: Pick<SubscriptionRequest, 'rights'>): Owner {
  const access = readRights(rights as WrittenRights);
  // Those of a person end with a token, and so are apart.
  const ends = access.authority === 'system' ? '' : String(access.expiresAt);
  return { name: `${nameOfRights(access).toString('base64url')} ${ends}`, access };
}

/** Nobody knows now whether rights stand: nothing is decided until that is known. */
export class StandingUnknown extends Error {
  override readonly name = 'StandingUnknown';
}

/**
 * Why the rights of an owner have ended; undefined while they stand. Those of a client by itself stand until its token, or the client, is revoked; those of a
 * person end with the token, as what they rest on is asked again when there is another one.
 * @throws StandingUnknown
 */
export function endOfRights({ access }: Owner, { doubt, clock }: Standing): string | undefined {
  const found = doubt(access);
  if (found?.code === 'sso-unavailable') throw new StandingUnknown('the SSO does not say what is revoked');
  if (found !== undefined) return 'The rights by which it was requested were revoked. Request it again.';
  if (access.authority === 'system' || access.expiresAt > clock().getTime()) return undefined;
  return 'The token by which it was requested has ended, and no newer one was seen. Request it again.';
}

/** The owner as a caller of this moment. */
export function bearerOf({ access }: Owner, { bearerOf: make, clock }: Standing): Bearer {
  const isOwn = access.authority === 'system';
  return make(isOwn ? { ...access, expiresAt: clock().getTime() + moment } : access);
}

/** Milliseconds for which a caller is made. */
const moment = 60_000;
