/** Cached requests of Subscriptions: the owner never changes, and the end of the rights only moves to a later time. */
import { LRUCache } from 'lru-cache';
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Access } from '../contract/access.ts';
import { ownerOf as nameOfRights, readRights, writtenRights, type WrittenRights } from '../access/rights.ts';

export interface KnownRequests {
  /** Owners by the ids of requests; ids that are not stored are omitted. */
  ownersOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Bases a request on the token of a caller from now on, if that has the same rights and expires later. */
  renew(id: string, access: Access): Promise<void>;
}

interface KnownRequest {
  readonly owner: string;
  /** Milliseconds since 1970; the rights end then, or later. */
  readonly ends: number;
}

/** Some hundred bytes each. */
const mostKnown = 20_000;

export function openKnownRequests(store: Pick<SubscriptionStore, 'requests' | 'renewRequest'>): KnownRequests {
  const known = new LRUCache<string, KnownRequest>({ max: mostKnown });

  async function asked(ids: readonly string[]): ReturnType<typeof store.requests> {
    const found = ids.length === 0 ? [] : await store.requests(ids);
    for (const { id, owner, rights } of found) known.set(id, { owner, ends: (rights as WrittenRights).expiresAt });
    return found;
  }

  return {
    async ownersOf(ids) {
      const found = await asked(ids.filter((id) => !known.has(id)));
      const owners = new Map(found.map(({ id, owner }) => [id, owner]));
      for (const id of ids) {
        const before = owners.has(id) ? undefined : known.get(id);
        if (before !== undefined) owners.set(id, before.owner);
      }
      return owners;
    },
    async renew(id, access) {
      const before = known.get(id);
      if (before !== undefined && access.expiresAt <= before.ends) return;
      const [kept] = await asked([id]);
      if (kept === undefined || !isRenewed(kept.rights as WrittenRights, access)) return;
      await store.renewRequest(id, { rights: writtenRights(access), ends: access.expiresAt });
      known.set(id, { owner: kept.owner, ends: access.expiresAt });
    },
  };
}

/** Whether the stored rights equal those of the caller and belong to a token that expires earlier. */
function isRenewed(kept: WrittenRights, access: Access): boolean {
  return (
    access.expiresAt > kept.expiresAt &&
    nameOfKept(kept).equals(nameOfKept(JSON.parse(JSON.stringify(writtenRights(access))) as WrittenRights))
  );
}

/** The name of rights stored as JSON, which omits undefined values. */
function nameOfKept(kept: WrittenRights): Buffer {
  return nameOfRights(readRights(kept));
}
