/** Roles, teams, groups and organisations that servers of an earlier release store, while these run beside this one. */
import type { ChangeFeed, StoreAdmin } from '@dhp/fhir-store';
import { memberTypeNames } from '@dhp/search-index/care';
import type { KnownPolicies } from '../contract/known-policies.ts';

/** Milliseconds between two looks at the policies. */
const every = 1_000;

type Store = Pick<ChangeFeed, 'follow'> & Pick<StoreAdmin, 'repairMembers'>;

/**
 * Follows the changes by all servers once the policies need the members of groups, and derives again the links that are not of the current
 * version. Until then such a resource admits nobody. @returns a function that stops it
 * @param onError called when links could not be derived; it is tried again
 */
export function watchMembers(
  store: Store,
  policies: Pick<KnownPolicies, 'current'>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let following: ReturnType<ChangeFeed['follow']> | undefined;
  const repair = repairing(store, onError);
  const timer = setInterval(() => {
    const set = policies.current()?.set;
    if (following !== undefined || (set?.consent === undefined && set?.care === undefined)) return;
    following = store.follow(memberTypeNames, repair);
  }, every).unref();
  return async () => {
    clearInterval(timer);
    await following?.stop();
  };
}

interface Named {
  readonly type: string;
  readonly id: string;
}

/**
 * A change that fails, as its versions cannot be read in time, does not keep back those behind it: it is set aside, and tried again with the changes that
 * come. Where all fail, they come again.
 */
function repairing(store: Store, onError: (error: unknown) => void): (changes: readonly Named[]) => Promise<void> {
  const aside = new Map<string, Named>();

  const isRepaired = (one: Named): Promise<boolean> =>
    store.repairMembers([one]).then(
      () => true,
      () => false,
    );

  async function oneByOne(changes: readonly Named[], error: unknown): Promise<void> {
    onError(error);
    const failed: Named[] = [];
    for (const one of changes) if (!(await isRepaired(one))) failed.push(one);
    if (failed.length === changes.length) throw error;
    for (const one of failed) aside.set(`${one.type}/${one.id}`, one);
  }

  return async (changes) => {
    await store.repairMembers(changes).catch((error: unknown) => oneByOne(changes, error));
    for (const [name, one] of aside) if (await isRepaired(one)) aside.delete(name);
  };
}
