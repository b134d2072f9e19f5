/**
 * Decides which of some versions a caller sees, for code that already holds versions, such as exports and notifications. The decision is
 * that of a read of each, made together: the rules are evaluated in one statement for each type, as in a search.
 */
import type { Condition } from '@dhp/search-index';
import type { ResourceStore, StoredVersion } from '@dhp/fhir-store';
import type { Services } from '../contract/interaction.ts';
import type { RuleContext } from './guard-settings.ts';

/** Versions of a type that are asked about in one statement. */
const chunk = 250;

/** In the order of the versions; undefined for one that the caller does not see. */
export type SeenOf = (versions: readonly StoredVersion[]) => Promise<(StoredVersion | undefined)[]>;

/** The store of a caller. */
export interface GuardedStore extends ResourceStore {
  readonly seen: SeenOf;
}

/**
 * A version is seen if the rules permit both it and the current version. The decision holds for this moment: consents, care and labels are
 * not cached. Versions may be given as stored, or as the caller was shown them. A type that may not be read is no failure, and omitted
 * versions are not noted.
 * @throws as `ResourceStore.find` does; BudgetSpent
 */
export function seenVersions(context: RuleContext): SeenOf {
  const { rules, reading } = context;
  return async (versions) => {
    const seen = new Set<StoredVersion>();
    for (const [type, some] of byType(versions)) {
      const rule = rules(reading, type);
      if (rule === false) continue;
      for (let at = 0; at < some.length; at += chunk) {
        const part = some.slice(at, at + chunk);
        for (const version of rule === true ? part : await seenOfType(context, type, part, rule)) seen.add(version);
      }
    }
    return versions.map((version) => (seen.has(version) ? version : undefined));
  };
}

function byType(versions: readonly StoredVersion[]): Map<string, StoredVersion[]> {
  const found = new Map<string, StoredVersion[]>();
  for (const version of versions) {
    const some = found.get(version.type);
    if (some === undefined) found.set(version.type, [version]);
    else some.push(version);
  }
  return found;
}

async function seenOfType(
  context: RuleContext,
  type: string,
  versions: readonly StoredVersion[],
  rule: Condition,
): Promise<StoredVersion[]> {
  const { store, budget } = context;
  const current = async (ids: readonly string[], where: readonly Condition[]): Promise<Map<string, number>> => {
    if (ids.length === 0) return new Map();
    const of: Condition[] = [{ op: 'id', any: ids }, ...where];
    const found = await store.find(type, { op: 'all', of }, ids.length, undefined, undefined, budget);
    return new Map(found.map(({ id, versionId }) => [id, versionId]));
  };
  // Each Binary is as open as the resource that it names, which no statement tells.
  const ids = type === 'Binary' ? [] : [...new Set(versions.map(({ id }) => id))];
  const left = await current(ids, [rule]);
  const others = ids.filter((id) => !left.has(id));
  const hidden = await current(others, []);
  const isSeen = async (version: StoredVersion): Promise<boolean> => {
    const { id, versionId } = version;
    if (left.get(id) === versionId) return true;
    if (left.has(id)) return isWithin(context, version, rule);
    // A resource that is deleted by now is in no index.
    return !hidden.has(id) && (await isReadable(context, version, rule));
  };
  const flags = await Promise.all(versions.map(isSeen));
  return versions.filter((_, n) => flags[n]);
}

/** Decides by the stored version: in the one shown to the caller, elements may be left out. */
async function isWithin({ store, authorizer }: RuleContext, version: StoredVersion, rule: Condition): Promise<boolean> {
  const { type, id, versionId } = version;
  const stored = version.deleted ? version : await store.vread(type, id, versionId);
  return stored !== undefined && authorizer.isVersionWithin(stored, rule);
}

async function isReadable(context: RuleContext, version: StoredVersion, rule: Condition): Promise<boolean> {
  const { type, id } = version;
  const current = await context.authorizer.read(type, id, rule);
  if (current === undefined || !(await context.authorizer.isCurrentWithin(current, rule))) return false;
  return isWithin(context, version, rule);
}

/** Milliseconds for which a version that was read is sent without another check. */
const fresh = 1_000;

/**
 * The versions of a page one by one, for an answer that is sent while it is made: a page waits while the client receives the part before
 * it, and versions read more than a second ago are checked again.
 */
export async function* stillSeen(
  { seen, stopwatch }: Pick<Services, 'seen' | 'stopwatch'>,
  page: readonly StoredVersion[],
): AsyncGenerator<StoredVersion> {
  let left = page;
  let asked = stopwatch();
  for (let n = 0; n < left.length; n += 1) {
    if (stopwatch() - asked > fresh) {
      left = (await seen(left.slice(n))).filter((version) => version !== undefined);
      [n, asked] = [0, stopwatch()];
    }
    if (left[n] !== undefined) yield left[n]!;
  }
}
