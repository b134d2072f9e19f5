/**
 * Subscriptions as others than their owners see them: that they are there, by which topic, and how they stand; and neither the address of the receiver, nor whom
 * they watch. docs/decisions/0142-addresses-of-receivers.md
 */
import { hidingElements, showingLabels, type OwnParameters } from '@dhp/fhir-search/parameters';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition } from '@dhp/search-index';
import type { Access } from '../contract/access.ts';
import type { Services } from '../contract/interaction.ts';
import { fail } from '../http/errors.ts';
import { seesSubscriptions, type Subscriptions } from '../contract/subscriptions.ts';
import { withoutHidden } from './hidden-text.ts';
import type { GuardedStore } from './seen-versions.ts';

const type = 'Subscription';
/** A narrative may tell of all of them. */
const elements: ReadonlySet<string> = new Set(['endpoint', 'filterBy', 'text']);
const none: ReadonlySet<string> = new Set();
const hidden = (of: string): ReadonlySet<string> => (of === type ? elements : none);

/** The store of a caller. Returns the given store for a caller who may see Subscriptions of others. */
export function ownSubscriptions(store: GuardedStore, access: Access, subscriptions: Subscriptions): GuardedStore {
  if (seesSubscriptions(access)) return store;
  const owner = subscriptions.ownerOf(access);

  async function shown<Version extends StoredVersion>(versions: readonly Version[]): Promise<Version[]> {
    const meant = versions.filter((version) => version.type === type && !version.deleted);
    if (meant.length === 0) return [...versions];
    const own = await ownOf(meant, owner, subscriptions);
    return versions.map((version) => (version.type !== type || own.has(version) ? version : withoutParts(version)));
  }
  const one = async (version: StoredVersion | undefined): Promise<StoredVersion | undefined> =>
    version && (await shown([version]))[0];
  return {
    ...store,
    async seen(versions) {
      const seen = await store.seen(versions);
      if (!seen.some((version) => version?.type === type)) return seen;
      const told = await shown(seen.flatMap((version) => version ?? []));
      let n = 0;
      return seen.map((version) => version && told[n++]);
    },
    // Of every other type it is one promise, that of the store.
    read: (of, id) => (of === type ? store.read(of, id).then(one) : store.read(of, id)),
    vread: (of, id, versionId) =>
      of === type ? store.vread(of, id, versionId).then(one) : store.vread(of, id, versionId),
    async history(of, id, page) {
      const found = await store.history(of, id, page);
      return of === type ? { ...found, versions: await shown(found.versions) } : found;
    },
    async historyOf(page) {
      const found = await store.historyOf(page);
      return { ...found, versions: await shown(found.versions) };
    },
    async search(request) {
      const page = await store.search(request);
      if (![...page.matches, ...page.included].some((version) => version.type === type)) return page;
      const [matches, included] = await Promise.all([shown(page.matches), shown(page.included)]);
      return { ...page, matches, included };
    },
    searchParameters: () => store.searchParameters().then(hiding),
    knownSearchParameters: () => hiding(store.knownSearchParameters()),
  };
}

/** The same object for the same parameters and every caller, but for the labels that are shown: it is the key of the cache of parsed searches. */
function hiding(own: OwnParameters): OwnParameters {
  const plain = withoutLabels(own);
  const made = plain.kept(hide);
  if (made.hidden?.ofOwn !== plain) return hide(own);
  return plain === own ? made : showingLabels(made, own.labels!);
}

const withoutLabels = (own: OwnParameters): OwnParameters => own.unlabelled?.(own) ?? own;

const hide = (own: OwnParameters): OwnParameters => hidingElements(own, type, elements);

/** Search parameters by which a caller finds the own Subscriptions alone. */
const ofOwnAlone = new Set(['url', 'filter-value']);
/** Subscriptions of an owner that such a search looks through: a part of more would be taken for all. */
const mostOwn = 500;

/**
 * The search parameters for a search of Subscriptions that asks where they are sent to or whom they watch, and the condition that they are the caller's; undefined for
 * any other search, and for a caller who sees all. Fails with `operation-too-costly` for an owner of more than can be looked through.
 */
export async function ownSearch(
  { subscriptions }: Pick<Services, 'subscriptions'>,
  access: Access,
  { of, names, own }: { readonly of: unknown; readonly names: readonly string[]; readonly own: OwnParameters },
): Promise<{ readonly own: OwnParameters; readonly condition: Condition } | undefined> {
  const ofOwn = own.hidden?.ofOwn;
  const isAsked = names.some((name) => ofOwnAlone.has(name.split(':')[0]!));
  if (of !== type || ofOwn === undefined || subscriptions === undefined || !isAsked) return undefined;
  const owned = await subscriptions.store.owned(subscriptions.ownerOf(access), mostOwn + 1);
  const ids = owned.map(({ id }) => id);
  if (ids.length > mostOwn) {
    const diagnostics = `You have more than ${String(mostOwn)} Subscriptions. Delete those that have ended, or search without url and filter-value.`;
    fail('operation-too-costly', { operation: 'Subscription/_search' }, { diagnostics });
  }
  const searched = own.labels === undefined ? ofOwn : showingLabels(withoutLabels(ofOwn), own.labels);
  return { own: searched, condition: ids.length === 0 ? { op: 'any', of: [] } : { op: 'id', any: ids } };
}

/** Those that the owner requested: known from the request that a version names, otherwise from the state of the Subscription. */
async function ownOf(
  versions: readonly StoredVersion[],
  owner: string,
  { store, requestIn, ownersOf }: Pick<Subscriptions, 'store' | 'requestIn' | 'ownersOf'>,
): Promise<ReadonlySet<StoredVersion>> {
  const named = versions.map(({ content }) =>
    requestIn(JSON.parse(content.toString('utf8')) as Record<string, unknown>),
  );
  const byRequest = await ownersOf([...new Set(named.flatMap((request) => request ?? []))]);
  const others = versions.filter((_, n) => !byRequest.has(named[n] ?? ''));
  const standing = others.length === 0 ? [] : await store.standing([...new Set(others.map(({ id }) => id))]);
  const byId = new Map(standing.map((one) => [one.id, one.owner]));
  return new Set(versions.filter(({ id }, n) => (byRequest.get(named[n] ?? '') ?? byId.get(id)) === owner));
}

function withoutParts<Version extends StoredVersion>(version: Version): Version {
  const text = version.deleted ? undefined : withoutHidden(version.content.toString('utf8'), { hidden });
  return text === undefined ? version : { ...version, content: Buffer.from(text), altered: true };
}
