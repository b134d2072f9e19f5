/** Reading unvalidated JSON values of links. */
import { dateIn, periodBounds } from '@dhp/fhir-search/values';

export type Json = Readonly<Record<string, unknown>>;

/** Parts of the platform that reading links needs. */
export interface CareMeans {
  /** IANA name, for dates without a zone. */
  readonly timeZone: string;
  /** Bases of this server, under which absolute references are local. */
  readonly ownBases: readonly string[];
}

/** Milliseconds since 1970, infinite if open. */
export interface Covers {
  readonly since: number;
  readonly until: number;
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function objectsOf(value: unknown): Json[] {
  return (Array.isArray(value) ? value : []).map(objectOf);
}

/** `Type/id`, without a version; undefined unless it leads to a resource of this server. */
export function localReference(value: unknown, { ownBases }: CareMeans): string | undefined {
  const { reference } = objectOf(value);
  if (typeof reference !== 'string') return undefined;
  const base = ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^([A-Z][A-Za-z]*\/[A-Za-z\d.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(local)?.[1];
}

/** A date of a resource: its begin and end, or the default if it is absent. An unreadable one never comes, and nothing ends with it. */
export function dateOf(resource: Json, name: string, { timeZone }: CareMeans, otherwise: Covers): Covers {
  const found = dateIn(resource, name, timeZone);
  if (found === 'unknown') return never;
  return found === undefined ? otherwise : { since: found.low, until: found.high };
}

export const always: Covers = { since: -Infinity, until: Infinity };

/** Of no time. */
const never: Covers = { since: Infinity, until: -Infinity };

/** The time that a Period covers with certainty: none if it is unreadable. */
export function coversOf(period: unknown, { timeZone }: CareMeans): Covers {
  const { since, until, isRead } = periodBounds(period, timeZone);
  return isRead ? { since, until } : never;
}

/** Whether a Period can be read. */
export function isPeriod(period: unknown, { timeZone }: CareMeans): boolean {
  return periodBounds(period, timeZone).isRead;
}

/** The time that both cover. */
export function both(one: Covers, other: Covers): Covers {
  return { since: Math.max(one.since, other.since), until: Math.min(one.until, other.until) };
}
