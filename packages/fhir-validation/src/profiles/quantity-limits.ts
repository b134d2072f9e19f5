import { isObject, type Json } from '../json.ts';

const ucum = 'http://unitsofmeasure.org';

/** Why a quantity cannot be compared with a limit. */
export type Obstacle =
  'value' | 'limitsystem' | 'system' | 'othersystem' | 'limitcode' | 'code' | 'limitvalue' | 'othercode';

/** Returns the first obstacle to the comparison of two quantities; undefined if their units are equal or both from UCUM. */
export function obstacleOf(quantity: Json, limit: unknown): Obstacle | undefined {
  if (!isObject(limit)) return undefined;
  if (isBlank(quantity['value'])) return 'value';
  if (isBlank(limit['system'])) return 'limitsystem';
  if (isBlank(quantity['system'])) return 'system';
  if (quantity['system'] !== limit['system']) return 'othersystem';
  if (isBlank(limit['code'])) return 'limitcode';
  if (isBlank(quantity['code'])) return 'code';
  if (isBlank(limit['value'])) return 'limitvalue';
  return quantity['code'] !== limit['code'] && quantity['system'] !== ucum ? 'othercode' : undefined;
}

const isBlank = (value: unknown): boolean => value === undefined || value === '';

const whole = new Set(['a', 'mo', 'ms']);
const exact = new Set(['wk', 'd', 'h', 'min', 's']);

/**
 * Whether a quantity is a duration that can be added to the current time.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.minValue_x_
 */
export function isDuration({ value, system, code, comparator }: Json): boolean {
  if (comparator !== undefined || typeof value !== 'number' || system !== ucum) return false;
  return exact.has(String(code)) || (whole.has(String(code)) && Number.isInteger(value));
}
