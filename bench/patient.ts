/** The Patient that is measured: 2 kB, with the usual data of a national registry and names in two scripts. All data is fictitious. */

/** Placeholder for the changing parts of a body; it has the length of their values. */
const serialMark = '00000000000000';
const phoneMark = '+998000000000';

const identifier = (system: string, code: string, value: string): object => ({
  use: 'official',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }] },
  system,
  value,
});

const template = {
  resourceType: 'Patient',
  meta: { profile: ['http://example.org/fhir/StructureDefinition/bench-patient'] },
  identifier: [
    identifier('http://example.org/fhir/sid/personal-number', 'NI', serialMark),
    identifier('http://example.org/fhir/sid/passport', 'PPN', `AB${serialMark}`),
  ],
  active: true,
  name: [
    { use: 'official', text: 'Karimova Aziza Rustamovna', family: 'Karimova', given: ['Aziza', 'Rustamovna'] },
    { use: 'official', text: 'Каримова Азиза Рустамовна', family: 'Каримова', given: ['Азиза', 'Рустамовна'] },
  ],
  telecom: [
    { system: 'phone', value: phoneMark, use: 'mobile', rank: 1 },
    { system: 'email', value: 'aziza.karimova@example.org', use: 'home' },
  ],
  gender: 'female',
  birthDate: '1990-05-14',
  address: [
    {
      use: 'home',
      type: 'physical',
      text: "Toshkent shahri, Yunusobod tumani, Amir Temur shoh ko'chasi, 107-uy, 24-xonadon",
      line: ["Amir Temur shoh ko'chasi, 107-uy, 24-xonadon"],
      city: 'Toshkent',
      district: 'Yunusobod tumani',
      state: 'Toshkent shahri',
      postalCode: '100084',
      country: 'UZ',
      period: { start: '2014-09-01' },
    },
  ],
  maritalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M', display: 'Married' }],
  },
  contact: [
    {
      relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'N' }] }],
      name: { family: 'Karimov', given: ['Jasur'] },
      telecom: [{ system: 'phone', value: '+998000000001', use: 'mobile' }],
    },
  ],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'uz' }] }, preferred: true }],
  generalPractitioner: [{ reference: 'Practitioner/bench', display: 'Yusupov Otabek' }],
  managingOrganization: { reference: 'Organization/bench', display: '14-sonli oilaviy poliklinika' },
};

const text = JSON.stringify(template);

/**
 * A Patient as JSON text. All have the same size except for the id.
 * @param serial determines its unique identifiers
 * @param phone a number below a thousand million; an update changes it
 * @param id absent for a create
 */
export function patient(serial: number, phone: number, id?: string): string {
  const body = text
    .replaceAll(serialMark, String(serial).padStart(serialMark.length, '0'))
    .replace(phoneMark, `+998${String(phone).padStart(9, '0')}`);
  return id === undefined ? body : body.replace('"meta"', `"id":${JSON.stringify(id)},"meta"`);
}

/** Bytes of a Patient without an id. */
export const patientBytes = Buffer.byteLength(text);
