/** Owners of subscriptions: their stored rights, and whether these are still valid. */
import type { SubscriptionRequest } from '@dhp/fhir-store/subscriptions';
import type { Access } from '../contract/access.ts';
import type { Bearer } from '../contract/exchange.ts';
import { missingPermission } from '../http/access.ts';
import type { Failure } from '../http/errors.ts';
import type { Standings } from '../http/standings.ts';
import { ownerOf as nameOfRights, readRights, type WrittenRights } from '../access/rights.ts';

/** Name of a client and person, independent of their rights. */
export function ownerOf({ clientId, subject }: Access): string {
  return JSON.stringify([clientId, subject]);
}

export interface Owner {
  /** Equal for owners with the same rights. */
  readonly name: string;
  readonly access: Access;
}

/** The server's knowledge of tokens, for rights that outlive one. */
export interface Standing {
  /** Why a token is no longer valid according to the feed of revocations; `sso-unavailable` if that is unknown. */
  readonly doubt: (access: Access) => Failure | undefined;
  /** The same, without revocations of the person as a whole. */
  readonly doubtBesidePerson: (access: Access) => Failure | undefined;
  /** Undefined if the SSO is not queried about valid rights. */
  readonly standings: Standings | undefined;
  readonly bearerOf: (access: Access) => Bearer;
  readonly clock: () => Date;
}

export function ownerIn({ rights }: Pick<SubscriptionRequest, 'rights'>): Owner {
  const access = readRights(rights as WrittenRights);
  return { name: nameIn(access), access };
}

function nameIn(access: Access): string {
  // Rights of a person may end with a token, so they are kept separate.
  const ends = access.authority === 'system' ? '' : String(access.expiresAt);
  return `${nameOfRights(access).toString('base64url')} ${ends}`;
}

/** Nobody knows now whether rights stand: nothing is decided until that is known. */
export class StandingUnknown extends Error {
  override readonly name = 'StandingUnknown';
  /** Of everybody, or of one owner alone. */
  readonly of: 'all' | 'one';

  constructor(of: 'all' | 'one') {
    super(of === 'all' ? 'the SSO does not say what is revoked' : 'the SSO does not say what still stands');
    this.of = of;
  }
}

/** Queries the SSO about owners whose query is due. */
export async function askStanding(owners: readonly Owner[], { standings }: Standing): Promise<void> {
  await standings?.ask(owners.map(({ access }) => access));
}

/**
 * The owner with its current rights, or why they have ended; call `askStanding` first. The rights of a client that acts for itself outlive
 * its token; they end when that token or the client is revoked. The rights of a person last as long as the client could obtain a new token;
 * the SSO is queried about what they depend on.
 * @throws StandingUnknown
 */
export function standingOf(owner: Owner, standing: Standing): { readonly owner: Owner } | { readonly ended: string } {
  const { access } = owner;
  const { doubt, doubtBesidePerson, standings, clock } = standing;
  if (doubt(access)?.code === 'sso-unavailable') throw new StandingUnknown('all');
  const found = standings?.of(access);
  // Taking away a role revokes all tokens of the person: the SSO reports which rights remain.
  const revoked = found === undefined ? doubt(access) : doubtBesidePerson(access);
  if (revoked !== undefined) return { ended: 'The rights by which it was requested were revoked. Request it again.' };
  if (found === 'unknown') throw new StandingUnknown('one');
  if (found === undefined) {
    if (access.authority === 'system' || access.expiresAt > clock().getTime()) return { owner };
    return { ended: 'The token by which it was requested has ended, and no newer one was seen. Request it again.' };
  }
  if ('ended' in found) return { ended: `${endings.get(found.ended) ?? endings.get('other')!} Request it again.` };
  if (found === access) return { owner };
  const isReadable = missingPermission(found, 'r', 'Subscription', 'read') === undefined;
  if (!isReadable) return { ended: 'Reading Subscriptions, by which its events are read, is not permitted any more.' };
  return { owner: { name: nameIn(found), access: found } };
}

/** Why no rights remain, by the code of the SSO. */
const endings: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'client-unknown': 'Its client is not registered any more.',
    'client-disabled': 'Its client is disabled.',
    'client-narrowed': 'Its client may not have such tokens any more.',
    'organization-changed': 'Its client acts for another organisation now.',
    'person-disabled': 'The account of its person is disabled, or gone.',
    'person-changed': 'Its person is not the same in the records as when it was requested.',
    'roles-changed': 'Its person has roles that were not there when it was requested.',
    'role-ended': 'Its person has lost the role.',
    'grant-ended': 'The token by which it was requested has ended, and its client cannot renew it.',
    'relation-ended': 'The relation of its person to the patient has ended.',
    'relation-changed': 'The relation of its person is to another patient now.',
    'record-ended': 'The record of the patient is not in use any more.',
    'context-not-visible': 'Its person does not see the patient any more.',
    untold: 'The SSO could not tell for long whether its rights stand.',
    other: 'The rights by which it was requested have ended.',
  }),
);

/**
 * The owner as a caller. The expiry of the rights is not extended: requests that the caller makes present these rights, as a token does,
 * and must not make them last longer.
 */
export function bearerOf({ access }: Owner, { bearerOf: make }: Pick<Standing, 'bearerOf'>): Bearer {
  return make(access);
}
