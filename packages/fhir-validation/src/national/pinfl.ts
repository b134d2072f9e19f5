import { isDate } from '../base/dates.ts';
import type { Run } from '../run.ts';

/** By the first digit: the century of birth, odd for men and even for women. */
const centuries = ['18', '18', '19', '19', '20', '20'];
const weights = [7, 3, 1];

/**
 * What the 14 digits of a PINFL say: sex and century, birth date (ddmmyy), area, serial, check digit with the weights 7, 3, 1.
 * No law that is public states this, and examples of the national guide depart from it: so all of it is a warning.
 */
export function checkPinfl(pinfl: string, run: Run): void {
  const first = Number(pinfl[0]);
  const century = centuries[first - 1];
  const birthDate = `${century ?? '00'}${pinfl.slice(5, 7)}-${pinfl.slice(3, 5)}-${pinfl.slice(1, 3)}`;
  if (century === undefined || !isDate(birthDate)) {
    run.report('national-pinfl-date', { value: pinfl });
    return;
  }
  const sum = Array.from(pinfl.slice(0, 13)).reduce((total, digit, i) => total + Number(digit) * weights[i % 3]!, 0);
  if (sum % 10 !== Number(pinfl[13])) run.report('national-pinfl-check-digit', { value: pinfl });
  const { resourceType, birthDate: stated, gender } = run.resource;
  if (resourceType !== 'Patient' && resourceType !== 'Practitioner' && resourceType !== 'RelatedPerson') return;
  if (typeof stated === 'string' && stated.length === 10 && stated !== birthDate) {
    run.report('national-pinfl-birth-date', { value: pinfl, found: stated, expected: birthDate });
  }
  const sex = first % 2 === 1 ? 'male' : 'female';
  if ((gender === 'male' || gender === 'female') && gender !== sex) {
    run.report('national-pinfl-gender', { value: pinfl, found: gender, expected: sex });
  }
}
