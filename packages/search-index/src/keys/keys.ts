/**
 * The 64-bit keys of the search index. A key is the seed of a parameter of a type, combined by exclusive or with the hash of a value.
 * Because it is exclusive or, SQL can make the key of a reference from a row's own hash (`seed # own`), which is how chains, `_has` and
 * `_revinclude` join. Indexing and searching both use these functions.
 */
import type { Condition } from '../condition/condition.ts';
import { hash64 } from './hash.ts';

/** The kinds of keys of a parameter. Each has its own seed, so keys of different forms differ. */
export type KeyForm =
  | 'value' // a token, reference or uri; the key of a number, date, quantity or string posting
  | 'present' // any value at all: `:missing`
  | 'posted' // a quantity beside a code: `posted-numbers.ts`
  | 'exact' // a string as written: `:exact`
  | 'text' // a word: the text of a token or the display of a reference, `:text`
  | 'of-type' // Identifier type and value: `:of-type`
  | 'identifier' // Reference.identifier: `:identifier`
  | 'label'; // no key, but the words of profiles, tags and security labels: `$meta`

/** The seed of a parameter of a resource type. */
export function seedOf(type: string, parameter: string, form: KeyForm = 'value'): bigint {
  return hash64(`${form}\n${type}\n${parameter}`);
}

/** The key of a value under a seed; `value` is a text by the functions below. */
export function keyOf(seed: bigint, value: string): bigint {
  return seed ^ hash64(value);
}

/** Returns the text whose hash stands for a local reference to a resource, and for the resource itself (the column `own`). */
export function referenceText(type: string, id: string): string {
  return `${type}/${id}`;
}

/** The condition for resources in the compartment of one of these patients, or one of them itself. */
export function ofPatients(ids: readonly string[]): Condition {
  return { op: 'patient', any: ids.map((id) => hash64(referenceText('Patient', id))), ids };
}

/** Returns the second text of a local reference from an element that may lead to any type (`leadsAnywhere`). */
export function untypedText(id: string): string {
  return `?/${id}`;
}

/**
 * The texts of a token: `code` alone; `system|code`; `system|` alone; `|code` without a system where one is possible. Undefined system: the
 * FHIR type has no system, and only `code` is used.
 */
export const tokenText = {
  code: (code: string): string => code,
  coding: (system: string, code: string): string => `${system}|${code}`,
  system: (system: string): string => `${system}|`,
  /** Text under the seed of the form `of-type`: a coding of the Identifier's type, `''` if it has no system, and its value. */
  ofType: (typeSystem: string, typeCode: string, value: string): string => `${typeSystem}|${typeCode}|${value}`,
};

/** The parts of a reference or canonical that name its target. */
interface Named {
  readonly targetType: string | undefined;
  readonly id: string | undefined;
  readonly url: string | undefined;
  readonly version: string | undefined;
}

/**
 * Returns the texts of a reference or canonical that are hashed: for a local one `Type/id`, and `Type/id/_history/v` if it names a version;
 * for others the URL without the version, and `url|version` if it has one. Empty for a logical reference.
 */
export function referenceTexts({ targetType, id, url, version }: Named): string[] {
  if (id !== undefined) {
    const text = targetType === undefined ? id : referenceText(targetType, id);
    return version === undefined ? [text] : [text, `${text}/_history/${version}`];
  }
  if (url === undefined) return [];
  return version === undefined ? [url] : [url, `${url}|${version}`];
}

/**
 * In a composite: the text of a part (counted from 0) that is a token (`code`, `system|code`), reference or uri. Its key is
 * the key so far, which is the seed for the first, combined with this one.
 */
export function partText(part: number, form: string): string {
  return part === 0 ? form : `${part + 1}:${form}`;
}

/**
 * In a composite of several compared parts: the seed of one part (counted from 0) in any repetition. All parts must match in the same one,
 * so each value has a second key, which is the first combined with the number of its repetition (`inRepetition`). The two keys together
 * give the number of the repetition: SQL finds the repetitions in which a part matches, however many there are.
 */
export function comparedSeed(seed: bigint, part: number): bigint {
  return keyOf(seed, `${part + 1}:`);
}

/**
 * In the rows of definition 10: the text that makes the seed of one part in one repetition, both counted from 0. Only the first
 * `firstRepetitions` are distinguished.
 */
export function repetitionText(part: number, repetition: number): string {
  return `${part + 1}:${repetition}`;
}

export const firstRepetitions = 8;

/** @param repetition counted from 1, up to `mostRepetitions` */
export function inRepetition(key: bigint, repetition: number): bigint {
  return key ^ BigInt(repetition);
}

/** No text of JSON that a program can hold has more repetitions of anything that a composite could be of. */
export const mostRepetitions = 2 ** 24;

/** Any reference of a resource to another one of this server, in any element: reference integrity, $everything. */
export const anyReference: bigint = hash64('any reference');

/** A patient in whose compartment the resource is, when there are several; when there is one, it is the column `pat`. */
export const oneOfPatients: bigint = hash64('one of several patients');
