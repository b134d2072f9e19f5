import { shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkPinfl } from './pinfl.ts';

interface Format {
  readonly name: string;
  readonly pattern: RegExp;
  readonly example: string;
  /** Only what is stated as a rule is an error; what is known from examples a warning. */
  readonly isStated: boolean;
}

const base = 'https://dhp.uz/fhir/core/sid/';

const formats: ReadonlyMap<string, Format> = new Map([
  [`${base}pid/uz/ni`, { name: 'PINFL', pattern: /^\d{14}$/, example: '30211975910033', isStated: true }],
  [`${base}org/uz/shif`, { name: 'SHIF', pattern: /^[A-Z]{3}\d{6}$/, example: 'OAA000024', isStated: true }],
  [`${base}org/uz/soliq`, { name: 'TIN', pattern: /^\d{9}$/, example: '200935935', isStated: false }],
  [`${base}pid/uz/ppn/local`, { name: 'passport', pattern: /^[A-Z]{2}\d{7}$/, example: 'AC1234567', isStated: false }],
  [`${base}pid/uz/ppn/intl`, { name: 'passport', pattern: /^[A-Z]{2}\d{7}$/, example: 'AA1234567', isStated: false }],
  [`${base}pid/uz/ppn/dp`, { name: 'passport', pattern: /^D\d{7}$/, example: 'D1234567', isStated: false }],
]);

/** The form of national identifiers, and of a PINFL also what its digits say. */
export function checkNationalIdentifier({ system, value }: Json, run: Run): void {
  const format = typeof system === 'string' ? formats.get(system) : undefined;
  if (format === undefined || typeof value !== 'string') return;
  const { name, pattern, example, isStated } = format;
  run.enter('value', -1);
  if (!pattern.test(value)) {
    run.report('national-identifier', { name, value: shown(value), example }, isStated ? 'error' : 'warning');
  } else if (name === 'PINFL') checkPinfl(value, run);
  run.leave();
}

/** In an address of Uzbekistan the code of a district begins with that of its region. */
export function checkNationalAddress({ country, state, district }: Json, run: Run): void {
  if (country !== 'UZ' || typeof state !== 'string' || typeof district !== 'string') return;
  if (!/^\d{4}$/.test(state) || !/^\d{7}$/.test(district) || district.startsWith(state)) return;
  run.enter('district', -1);
  run.report('national-district', { district, state });
  run.leave();
}
