import type { Condition } from '../condition/condition.ts';
import { seedOf } from './keys.ts';

/**
 * Search parameters for which most resources of their types have a value. Their presence is a bit of the search row instead of a key: a key
 * of nearly all resources is not selective, and takes eight bytes of each. Rare parameters (`death-date`, `link`) keep their key, which
 * finds those few. Stored: their order is part of the meaning of a row.
 */
const usual = [
  ...['_profile', '_security', 'identifier', 'status', 'code', 'category', 'type', 'subject', 'patient', 'date'],
  ...['encounter', 'performer', 'value-quantity', 'component-code', 'component-value-quantity', 'based-on', 'specimen'],
  ...['active', 'name', 'family', 'given', 'gender', 'birthdate', 'deceased', 'address', 'address-city'],
  ...['address-country', 'address-postalcode', 'address-state', 'address-use', 'telecom', 'phone', 'email', 'language'],
  ...['organization', 'general-practitioner', 'location', 'practitioner', 'participant', 'participant-type'],
  ...['clinical-status', 'verification-status', 'recorded-date', 'onset-date', 'class', 'date-start', 'end-date'],
  ...[
    'service-provider',
    'reason-reference',
    'intent',
    'requester',
    'authored',
    'authoredon',
    'code-concept',
    'priority',
  ],
  ...['medication', 'issued', 'result', 'recorded', 'vaccine-code', 'role', 'author'],
];

const bits: ReadonlyMap<string, number> = new Map(usual.map((code, bit) => [code, bit]));

/** Mark in a row that a parameter has a value: a bit for common parameters, or a key. */
export interface Presence {
  readonly key: bigint;
  readonly bit: number | undefined;
}

/** @param rows `SearchParameter.rows`; those of the environment's own parameters are not among the common names */
export function presenceOf(type: string, rows: string): Presence {
  return { key: seedOf(type, rows, 'present'), bit: bits.get(rows) };
}

/** Returns the condition that a resource of the type has a value of the parameter. */
export function isPresent(type: string, rows: string): Condition {
  const { key, bit } = presenceOf(type, rows);
  return bit === undefined ? { op: 'keys', any: [key], expect: 'most' } : { op: 'present', key, bit };
}

/** The usual parameters that have a value in a row. @param present `IndexRow.present` */
export function presentParameters(present: bigint): string[] {
  return usual.filter((_, bit) => ((present >> BigInt(bit)) & 1n) === 1n);
}
