import type { ValueOf } from '../ast/value.ts';
import { badValue } from './ask.ts';
import type { GivenCriterion } from './given-criterion.ts';
import { degrees } from './near.ts';

/** `contains=latitude|longitude`: the place lies within the boundary. https://hl7.org/fhir/R5/location.html#search */
export function placeValue({ given }: GivenCriterion, value: string): ValueOf<'place'> {
  const [first, second, ...more] = value.split('|');
  const [latitude, longitude] = [degrees(first, 90), degrees(second, 180)];
  if (latitude === undefined || longitude === undefined || more.length > 0) {
    return badValue({ name: given }, value, 'latitude|longitude in degrees, such as 41.3|69.24');
  }
  return { type: 'place', latitude, longitude };
}
