/** Values of JSON that nobody has checked, as they are needed of links. */
import { dateBounds } from '@dhp/fhir-search/values';

export type Json = Readonly<Record<string, unknown>>;

/** Parts of the platform that reading links needs. */
export interface CareMeans {
  /** IANA name, for dates without a zone. */
  readonly timeZone: string;
  /** Bases of this server, under which absolute references are local. */
  readonly ownBases: readonly string[];
}

/** Milliseconds since 1970, infinite where open. */
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

/** `Type/id`, without a version; undefined for what does not lead to a resource of this server. */
export function localReference(value: unknown, { ownBases }: CareMeans): string | undefined {
  const { reference } = objectOf(value);
  if (typeof reference !== 'string') return undefined;
  const base = ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^([A-Z][A-Za-z]*\/[A-Za-z\d.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(local)?.[1];
}

/** The beginning of a date or an instant, or what is given where there is none that can be read. */
export function lowOf<Else>(value: unknown, { timeZone }: CareMeans, otherwise: Else): number | Else {
  return dateBounds(value, timeZone)?.low ?? otherwise;
}

/** The same of its end: a day ends with the day. */
export function highOf<Else>(value: unknown, { timeZone }: CareMeans, otherwise: Else): number | Else {
  return dateBounds(value, timeZone)?.high ?? otherwise;
}

/** The time that a Period covers, open where it says nothing. An end that cannot be read is none that has come: nothing is covered. */
export function coversOf(period: unknown, means: CareMeans): Covers {
  const { start, end } = objectOf(period);
  return {
    since: start === undefined ? -Infinity : lowOf(start, means, Infinity),
    until: end === undefined ? Infinity : highOf(end, means, -Infinity),
  };
}

/** Whether a Period can be read. */
export function isPeriod(period: unknown, { timeZone }: CareMeans): boolean {
  const { start, end } = objectOf(period);
  return [start, end].every((each) => each === undefined || dateBounds(each, timeZone) !== undefined);
}

/** The time that both cover. */
export function both(one: Covers, other: Covers): Covers {
  return { since: Math.max(one.since, other.since), until: Math.min(one.until, other.until) };
}
