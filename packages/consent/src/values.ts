/** Reading unvalidated JSON values of a Consent. */
import { periodBounds, type PeriodBounds } from '@dhp/fhir-search/values';

export type Json = Readonly<Record<string, unknown>>;

/** Parts of the platform that reading a Consent needs. */
export interface ConsentMeans {
  /** IANA name, for dates without a zone. */
  readonly timeZone: string;
  /** Bases of this server, under which absolute references are local. */
  readonly ownBases: readonly string[];
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The objects of a list; of one object a list of it. */
export function objectsOf(value: unknown): Json[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((each): each is Json => typeof each === 'object' && each !== null && !Array.isArray(each));
}

/** `Type/id`, without a version; undefined unless it leads to a resource of this server. */
export function localReference(value: unknown, { ownBases }: ConsentMeans): string | undefined {
  const { reference } = objectOf(value);
  if (typeof reference !== 'string') return undefined;
  const base = ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^([A-Z][A-Za-z]*\/[A-Za-z\d.-]{1,64})(?:\/_history\/.*)?$/.exec(local)?.[1];
}

/** The time that a Period may cover, in milliseconds since 1970; an unreadable one covers no time with certainty. */
export function coversOf(period: unknown, { timeZone }: ConsentMeans): PeriodBounds {
  return periodBounds(period, timeZone);
}
