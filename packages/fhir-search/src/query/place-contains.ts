import { seedOf } from '../index/keys.ts';
import { badValue } from './ask.ts';
import { allOf } from './combine.ts';
import type { Condition } from './condition.ts';
import type { Criterion } from './criterion.ts';
import { degrees } from './near.ts';

/** `contains=latitude|longitude`: the place lies within the boundary. https://hl7.org/fhir/R5/location.html#search */
export function containsCondition({ given }: Criterion, value: string): Condition {
  const [first, second, ...more] = value.split('|');
  const [latitude, longitude] = [degrees(first, 90), degrees(second, 180)];
  if (latitude === undefined || longitude === undefined || more.length > 0) {
    return badValue({ name: given }, value, 'latitude|longitude in degrees, such as 41.3|69.24');
  }
  const within = (side: string, at: number): Condition => ({
    op: 'number',
    key: seedOf('Location', `contains.${side}`),
    interval: { low: { le: at }, high: { ge: at } },
  });
  return allOf([within('latitude', latitude), within('longitude', longitude), { op: 'boundary', latitude, longitude }]);
}
