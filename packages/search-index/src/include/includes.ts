import type { Include, JsonResource } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { FoundVersion } from '../page/found-version.ts';
import { permitted, type ReadPermission } from '../resolve/access.ts';
import type { Finding } from '../page/find-rows.ts';
import type { IncludeOptions } from './include-options.ts';
import { referredTo, referringTo, type Wanted } from './include-wanted.ts';
import { readIncluded } from './include-statement.ts';
import { inNamedVersions } from './include-versions.ts';
import { createLookups } from '../resolve/lookups.ts';
import { resolve } from '../resolve/resolve.ts';
import { isNothing, type RowCondition } from '../row-condition/row-condition.ts';

/**
 * Returns the resources that matches refer to or are referred to by, as far as the caller may see them; with `:iterate`, the includes of
 * those in turn, until nothing new is found. Each resource comes once, and no match is among them. Each round is one read.
 * https://hl7.org/fhir/R5/search.html#include
 */
export async function includedWith(
  finding: Finding,
  matches: readonly FoundVersion[],
  includes: readonly Include[],
  { access, ownBases, own, limit }: IncludeOptions,
): Promise<{ included: FoundVersion[]; cut: boolean }> {
  if (includes.length === 0) return { included: [], cut: false };
  const known = new Set(matches.map(nameOf));
  const included: FoundVersion[] = [];
  const visible = createVisible(finding, access);
  let fresh = matches;
  let asked = includes;
  while (fresh.length > 0 && asked.length > 0) {
    const wanted = asked.flatMap((include) => wantedBy(include, fresh, { ownBases, own }));
    const room = limit - included.length;
    const found = await readIncluded(finding, wanted, { visible, known: [...known], rows: room + 1 });
    const added = found.filter((version) => !known.has(nameOf(version)));
    const referring = { includes: asked, from: fresh };
    const shown = await inNamedVersions(finding, added.slice(0, room), referring, { visible, ownBases, own });
    included.push(...shown);
    if (added.length > room) return { included, cut: true };
    for (const version of added) known.add(nameOf(version));
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

function wantedBy(
  include: Include,
  versions: readonly FoundVersion[],
  reading: Pick<IncludeOptions, 'ownBases' | 'own'>,
): Wanted[] {
  return include.direction === 'revinclude'
    ? referringTo(include, versions, reading.own)
    : referredTo(include, versions.map(parsed), reading);
}

function parsed({ content }: FoundVersion): JsonResource {
  return JSON.parse(content.toString()) as JsonResource;
}

function nameOf({ type, id }: FoundVersion): string {
  return `${type}/${id}`;
}
