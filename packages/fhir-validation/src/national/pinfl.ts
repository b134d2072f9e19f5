import { isDate } from '../dates.ts';
import type { Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Century of birth by the first digit, which is odd for men and even for women. */
const centuries = ['18', '18', '19', '19', '20', '20'];
const weights = [7, 3, 1];
const people: ReadonlySet<unknown> = new Set(['Patient', 'Practitioner', 'RelatedPerson', 'Person']);

/**
 * Checks the 14 digits of a PINFL: sex and century, birth date (ddmmyy), area, serial number, check digit with the weights 7, 3, 1 (as in
 * the machine-readable zone of ICAO 9303).
 *
 * The format is known from use only. The text of resolution 177 of the Cabinet of Ministers of 12 April 2022, which regulates the number,
 * was not available, and examples of the national guide do not follow the format. So the severity is a warning unless the policy states
 * another one.
 * @param owner the person with this number, as far as known
 */
export function checkPinfl(pinfl: string, owner: Json, run: Run): void {
  const severity = run.rules.nationalIdentifiers;
  if (severity === 'ignore') return;
  const first = Number(pinfl[0]);
  const century = centuries[first - 1];
  const birthDate = `${century ?? '00'}${pinfl.slice(5, 7)}-${pinfl.slice(3, 5)}-${pinfl.slice(1, 3)}`;
  if (century === undefined || !isDate(birthDate)) {
    run.report('national-pinfl-date', { value: pinfl }, severity);
    return;
  }
  if (checkDigit(pinfl) !== Number(pinfl[13])) run.report('national-pinfl-check-digit', { value: pinfl }, severity);
  const { resourceType, birthDate: stated, gender } = owner;
  if (!people.has(resourceType)) return;
  if (typeof stated === 'string' && stated.length === 10 && stated !== birthDate) {
    run.report('national-pinfl-birth-date', { value: pinfl, found: stated, expected: birthDate }, severity);
  }
  const sex = first % 2 === 1 ? 'male' : 'female';
  if ((gender === 'male' || gender === 'female') && gender !== sex) {
    run.report('national-pinfl-gender', { value: pinfl, found: gender, expected: sex }, severity);
  }
}

function checkDigit(pinfl: string): number {
  let sum = 0;
  for (let i = 0; i < 13; i += 1) sum += Number(pinfl[i]) * weights[i % 3]!;
  return sum % 10;
}
