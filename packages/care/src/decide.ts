/** Whether somebody cares for a patient: the reference for the rows with which a store decides. */
import type { HeldLink } from './held.ts';
import { standing } from './membership.ts';
import { isMembership, type CareWindow, type CareWindows } from './windows.ts';

/** A caller who asks for the record of a patient. */
export interface CareAsked {
  /** `Patient/1` */
  readonly patient: string;
  /** The record of the person, and the organisations of the positions: from the token, not from data. */
  readonly actors: readonly string[];
  /** The subject of the token. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly windows: CareWindows;
}

const day = 86_400_000;

/**
 * Returns whether one of the links leads from the caller to the patient now. A caller is in a link in person, by an organisation of a position
 * or one of its parents, by the own PractitionerRole, or by a CareTeam with one of these in it, or with such a team. A link that the caller
 * wrote does not count.
 * @param links all stored ones
 * @example
 * const link = { kind: 'Patient', of: 'Patient/1', actor: 'Practitioner/2', since: -Infinity, until: Infinity, by: undefined } as const;
 * const asked = { patient: 'Patient/1', actors: ['Practitioner/2'], subject: 'a', at: Date.now(), windows: usualWindows };
 * decide([link], asked); // true
 */
export function decide(links: readonly HeldLink[], { patient, actors, subject, at, windows }: CareAsked): boolean {
  const all = standing(links, { actors, at, notBy: subject, kinds: ['role', 'team', 'unit'] });
  return links.some(
    (link) =>
      !isMembership(link.kind) &&
      link.by !== subject &&
      link.of === patient &&
      all.has(link.actor) &&
      isWithin(link, windows[link.kind], at),
  );
}

function isWithin({ since, until, stored }: HeldLink, { before, after, open }: CareWindow, at: number): boolean {
  if (at < since - before * day) return false;
  if (until !== Infinity) return at < until + after * day;
  // A link without a begin counts from the time when its version was stored.
  const begun = since === -Infinity ? (stored ?? -Infinity) : since;
  return open === undefined || at < begun + open * day;
}
