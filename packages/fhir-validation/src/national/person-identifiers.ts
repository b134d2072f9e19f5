/**
 * Identifier systems with which the national guide identifies persons (dhp.uz core 0.7.0, NamingSystems and profiles of Patient,
 * Practitioner and RelatedPerson). An identifier in one of them states whose record a resource is.
 */
export const nationalPersonSystems: Readonly<Record<string, string>> = {
  'https://dhp.uz/fhir/core/sid/pid/uz/ni': 'PINFL',
  'https://dhp.uz/fhir/core/sid/pid/uz/ppn/local': 'internal passport or identity card',
  'https://dhp.uz/fhir/core/sid/pid/uz/ppn/intl': 'passport for travel abroad',
  'https://dhp.uz/fhir/core/sid/pid/uz/ppn/dp': 'diplomatic passport',
  'https://dhp.uz/fhir/core/sid/pid/uz/bct': 'birth certificate',
  'https://dhp.uz/fhir/core/sid/pid/uz/dl': "driver's licence",
  'https://dhp.uz/fhir/core/sid/pid/uz/hc': 'health card',
  'https://dhp.uz/fhir/core/sid/pid/uz/mi': 'military identity card',
  'https://dhp.uz/fhir/core/sid/pid/uz/pcn': 'pension certificate',
};

/** Prefix of the systems for persons of any country, including those that the guide may add later. */
const persons = 'dhp.uz/fhir/core/sid/pid/';

/**
 * Whether an identifier system is a national one for persons. Spellings with another scheme, case or a trailing slash also count: formally
 * they are other systems, but a number in them must not be hidden from the checks for persons.
 *
 * @example
 * isNationalPersonSystem('http://example.org/number'); // false
 */
export function isNationalPersonSystem(system: unknown): boolean {
  if (typeof system !== 'string') return false;
  const plain = system
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/(?:www\.)?/, '');
  return `${plain}/`.startsWith(persons);
}
