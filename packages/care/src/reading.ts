/** Functions that read the links of a resource. */
import { localReference, type CareMeans, type Covers, type Json } from './values.ts';
import type { linkKinds } from './windows.ts';

export interface CareLink extends Covers {
  readonly kind: (typeof linkKinds)[number];
  /** `Patient/1`; for a membership the actor with the member, `CareTeam/3` or `PractitionerRole/4`. */
  readonly of: string;
  /** `Practitioner/2`, `PractitionerRole/4`, `CareTeam/3`, `Organization/7`. */
  readonly actor: string;
  /** False if the link has ended and the record has no end date: it ended at the latest when this was stored. */
  readonly stated: boolean;
  /** When the version with it was stored, in milliseconds since 1970. */
  readonly stored?: number;
}

export type Reader = (resource: Json, to: Reading) => CareLink[];

export interface Reading {
  readonly means: CareMeans;
  /** `Type/id` of the resource. */
  readonly own: string;
  /** Milliseconds since 1970 at which the version was stored. */
  readonly upd: number;
}

/** The words of a status: while the link is open, and when it has ended. Of all others there is no link. */
interface Words {
  readonly open: readonly unknown[];
  readonly ended?: readonly unknown[];
}

/** Its time, by the status; undefined: no time at all. */
export function timesOf(
  resource: Json,
  { open, ended = [] }: Words,
  given: Covers,
  { upd }: Reading,
): (Covers & { readonly stated: boolean }) | undefined {
  const { status } = resource;
  if (open.includes(status)) return { ...given, stated: true };
  if (!ended.includes(status)) return undefined;
  return given.until === Infinity ? { ...given, until: upd, stated: false } : { ...given, stated: true };
}

const actors = /^(Practitioner|PractitionerRole|CareTeam|Organization)\//;

/** Links of the actors of references. */
export function linksTo(
  kind: CareLink['kind'],
  of: string | undefined,
  times: (Covers & { readonly stated: boolean }) | undefined,
  references: readonly unknown[],
  { means, upd }: Reading,
  who = actors,
): CareLink[] {
  if (of === undefined || times === undefined) return [];
  return references.flatMap((reference) => {
    const actor = localReference(reference, means);
    return actor === undefined || !who.test(actor) ? [] : { kind, of, actor, ...times, stored: upd };
  });
}

export function patientOf(reference: unknown, { means }: Reading): string | undefined {
  const local = localReference(reference, means);
  return local?.startsWith('Patient/') === true ? local : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
