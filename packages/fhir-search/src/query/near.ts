import type { ValueOf } from '../ast/value.ts';
import { badValue } from './ask.ts';
import type { GivenCriterion } from './given-criterion.ts';
import { nearNames } from './near-names.ts';
import { SearchFault } from './search-problem.ts';

/** Distance of `near` in kilometres if none is given; the specification leaves it to the server. */
const defaultDistance = 50;

/** UCUM's units of length that distances are given in, in metres. */
const metresOf: ReadonlyMap<string, number> = new Map([
  ['m', 1],
  ['km', 1000],
  ['[mi_i]', 1609.344],
  ['[mi_us]', 1609.347218694],
  ['[nmi_i]', 1852],
  ['[ft_i]', 0.3048],
  ['[yd_i]', 0.9144],
]);

const expected =
  'latitude|longitude, |distance and |unit after it if wanted (degrees; UCUM units of length, km when none is given), such as 41.3|69.24|5|km';

/** `near=latitude|longitude|distance|units`. https://hl7.org/fhir/R5/location.html#positional */
export function nearValue({ given }: GivenCriterion, value: string): ValueOf<'near'> {
  const [latitude, longitude, distance = '', unit = '', ...more] = value.split('|');
  const [north, east] = [degrees(latitude, 90), degrees(longitude, 180)];
  if (north === undefined || east === undefined || more.length > 0) return badValue({ name: given }, value, expected);
  const amount = distance === '' ? defaultDistance : positive(distance);
  if (amount === undefined || (distance === '' && unit !== '')) return badValue({ name: given }, value, expected);
  const of = unit === '' ? 'km' : unit;
  const metres = metresOf.get(of);
  if (metres === undefined) {
    const near = nearNames(unit, metresOf.keys());
    throw new SearchFault([
      {
        kind: 'bad-value',
        parameter: given,
        value,
        near,
        expected: `a unit of length: ${[...metresOf.keys()].join(', ')}`,
      },
    ]);
  }
  return { type: 'near', latitude: north, longitude: east, distance: amount, unit: of, metres: amount * metres };
}

const decimal = /^[-+]?\d{1,9}(?:\.\d{1,20})?$/;

/** Undefined unless it is a number of degrees up to the limit on either side. */
export function degrees(text: string | undefined, limit: number): number | undefined {
  if (text === undefined || !decimal.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= limit ? value : undefined;
}

function positive(text: string): number | undefined {
  return decimal.test(text) && Number(text) >= 0 ? Number(text) : undefined;
}

/** `contains=latitude|longitude`: the place is within the boundary. https://hl7.org/fhir/R5/location.html#search */
export function placeValue({ given }: GivenCriterion, value: string): ValueOf<'place'> {
  const [first, second, ...more] = value.split('|');
  const [latitude, longitude] = [degrees(first, 90), degrees(second, 180)];
  if (latitude === undefined || longitude === undefined || more.length > 0) {
    return badValue({ name: given }, value, 'latitude|longitude in degrees, such as 41.3|69.24');
  }
  return { type: 'place', latitude, longitude };
}
