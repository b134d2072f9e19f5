/**
 * Versions with the labels that the server has found, in `meta.security`. They are not stored: a version, its ETag and its history stay as they
 * are when it gets a label.
 */
import { showingLabels, type OwnParameters } from '@dhp/fhir-search/parameters';
import { containerTypes } from '@dhp/labels';
import { StoreUnavailable, type StoreAdmin, type StoredVersion, type WriteOutcome } from '@dhp/fhir-store';
import type { LabelsInForce } from '../contract/known-policies.ts';
import { shownCoding } from '../contract/label-mark.ts';
import { memoized } from './memoized.ts';
import { hidesAny, seenLabels, type Hides } from './seen-labels.ts';
import type { GuardedStore } from './seen-versions.ts';
import { withSecurity } from '../json/with-security.ts';

export interface LabelsOfCaller {
  /** The labels that are withheld from the caller in resources of a type. */
  readonly withheldOf: (type: string) => readonly string[];
  readonly hides: Hides;
  readonly ownBases: readonly string[];
}

/**
 * The same store, whose versions show their labels and can be searched by them: also by inherited labels, if only labels hide the resources
 * that these come from.
 */
export function withShownLabels(
  store: GuardedStore,
  { labels }: Pick<StoreAdmin, 'labels'>,
  { known }: LabelsInForce,
  { withheldOf, hides, ownBases }: LabelsOfCaller,
): GuardedStore {
  const finding = memoized((own: OwnParameters) => findingLabels(own, known, hides));
  const seen = { store, labels, ownBases, hides };
  async function each<Version extends StoredVersion>(versions: readonly Version[]): Promise<Version[]> {
    if (versions.length === 0) return [];
    const found = await labels.of(versions);
    if (found.every((each) => each?.length === 0)) return [...versions];
    const told = await Promise.all(versions.map((version, n) => seenLabels(version, found[n], seen)));
    return versions.map((version, n) => shown(version, told[n]));
  }
  function one(version: StoredVersion | undefined): StoredVersion | undefined | Promise<StoredVersion | undefined> {
    return version === undefined || version.unlabelled === true ? version : each([version]).then(([told]) => told);
  }
  /**
   * Outcomes of writes are shown as a read shows them. A List of unseen resources (possible without referential integrity) is withheld from
   * its writer: its inherited labels are not shown then.
   */
  async function told(outcomes: readonly WriteOutcome[]): Promise<WriteOutcome[]> {
    const versions = outcomes.flatMap((one) => ('version' in one && !one.version.deleted ? [one.version] : []));
    if (versions.length === 0) return [...outcomes];
    const found = await labels.of(versions);
    const isWithheld = ({ type }: StoredVersion, n: number): boolean =>
      found[n]?.some((label) => withheldOf(type).includes(label)) ?? withheldOf(type).length > 0;
    const unseen = versions.filter(isWithheld);
    const own = unseen.length === 0 ? [] : await labels.ownOf(unseen);
    const as = new Map(
      await Promise.all(
        versions.map(async (version, n) => {
          const at = unseen.indexOf(version);
          const told =
            at < 0
              ? await seenLabels(version, found[n], seen)
              : own[at]!.filter((label) => !withheldOf(version.type).includes(label));
          return [version, shown(version, told)] as const;
        }),
      ),
    );
    return outcomes.map((one) => ('version' in one ? { ...one, version: as.get(one.version) ?? one.version } : one));
  }
  const answered = (outcomes: readonly WriteOutcome[]): Promise<WriteOutcome[]> => orStored(outcomes, told);
  const toldOne = async (outcome: WriteOutcome): Promise<WriteOutcome> => (await answered([outcome]))[0]!;
  return {
    ...store,
    async seen(versions) {
      const found = await store.seen(versions);
      const told = (await each(found.filter((version) => version !== undefined))).values();
      return found.map((version) => version && told.next().value);
    },
    read: (type, id) => store.read(type, id).then(one),
    vread: async (type, id, versionId) => one(await store.vread(type, id, versionId)),
    async history(type, id, page) {
      const found = await store.history(type, id, page);
      return { ...found, versions: await each(found.versions) };
    },
    async historyOf(page) {
      const found = await store.historyOf(page);
      return { ...found, versions: await each(found.versions) };
    },
    async search(request) {
      const page = await store.search(request);
      // The statement of the page has found that no match has a label.
      if (page.unlabelled === true) return { ...page, included: await each(page.included) };
      const both = await each<(typeof page.matches)[number]>([...page.matches, ...page.included]);
      return { ...page, matches: both.slice(0, page.matches.length), included: both.slice(page.matches.length) };
    },
    searchParameters: async () => finding(await store.searchParameters()),
    knownSearchParameters: () => finding(store.knownSearchParameters()),
    create: async (resource) => toldOne(await store.create(resource)),
    update: async (update) => toldOne(await store.update(update)),
    async transaction(asked, options) {
      const result = await store.transaction(asked, options);
      return result.kind === 'committed' ? { ...result, outcomes: await answered(result.outcomes) } : result;
    },
  };
}

function findingLabels(own: OwnParameters, known: LabelsInForce['known'], hides: Hides): OwnParameters {
  return showingLabels(own, {
    known,
    // Asked of all types, so that it is asked by searches that look at labels alone.
    get inheriting() {
      return hidesAny(hides) ? [] : containerTypes;
    },
  });
}

/** They are stored by now, and answered so where the database does not tell their labels any more: as if they had any. */
async function orStored(
  outcomes: readonly WriteOutcome[],
  told: (outcomes: readonly WriteOutcome[]) => Promise<WriteOutcome[]>,
): Promise<WriteOutcome[]> {
  try {
    return await told(outcomes);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return outcomes.map((one) => ('version' in one ? { ...one, version: shown(one.version, undefined) } : one));
  }
}

/** @param labels undefined: it puts together more than is looked at */
function shown<Version extends StoredVersion>(version: Version, labels: readonly string[] | undefined): Version {
  if (labels?.length === 0) return version;
  const { content, deleted } = version;
  const altered = labels !== undefined && !deleted ? withLabels(content, labels) : content;
  // By name: bytes that nobody has asked for yet are no member of their own.
  const told = { ...version, labels: labels ?? ('all' as const), content: altered };
  return altered === content ? told : { ...told, altered: true };
}

function withLabels(content: Buffer, labels: readonly string[]): Buffer {
  const text = content.toString('utf8');
  const shown = withSecurity(text, (has) => labels.filter((label) => !has.has(label)).map(shownCoding));
  return shown === text ? content : Buffer.from(shown);
}
