import type { Include, JsonResource } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { FoundVersion } from '../page/found-version.ts';
import { permitted, type ReadPermission } from '../resolve/access.ts';
import type { Finding } from '../page/find-rows.ts';
import type { IncludeOptions } from './include-options.ts';
import { referredTo, referringTo, type Wanted } from './include-wanted.ts';
import { payForRound } from '../page/payment.ts';
import { readIncluded } from './include-statement.ts';
import { KnownResources } from './known-resources.ts';
import { NamedBefore } from './named-before.ts';
import { referencesOf } from '../indexing/references-of.ts';
import { inNamedVersions } from './include-versions.ts';
import { createLookups } from '../resolve/lookups.ts';
import { resolve } from '../resolve/resolve.ts';
import { isNothing, type RowCondition } from '../row-condition/row-condition.ts';

/**
 * Returns the resources to which matches refer or that refer to matches, if the caller may see them; with `:iterate`, the includes of those
 * in turn, until nothing new is found. Each resource comes once, and no match is among them. Each round is one read.
 * https://hl7.org/fhir/R5/search.html#include
 */
export async function includedWith(
  finding: Finding,
  matches: readonly FoundVersion[],
  includes: readonly Include[],
  { access, ownBases, own, limit }: IncludeOptions,
): Promise<{ included: FoundVersion[]; cut: boolean }> {
  if (includes.length === 0) return { included: [], cut: false };
  const known = new KnownResources(matches);
  const included: FoundVersion[] = [];
  const visible = createVisible(finding, access);
  let fresh = matches;
  let asked = includes;
  while (fresh.length > 0 && asked.length > 0) {
    payForRound(finding.budget, { known: known.size, includes: asked.length, bytes: bytesOf(fresh) });
    const wanted = wantedBy(asked, fresh, { ownBases, own });
    const room = limit - included.length;
    const found = await readIncluded(finding, wanted, { visible, known, rows: room + 1 });
    const added = found.filter((version) => !known.has(version));
    const referring = { includes: asked, from: fresh };
    const naming = { visible, ownBases, own, most: room };
    const { shown, cut } = await inNamedVersions(finding, added, referring, naming);
    included.push(...shown);
    if (cut) return { included, cut };
    for (const version of added) known.add(version);
    fresh = shown;
    asked = includes.filter(({ iterate }) => iterate);
  }
  return { included, cut: false };
}

/** Returns a function that resolves, once for each type, the condition of the resources that the caller may see. */
function createVisible(finding: Finding, access: ReadPermission): (type: string) => Promise<RowCondition | undefined> {
  const everything: Condition = { op: 'all', of: [] };
  const known = new Map<string, Promise<RowCondition | undefined>>();
  return (type) => {
    let found = known.get(type);
    if (found === undefined) {
      found = resolve(type, permitted(type, everything, access), createLookups(finding)).then((where) =>
        isNothing(where) ? undefined : where,
      );
      known.set(type, found);
    }
    return found;
  };
}

function bytesOf(versions: readonly FoundVersion[]): number {
  return versions.reduce((sum, { content }) => sum + content.length, 0);
}

/** Each of the versions is parsed once, for all includes, unless it brings nothing new. */
function wantedBy(
  includes: readonly Include[],
  versions: readonly FoundVersion[],
  reading: Pick<IncludeOptions, 'ownBases' | 'own'>,
): Wanted[] {
  const [first, ...others] = includes.filter(({ direction }) => direction === 'include');
  const isAll = first?.source === '*' && first.parameter === '*' && first.target === undefined;
  const resources =
    first === undefined
      ? []
      : isAll && others.length === 0
        ? bringingSome(first, versions, reading)
        : versions.map(parsed);
  return includes.flatMap((include) =>
    include.direction === 'revinclude'
      ? referringTo(include, versions, reading.own)
      : referredTo(include, resources, reading),
  );
}

/** The versions that may refer to a resource that is not among them and that no earlier one has named. */
function bringingSome(
  { except }: Include,
  versions: readonly FoundVersion[],
  reading: Pick<IncludeOptions, 'ownBases' | 'own'>,
): JsonResource[] {
  const before = new NamedBefore(versions, reading.own);
  const resources: JsonResource[] = [];
  for (const version of versions) {
    if (before.hasAllOf(version)) continue;
    const resource = parsed(version);
    resources.push(resource);
    for (const found of referencesOf(resource, '*', reading)) {
      if (except?.has(`${resource.resourceType}.${found.parameter}`) !== true) before.add(resource.resourceType, found);
    }
  }
  return resources;
}

function parsed({ content }: FoundVersion): JsonResource {
  return JSON.parse(content.toString()) as JsonResource;
}
