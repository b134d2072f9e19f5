/** Owners of subscriptions: their rights, as they were kept, and whether these still stand. */
import type { SubscriptionRequest } from '@dhp/fhir-store/subscriptions';
import type { Access } from '../contract/access.ts';
import type { Bearer } from '../contract/exchange.ts';
import { missingPermission } from '../http/access.ts';
import type { Failure } from '../http/errors.ts';
import type { Standings } from '../http/standings.ts';
import { ownerOf as nameOfRights, readRights, type WrittenRights } from '../access/rights.ts';

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
  /** The same without what was revoked of the person as a whole. */
  readonly doubtBesidePerson: (access: Access) => Failure | undefined;
  /** Undefined if the SSO is not asked what still stands. */
  readonly standings: Standings | undefined;
  readonly bearerOf: (access: Access) => Bearer;
  readonly clock: () => Date;
}

export function ownerIn({ rights }: Pick<SubscriptionRequest, 'rights'>): Owner {
  const access = readRights(rights as WrittenRights);
  return { name: nameIn(access), access };
}

function nameIn(access: Access): string {
  // Those of a person may end with a token, and so are apart.
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

/** Asks the SSO about those of whom that is due. */
export async function askStanding(owners: readonly Owner[], { standings }: Standing): Promise<void> {
  await standings?.ask(owners.map(({ access }) => access));
}

/**
 * The owner with the rights that stand now, or why they have ended; `askStanding` comes before. Those of a client by itself continue when its token has ended, and end
 * when that token, or the client, is revoked. Those of a person continue as long as the client could have a new token; what they rest on the SSO is asked.
 * @throws StandingUnknown
 */
export function standingOf(owner: Owner, standing: Standing): { readonly owner: Owner } | { readonly ended: string } {
  const { access } = owner;
  const { doubt, doubtBesidePerson, standings, clock } = standing;
  if (doubt(access)?.code === 'sso-unavailable') throw new StandingUnknown('all');
  const found = standings?.of(access);
  // A role that is taken away revokes all tokens of the person: the SSO says what is left.
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

/** Why nothing of the rights is left, by the word of the SSO. */
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

/** The owner as a caller. The end of the rights stays where it is: whatever the caller asks for shows them, as a token does, and must not make them longer. */
export function bearerOf({ access }: Owner, { bearerOf: make }: Pick<Standing, 'bearerOf'>): Bearer {
  return make(access);
}
