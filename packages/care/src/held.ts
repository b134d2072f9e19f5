/**
 * Links as stored: each with its writers. A link that only the caller has written gives no access, so a later version by another writer must
 * not lose the statements of earlier writers: of an existing link, the time that both versions cover stays with its writer.
 */
import type { CareLink } from './links.ts';
import { both, type Covers } from './values.ts';

export interface HeldLink extends Omit<CareLink, 'stated'> {
  /** The subject of the token of the writer; undefined: the platform. */
  readonly by: string | undefined;
}

/**
 * Returns the links of a resource after a further version.
 * @param before its links until then
 * @param links those of the version
 * @param by the person who writes it; undefined: none
 */
export function heldAfter(before: readonly HeldLink[], links: readonly CareLink[], by: string | undefined): HeldLink[] {
  const made = links.flatMap(({ stated, ...given }): HeldLink[] => {
    const old = before.filter((one) => isSame(one, given));
    const ended = old.length === 0 ? Infinity : Math.max(...old.map(({ until }) => until));
    const link = stated ? given : { ...given, until: Math.min(given.until, ended) };
    const kept = old.filter((one) => one.by !== by).flatMap((one) => within(one, link, link.stored));
    return [{ ...link, by }, ...kept];
  });
  return fewest(made);
}

const day = 86_400_000;

/** The part that the version leaves. A visit that took place some hours before its time is the planned one. */
function within(one: HeldLink, version: Covers, stored: number | undefined): HeldLink[] {
  const now = { ...one, ...(stored !== undefined && { stored }) };
  const { since, until } = both(one, version);
  if (since <= until) return [{ ...now, since, until }];
  return since <= until + day ? [{ ...now, since: until, until }] : [];
}

function isSame(one: Pick<CareLink, 'kind' | 'of' | 'actor'>, other: Pick<CareLink, 'kind' | 'of' | 'actor'>): boolean {
  return one.kind === other.kind && one.of === other.of && one.actor === other.actor;
}

/** Of links that differ only in their writers, two are enough, and one that no person wrote. */
function fewest(links: readonly HeldLink[]): HeldLink[] {
  const groups = new Map<string, HeldLink[]>();
  for (const link of links) {
    const { kind, of, actor, since, until } = link;
    const key = [kind, of, actor, since, until].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), link]);
  }
  return [...groups.values()].flatMap((group) => {
    const ofNobody = group.find(({ by }) => by === undefined);
    if (ofNobody !== undefined) return [ofNobody];
    const [first] = group;
    return [first!, ...group.filter(({ by }) => by !== first!.by).slice(0, 1)];
  });
}
