/**
 * Reads and histories on behalf of a caller: resources outside the read rules are treated as not existing. Both the requested version and
 * the current version must be within the rules.
 */
import type { Budget } from '@dhp/budget';
import type { Condition } from '@dhp/search-index';
import type { ResourceStore, StoredVersion } from '@dhp/fhir-store';
import { endpointTypes } from '../endpoint-types.ts';
import { refusal } from '../http/access.ts';
import type { RuleContext } from './guard-settings.ts';
import { noteHidden } from './reasons.ts';

type HistoryOfPage = Awaited<ReturnType<ResourceStore['historyOf']>>;

/** Of whom nothing is hidden, the labels are shown all the same. */
const withLabels = { labels: true } as const;

/** Versions that a page of a narrowed history looks through; with fewer hits it is short, and has a link to continue. */
const mostSeen = 5_000;
const chunk = 250;
/**
 * Seen versions of one resource up to which a page tells how many there are. Of more each page would look at all of them, and all pages at the square of
 * their number.
 */
export const mostCounted = 200;
/** How many are looked at first; then twice as many each time, up to a chunk. */
const glance = 16;

export function guardedReads(context: RuleContext): Pick<ResourceStore, 'read' | 'vread' | 'history' | 'historyOf'> {
  const { store, access, rules, reading, authorizer, labels } = context;
  const whole = wholeReads(context);
  const rule = (type: string): Condition | true => {
    const permitted = rules(reading, type);
    if (permitted === false) throw refusal(access, reading, type, 'this');
    return permitted;
  };

  async function within(type: string, id: string, permitted: Condition): Promise<StoredVersion | undefined> {
    const version = await authorizer.read(type, id, permitted);
    if (version === undefined || authorizer.isTold(version, permitted)) return version;
    return (await isCurrentShown(version, permitted)) ? version : undefined;
  }

  async function isCurrentShown(version: StoredVersion, permitted: Condition): Promise<boolean> {
    const isShown = await authorizer.isCurrentWithin(version, permitted);
    if (!isShown) await noteHidden(context, version, 'current');
    return isShown;
  }

  return {
    // One promise, and for most callers that of the store.
    read(type, id) {
      const permitted = rules(reading, type);
      if (permitted === true) return labels === undefined ? whole.read(type, id) : store.read(type, id, withLabels);
      return permitted === false ? Promise.reject(refusal(access, reading, type, 'this')) : within(type, id, permitted);
    },
    /** Both the old version and the current one must be within the rules. */
    async vread(type, id, versionId) {
      const permitted = rule(type);
      const version = await (permitted === true ? whole : store).vread(type, id, versionId);
      if (version === undefined || permitted === true) return version;
      const current = await authorizer.read(type, id, permitted);
      if (current === undefined || !(await isCurrentShown(current, permitted))) return undefined;
      if (await authorizer.isVersionWithin(version, permitted)) return version;
      await noteHidden(context, version, 'before');
      return undefined;
    },
    async history(type, id, page) {
      const permitted = rule(type);
      if (permitted === true) return store.history(type, id, page);
      const current = await authorizer.read(type, id, permitted);
      if (current === undefined || !(await isCurrentShown(current, permitted))) return { versions: [], total: 0 };
      const { count, before, after, ...times } = page;
      const isSeen = (version: StoredVersion): Promise<boolean> | boolean =>
        authorizer.isVersionWithin(version, permitted);
      const total = await countedOf(versionsOf(store, type, id, times), isSeen);
      const way = after === undefined ? { before } : { after };
      const versions: StoredVersion[] = [];
      if (total === 0) return { versions, total };
      for await (const version of versionsOf(store, type, id, times, way)) {
        if (await isSeen(version)) versions.push(version);
        if (versions.length === count) break;
      }
      return { versions, total };
    },
    async historyOf({ type, types: asked = type === undefined ? endpointTypes : [type], ...page }) {
      const types = asked.filter((each) => rules(reading, each) !== false);
      if (types.length === 0) throw refusal(access, reading, type ?? '*', 'this');
      const isWhole = types.every((each) => rules(reading, each) === true);
      if (isWhole) return store.historyOf({ ...page, types });
      return narrowedHistory(context, { ...page, types });
    },
  };
}

