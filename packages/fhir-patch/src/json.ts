import { JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import { PatchFault, type PatchFaultKind } from './fault.ts';
import type { Meter } from './limits.ts';

/** A JSON value in which a number whose text JavaScript would change (`1.00`, `1e2`) is a `RawNumber` that keeps it. */
export type JsonValue = null | boolean | number | string | RawNumber | JsonValue[] | JsonObject;

export interface JsonObject {
  [member: string]: JsonValue;
}

/** Result of `JSON.rawJSON`: a frozen object that `JSON.stringify` writes as its text. */
export interface RawNumber {
  readonly rawJSON: string;
}

// The built-in declarations of TypeScript do not know these two yet.
const { rawJSON, isRawJSON } = JSON as unknown as {
  readonly rawJSON: (text: string) => RawNumber;
  readonly isRawJSON: (value: unknown) => value is RawNumber;
};
type ReviverWithSource = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * A number that `String(Number(text))` may not give back: an exponent, a trailing zero, sixteen digits, six zeros after the
 * point, minus zero. May find one inside a string, which costs time only; misses none.
 */
const unusualNumber =
  /[:[,\s](?:-?\d+(?:\.\d+)?[eE]|-?\d+\.\d*0(?=[\s,\]}]|$)|-?[\d.]{16}|-?0\.000000|-0(?=[\s,\]}]|$))/;

const keepText: ReviverWithSource = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value;

/** Whether a text may hold numbers that need a `RawNumber`. */
export function hasUnusualNumbers(text: string): boolean {
  return unusualNumber.test(text);
}

/** `JSON.parse` that keeps the text of numbers; three times as fast when the text has no unusual ones. */
export function parseJson(text: string): JsonValue {
  const parse = JSON.parse as (text: string, reviver?: ReviverWithSource) => JsonValue;
  return hasUnusualNumbers(text) ? parse(text, keepText) : parse(text);
}

/**
 * Parses a text from outside.
 * @param what completes `… is not acceptable JSON`
 * @throws PatchFault of that kind for everything that `scanJson` refuses
 */
export function readJson(text: string, what: string, kind: PatchFaultKind): JsonValue {
  try {
    return parseJson(scanJson(text).text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const reason = `${what} is not acceptable JSON: ${error.message}`;
    throw new PatchFault(kind, reason, undefined, undefined, { cause: error });
  }
}

export function isRawNumber(value: unknown): value is RawNumber {
  return isRawJSON(value);
}

export function isNumber(value: unknown): value is number | RawNumber {
  return typeof value === 'number' || isRawNumber(value);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** The own member of that name, never an inherited one. */
export function memberValue(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets a member, in its place when it exists, else as the last; `__proto__` is a name like others. */
export function setMember(object: JsonObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else object[name] = value;
}

export function removeMember(object: JsonObject, name: string): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a JSON object is a dictionary
  delete object[name];
}

/** A deep copy. @throws Refusal `too-costly` when the meter refuses its characters. */
export function cloneOf(value: JsonValue, meter?: Meter): JsonValue {
  if (typeof value !== 'object' || isRawNumber(value)) return value;
  const text = JSON.stringify(value);
  meter?.spend(text.length);
  return parseJson(text);
}

/** Returns the number of values in a value, itself included. */
export function sizeOf(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 1);
  if (!isObject(value)) return 1;
  return Object.keys(value).reduce((sum, name) => sum + sizeOf(value[name]!), 1);
}

/** Returns the number of nested containers of a value, itself included: 0 for a scalar. */
export function depthOf(value: JsonValue): number {
  if (Array.isArray(value)) return 1 + value.reduce<number>((deepest, item) => Math.max(deepest, depthOf(item)), 0);
  if (!isObject(value)) return 0;
  let deepest = 0;
  for (const name of Object.keys(value)) deepest = Math.max(deepest, depthOf(value[name]!));
  return 1 + deepest;
}
