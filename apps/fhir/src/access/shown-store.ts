/** The store as it is shown to a caller from whom elements are hidden: every version that leaves it, and the parameters that searches may name. */
import { hidingParameters, type OwnParameters } from '@dhp/fhir-search/parameters';
import type { StoredVersion, WriteOutcome } from '@dhp/fhir-store';
import type { Refused } from '../contract/refused.ts';
import type { ElementLimits } from './element-limits.ts';
import { withoutHidden } from './hidden-text.ts';
import { memoized } from './memoized.ts';
import type { GuardedStore } from './seen-versions.ts';

/**
 * @param refused receives each version that is shown in part, in full: the record of the request names all patients it concerns, even those
 * not shown
 */
export function shownStore(
  store: GuardedStore,
  limits: ElementLimits,
  refused: Pick<Refused, 'shows'> | undefined,
): GuardedStore {
  function shown<Version extends StoredVersion>(version: Version): Version {
    const text = version.deleted ? undefined : withoutHidden(version.content.toString(), limits);
    if (text === undefined) return version;
    refused?.shows?.(version);
    return { ...version, content: Buffer.from(text), altered: true };
  }
  const each = <Version extends StoredVersion>(versions: readonly Version[]): Version[] => versions.map(shown);
  const some = (version: StoredVersion | undefined): StoredVersion | undefined => version && shown(version);
  const told = (outcome: WriteOutcome): WriteOutcome =>
    'version' in outcome ? { ...outcome, version: shown(outcome.version) } : outcome;
  const hiding = memoized((own: OwnParameters) =>
    hidingParameters(own, { of: limits.hidden, any: limits.hiddenOfAny }),
  );
  return {
    ...store,
    seen: async (versions) => (await store.seen(versions)).map(some),
    read: async (type, id) => some(await store.read(type, id)),
    vread: async (type, id, versionId) => some(await store.vread(type, id, versionId)),
    history: async (type, id, page) => {
      const { versions, ...rest } = await store.history(type, id, page);
      return { ...rest, versions: each(versions) };
    },
    historyOf: async (page) => {
      const { versions, ...rest } = await store.historyOf(page);
      return { ...rest, versions: each(versions) };
    },
    search: async (request) => {
      const page = await store.search(request);
      return { ...page, matches: each(page.matches), included: each(page.included) };
    },
    create: async (resource) => told(await store.create(resource)),
    update: async (update) => told(await store.update(update)),
    delete: async (deletion) => told(await store.delete(deletion)),
    transaction: async (writes, options) => {
      const result = await store.transaction(writes, options);
      return result.kind === 'committed' ? { ...result, outcomes: result.outcomes.map(told) } : result;
    },
    searchParameters: async () => hiding(await store.searchParameters()),
    knownSearchParameters: () => hiding(store.knownSearchParameters()),
  };
}
