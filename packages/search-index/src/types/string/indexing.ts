import { isLed } from '../../keys/exact-texts.ts';
import { keyOf } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { StringValue } from '../value.ts';
import { normaliseString } from '@dhp/name-scripts';
import { objectOf, textOf } from '../json.ts';

/** The parts that a search by name or address includes. https://hl7.org/fhir/R5/search.html#string */
const parts: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
    Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
    CodeableConcept: ['text'],
  }),
);

/** Every part of a name or address is a separate value; anything else is the text itself. */
export function stringValues(value: unknown, type: string): StringValue[] {
  const names = parts.get(type);
  if (names === undefined) return stringValue(value);
  const object = objectOf(value);
  return names.flatMap((name) => {
    const part = object[name];
    return Array.isArray(part) ? part.flatMap((one) => stringValue(one)) : stringValue(part);
  });
}

function stringValue(value: unknown): StringValue[] {
  const exact = textOf(value);
  return exact === undefined ? [] : [{ type: 'string', normalised: normaliseString(exact), exact }];
}

export function addString(rows: RowBuilder, plan: PlannedParameter, { normalised, exact }: StringValue): void {
  const key = keyOf(plan.exact, exact);
  if (isLed(normalised)) rows.exact(key);
  else rows.key(key);
  rows.string(plan.seed, normalised);
}
