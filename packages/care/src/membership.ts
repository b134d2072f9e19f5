/** Members of roles, teams, groups and organisations, by links of membership. */
import type { HeldLink } from './held.ts';
import type { MembershipKind } from './windows.ts';

export interface Standing {
  /** References to the person and positions of the token. */
  readonly actors: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The subject whose own writes do not count; undefined: every writer counts. */
  readonly notBy?: string | undefined;
  /** Kinds of links that are followed. */
  readonly kinds: readonly MembershipKind[];
}

/** Returns the actors themselves and all to which they belong, however far that leads. */
export function standing(links: readonly HeldLink[], { actors, at, notBy, kinds }: Standing): Set<string> {
  const followed = links.filter(
    ({ kind, by, since, until }) =>
      kinds.some((each) => each === kind) && (notBy === undefined || by !== notBy) && since <= at && at < until,
  );
  const all = new Set(actors);
  // A Set is iterated in the order of insertion, including elements added meanwhile.
  for (const actor of all) for (const link of followed) if (link.actor === actor) all.add(link.of);
  return all;
}

export interface Memberships {
  /** Groups to which somebody certainly belongs, by links that others wrote. */
  readonly surely: ReadonlySet<string>;
  /** Groups to which somebody may belong: by links of any writer, and by the parents of the own organisations. */
  readonly maybe: ReadonlySet<string>;
  /** Whether all members of a group, and of its members, are known by links. */
  readonly isKnown: (group: string) => boolean;
}

/**
 * Returns the PractitionerRoles, CareTeams and Groups to which somebody belongs.
 * @param links all stored ones
 * @param asked the references and the subject of the token, and the time in milliseconds since 1970
 */
export function membershipsOf(
  links: readonly HeldLink[],
  { actors, subject, at }: { readonly actors: readonly string[]; readonly subject: string; readonly at: number },
): Memberships {
  const isKnown = (group: string): boolean => {
    const within = new Set([group]);
    for (const one of within)
      for (const link of links) if (link.kind === 'part' && link.of === one) within.add(link.actor);
    return [...within].every((one) => links.some(({ kind, of }) => kind === 'whole' && of === one));
  };
  return {
    surely: standing(links, { actors, at, notBy: subject, kinds: ['role', 'team', 'group'] }),
    maybe: standing(links, { actors, at, kinds: ['role', 'team', 'group', 'unit'] }),
    isKnown,
  };
}
