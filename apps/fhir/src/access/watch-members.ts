/** Roles, teams, groups and organisations that servers of an earlier release store, while these run beside this one. */
import type { ChangeFeed, StoreAdmin } from '@dhp/fhir-store';
import { memberTypeNames } from '@dhp/search-index/care';
import type { KnownPolicies } from '../contract/known-policies.ts';

/** Milliseconds between two looks at the policies. */
const every = 1_000;

/**
 * Follows what is stored, by whatever server, from the moment on at which policies need to know who belongs to what, and makes links anew that are
 * not of the current version. Until then such a resource lets nobody in. @returns what ends it
 */
export function watchMembers(
  store: Pick<ChangeFeed, 'follow'> & Pick<StoreAdmin, 'repairMembers'>,
  policies: Pick<KnownPolicies, 'current'>,
): () => Promise<void> {
  let following: ReturnType<ChangeFeed['follow']> | undefined;
  const timer = setInterval(() => {
    const set = policies.current()?.set;
    if (following !== undefined || (set?.consent === undefined && set?.care === undefined)) return;
    following = store.follow(memberTypeNames, async (changes) => {
      await store.repairMembers(changes);
    });
  }, every).unref();
  return async () => {
    clearInterval(timer);
    await following?.stop();
  };
}
