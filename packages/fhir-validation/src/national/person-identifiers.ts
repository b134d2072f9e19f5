/**
 * Identifier systems by which the national guide says who a person is (dhp.uz core 0.7.0, NamingSystems and profiles of Patient,
 * Practitioner and RelatedPerson). Whoever writes one says whose record it is.
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

/** Systems of persons in any country are below this one, those that the guide will add too. */
const persons = 'dhp.uz/fhir/core/sid/pid/';

/**
 * Whether an identifier system is a national one of persons. Spellings that differ in scheme, case or a slash at the end count too: they
 * are another system, but no reason to let a number pass as a person's.
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
