import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkPinfl } from './pinfl.ts';

interface Format {
  readonly name: string;
  readonly pattern: RegExp;
  readonly example: string;
  /** Whether a public document states the format. A violation is then an error; otherwise its severity is that of the policy. */
  readonly isStated: (identifier: Json) => boolean;
}

const always = (): boolean => true;
const never = (): boolean => false;

/** The same system also identifies other numbers of the tax authority, whose format is not published. */
const isTaxNumber = ({ type }: Json): boolean =>
  isObject(type) && listOf(type['coding']).some((coding) => isObject(coding) && coding['code'] === 'TAX');

const base = 'https://dhp.uz/fhir/core/sid/';

/**
 * SHIF codes: invariant uzcore-org-1 of the national guide. Tax numbers: nine digits by resolution 130 of the Cabinet of Ministers of 11
 * March 1997; the algorithm of the last digit is not public. Passports: as in the examples of the guide.
 */
const formats: ReadonlyMap<string, Format> = new Map([
  [`${base}pid/uz/ni`, { name: 'PINFL', pattern: /^\d{14}$/, example: '30211975910033', isStated: always }],
  [`${base}org/uz/shif`, { name: 'SHIF', pattern: /^[A-Z]{3}\d{6}$/, example: 'OAA000024', isStated: always }],
  [`${base}org/uz/soliq`, { name: 'TIN', pattern: /^\d{9}$/, example: '200935935', isStated: isTaxNumber }],
  [`${base}pid/uz/ppn/local`, { name: 'passport', pattern: /^[A-Z]{2}\d{7}$/, example: 'AC1234567', isStated: never }],
  [`${base}pid/uz/ppn/intl`, { name: 'passport', pattern: /^[A-Z]{2}\d{7}$/, example: 'AA1234567', isStated: never }],
  [`${base}pid/uz/ppn/dp`, { name: 'passport', pattern: /^D\d{7}$/, example: 'D1234567', isStated: never }],
]);

/** Checks the format of a national identifier and, for a PINFL, the meaning of its digits. */
export function checkNationalIdentifier(identifier: Json, run: Run): void {
  const { system, value } = identifier;
  const format = typeof system === 'string' ? formats.get(system) : undefined;
  if (format === undefined || typeof value !== 'string') return;
  const { name, pattern, example, isStated } = format;
  // A PINFL at a deeper level, as in a reference, belongs to another person.
  const isOwn = run.depth === run.resourceDepth + 1;
  run.enter('value', -1);
  if (!pattern.test(value)) {
    const severity = isStated(identifier) ? 'error' : run.rules.nationalIdentifiers;
    if (severity !== 'ignore') run.report('national-identifier', { name, value: shown(value), example }, severity);
  } else if (name === 'PINFL') checkPinfl(value, isOwn ? run.resource : {}, run);
  run.leave();
}

/**
 * Checks an Uzbek address: the code of a district (7 digits) must begin with that of its region (4 digits), and the code of a place in the
 * territorial classification (10 digits) with that of its district. The register of mahallas (8 digits) has no such structure.
 */
export function checkNationalAddress({ country, state, district, city }: Json, run: Run): void {
  if (country !== 'UZ' || !isCode(district, 7)) return;
  if (isCode(state, 4) && !district.startsWith(state)) {
    run.enter('district', -1);
    run.report('national-district', { district, state });
    run.leave();
  }
  if (isCode(city, 10) && !city.startsWith(district)) {
    run.enter('city', -1);
    run.report('national-city', { city, district });
    run.leave();
  }
}

function isCode(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^\d+$/.test(value);
}