/** The reads of types of which a caller sees all. Labels are asked of the store, together with the version. */
export function wholeReads({
  store,
  whole = store,
  labels,
}: Pick<RuleContext, 'store' | 'whole' | 'labels'>): NonNullable<RuleContext['whole']> {
  return labels === undefined ? whole : store;
}

/** Newest first, or behind a version oldest first. */
async function* versionsOf(
  store: ResourceStore,
  type: string,
  id: string,
  times: object,
  { before, after }: { readonly before?: number | undefined; readonly after?: number } = {},
): AsyncGenerator<StoredVersion> {
  for (let at = after ?? before, size = glance; ; size = Math.min(2 * size, chunk)) {
    const from = at === undefined ? {} : after === undefined ? { before: at } : { after: at };
    const { versions } = await store.history(type, id, { ...times, ...from, count: size });
    yield* versions;
    at = versions.at(-1)?.versionId;
    if (versions.length < size) return;
  }
}

/** How many are seen; undefined for more than are counted. */
async function countedOf(
  versions: AsyncIterable<StoredVersion>,
  isSeen: (version: StoredVersion) => Promise<boolean> | boolean,
): Promise<number | undefined> {
  let total = 0;
  for await (const version of versions) {
    if (!(await isSeen(version))) continue;
    total += 1;
    if (total > mostCounted) return undefined;
  }
  return total;
}

/** A page of those that are within, each resource asked about once; its links lead forward only. */
async function narrowedHistory(
  { store, rules, reading, authorizer, budget }: RuleContext,
  page: Parameters<ResourceStore['historyOf']>[0],
): Promise<HistoryOfPage> {
  const known = new Map<string, Promise<boolean>>();
  const isShown = async (version: StoredVersion): Promise<boolean> => {
    const { type, id } = version;
    const rule = rules(reading, type);
    if (typeof rule === 'boolean') return rule;
    const name = `${type}/${id}`;
    let isCurrent = known.get(name);
    if (isCurrent === undefined) known.set(name, (isCurrent = isResourceWithin(type, id, rule)));
    return (await isCurrent) && authorizer.isVersionWithin(version, rule);
  };
  async function isResourceWithin(type: string, id: string, rule: Condition): Promise<boolean> {
    const current = await authorizer.read(type, id, rule);
    return current !== undefined && authorizer.isCurrentWithin(current, rule);
  }

  const shown: StoredVersion[] = [];
  let { cursor } = page;
  /** Behind a page that is full: its link is there only when something follows that is shown. */
  let end: (() => Promise<HistoryOfPage>) | undefined;
  for (let seen = 0, size = Math.min(glance, page.count); ;) {
    // Without a cursor two looks need not see the same. No page is full within the first one, so that none ends there.
    const from = cursor === undefined ? {} : { cursor };
    const { versions, settled, next } = await store.historyOf({ ...page, ...from, count: size });
    const flags = await Promise.all(versions.map(isShown));
    for (const [index, version] of versions.entries()) {
      if (flags[index] !== true) continue;
      if (end !== undefined) return { versions: shown, settled, ...nextOf(await end()) };
      shown.push(version);
      if (shown.length < page.count) continue;
      const isLast = index === versions.length - 1;
      end = () =>
        isLast
          ? Promise.resolve({ versions, settled, next: next! })
          : store.historyOf({ ...page, ...from, count: index + 1 });
    }
    seen += versions.length;
    if (next === undefined) return { versions: shown, settled };
    size = Math.min(2 * size, chunk, affordable(budget, seen));
    // Where nothing more can be paid for, the page is short, as with too few hits.
    if (seen >= mostSeen || size < 1) {
      const last = end === undefined ? { versions, settled, next } : await end();
      return { versions: shown, settled, ...nextOf(last) };
    }
    cursor = next;
  }
}

/** Versions that another look may be at, if they cost at most twice as much as those that were seen. */
function affordable(budget: Budget | undefined, seen: number): number {
  if (budget === undefined || seen === 0) return chunk;
  return Math.floor((budget.workLeft * seen) / (2 * budget.used.work));
}

function nextOf({ next }: HistoryOfPage): { next?: string } {
  return next === undefined ? {} : { next };
}
