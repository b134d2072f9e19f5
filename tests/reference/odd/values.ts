/** Values of each type of R5 as people write them: right, and wrong in the ways in which people get them wrong. */

/** Values of a type that are right, and others. */
interface Written {
  readonly right: readonly unknown[];
  readonly odd: readonly unknown[];
}

const texts: Written = {
  right: ['Aziza', 'Тошкент шаҳри'],
  odd: ['', ' ', 5, true, ['a'], { text: 'a' }, ' padded ', null],
};
const numbers: Written = { right: [1, 12, 250], odd: ['1', -1, 1.5, 0, true, [1], 99_999_999_999, null] };
const uris: Written = {
  right: ['http://example.org/thing', 'urn:oid:2.16.840.1.113883.4.1', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'],
  odd: [
    '',
    'http://example.org/a b',
    'thing',
    'urn:oid:1.2',
    'urn:uuid:7',
    'oid:1.2.3.4.5',
    5,
    '#nowhere',
    'http://hl7.org/fhir/nothing',
  ],
};

/** Primitive types by name. */
export const primitives: Readonly<Record<string, Written>> = {
  boolean: { right: [true, false], odd: ['true', 'yes', 1, 0, null, [true]] },
  integer: numbers,
  unsignedInt: numbers,
  positiveInt: numbers,
  integer64: { right: ['12'], odd: [12, 'twelve', '1.5', ''] },
  decimal: { right: [1.5, 37, 0.001], odd: ['1.5', '1,5', true, null, [1.5]] },
  string: texts,
  markdown: { right: ['Some *words*'], odd: ['', '<b>bold</b>', 5, ['a'], ' '] },
  code: { right: ['active'], odd: ['Active', 'ACTIVE ', 'in  progress', '', 5, true, 'unknown-code', ['active']] },
  id: { right: ['a-1'], odd: ['a_1', '', 'a b', 'x'.repeat(65), 7] },
  uri: uris,
  url: uris,
  canonical: {
    right: ['http://example.org/StructureDefinition/a', 'http://example.org/a|1.0'],
    odd: [
      'a',
      '',
      '#nowhere',
      'Questionnaire/1',
      'http://example.org/a b',
      5,
      'http://hl7.org/fhir/StructureDefinition/None',
    ],
  },
  oid: { right: ['urn:oid:2.16.840.1.113883'], odd: ['2.16.840', 'urn:oid:3.1', 'urn:oid:2.016'] },
  uuid: {
    right: ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'],
    odd: ['0c3151bd', 'urn:uuid:A', 'urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0'],
  },
  base64Binary: { right: ['TWFu', 'AAAA'], odd: ['not base64!', 'TWF', 'TW Fu', '', 5] },
  date: {
    right: ['2026-01-31', '1990-05', '1985'],
    odd: [
      '31.01.2026',
      '01/31/2026',
      '2026-13-01',
      '2026-02-30',
      '2026-1-1',
      '20260131',
      2026,
      '',
      '0001-01-01',
      '2026-01-31T10:00:00Z',
      '3026-01-01',
    ],
  },
  dateTime: {
    right: ['2026-01-31T10:00:00+05:00', '2026-01-31', '2026'],
    odd: [
      '2026-01-31 10:00',
      '2026-01-31T10:00:00',
      '2026-01-31T25:00:00Z',
      '2026-01-31T10:00Z',
      'yesterday',
      '',
      20260131,
      '2026-02-30',
      '1026-01-01',
      '2026-01-31T10:00:00+15:00',
    ],
  },
  instant: {
    right: ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.123+05:00'],
    odd: ['2026-01-31', '2026-01-31T10:00:00', 'now', '', 0],
  },
  time: { right: ['10:00:00'], odd: ['10:00', '24:00:00', '10am', '', 10, '10:00:00Z'] },
  xhtml: {
    right: ['<div xmlns="http://www.w3.org/1999/xhtml">A text</div>'],
    odd: [
      ...['A text', '<div>A text</div>', '<p xmlns="http://www.w3.org/1999/xhtml">A</p>', ''],
      '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><a href="two words">a</a></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><p><ul><li>a</li></ul></p></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><iframe src="http://example.org"/></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="go()">a</p></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><td>a</td></div>',
      '<div xmlns="http://www.w3.org/1999/xhtml"><b>a</div>',
    ],
  },
};

const loinc = { system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' };
const marital = { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M', display: 'Married' };
const ucum = 'http://unitsofmeasure.org';

/** Complex types by name; of others an object is made of their elements. */
export const complexes: Readonly<Record<string, Written>> = {
  Coding: {
    right: [loinc, marital, { system: 'http://example.org/codes', code: 'a' }],
    odd: [
      ...['active', [marital], {}, { display: 'Only words' }, { code: 'no-system' }, { ...marital, code: 'nothing' }],
      ...[
        { ...marital, display: 'Single' },
        { system: 'LOINC', code: '718-7' },
        { ...marital, system: 'https://loinc.org' },
      ],
      ...[
        { ...marital, userSelected: 'yes' },
        { system: 'http://hl7.org/fhir/ValueSet/administrative-gender', code: 'male' },
      ],
    ],
  },
  CodeableConcept: {
    right: [{ coding: [loinc] }, { text: 'Words' }, { coding: [marital], text: 'Married' }],
    odd: [
      ...[
        'Words',
        {},
        { coding: marital },
        { coding: [] },
        { code: 'M' },
        [{ text: 'a' }],
        { coding: [{}] },
        { text: 5 },
      ],
      ...[
        { coding: [{ ...marital, code: 'nothing' }] },
        { coding: [{ code: 'M' }] },
        { coding: [{ display: 'Words' }] },
      ],
      ...[
        { coding: [{ ...marital, display: 'Wrong words' }] },
        { coding: [{ system: 'http://hl7.org/fhir/none', code: 'a' }] },
      ],
      ...[
        { coding: [{ system: 'urn:oid:1.2.3.4.5', code: 'a' }] },
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/none', code: 'a' }] },
      ],
    ],
  },
  CodeableReference: {
    right: [{ concept: { text: 'Words' } }, { reference: { display: 'Somebody' } }],
    odd: [
      'Words',
      {},
      { coding: [loinc] },
      { reference: 'Patient/1' },
      { concept: 'Words' },
      { concept: {}, reference: {} },
    ],
  },
  Reference: {
    right: [{ reference: '' /* by type */ }, { display: 'Somebody' }, { identifier: { value: '1' } }],
    odd: [
      ...[
        'Patient/1',
        {},
        { reference: 'patient/1' },
        { reference: 'Patient' },
        { reference: '1' },
        { reference: '#nowhere' },
        { reference: '' },
      ],
      ...[
        { reference: 'Patient/a b' },
        { reference: 'urn:uuid:1' },
        { type: 'Nothing', display: 'a' },
        { reference: 'Nothing/1' },
        { ref: 'Patient/1' },
      ],
      ...[
        { reference: 'Patient?identifier=1' },
        { reference: '/Patient/1' },
        { identifier: 'abc' },
        { display: 5 },
        [{ reference: 'Patient/1' }],
      ],
    ],
  },
  Quantity: {
    right: [{ value: 5, unit: 'mg', system: ucum, code: 'mg' }, { value: 72 }],
    odd: [
      ...[
        '5 mg',
        5,
        {},
        { value: '5' },
        { value: 5, unit: 'mg', code: 'mg' },
        { value: 5, system: ucum, code: 'furlong' },
        { value: 5, units: 'mg' },
      ],
      ...[
        { value: 5, comparator: '=>' },
        { value: null },
        { unit: 'mg' },
        { value: 5, system: ucum, code: '' },
        { value: 5, system: ucum },
      ],
    ],
  },
  Identifier: {
    right: [{ system: 'http://example.org/ids', value: '1' }, { value: '1' }],
    odd: [
      ...[
        '1',
        {},
        { system: 'ids', value: '1' },
        { system: 'http://example.org/ids' },
        { value: 1 },
        { use: 'Official', value: '1' },
      ],
      ...[
        { system: 'urn:ietf:rfc:3986', value: '1' },
        { type: 'MRN', value: '1' },
        { system: 'urn:oid:1', value: '1' },
        { assigner: 'Clinic', value: '1' },
      ],
    ],
  },
  HumanName: {
    right: [{ family: 'Karimova', given: ['Aziza'] }, { text: 'Aziza Karimova' }],
    odd: [
      'Aziza Karimova',
      {},
      { family: ['Karimova'] },
      { given: 'Aziza', family: 'Karimova' },
      { first: 'Aziza' },
      { use: 'birth', family: 'K' },
      { given: [] },
      { given: [''] },
    ],
  },
  Address: {
    right: [{ line: ['Navoiy 1'], city: 'Toshkent', country: 'UZ' }],
    odd: ['Navoiy 1', {}, { line: 'Navoiy 1' }, { type: 'home' }, { zip: '100000' }, { use: 'Home', city: 5 }],
  },
  ContactPoint: {
    right: [{ system: 'phone', value: '+998901234567' }],
    odd: [
      '+998',
      {},
      { value: '+998' },
      { system: 'mobile', value: '+998' },
      { system: 'phone', value: 998 },
      { system: 'phone', value: '1', rank: 0 },
    ],
  },
  Period: {
    right: [{ start: '2026-01-01', end: '2026-01-31' }, { start: '2026-01-01' }],
    odd: [
      ...[
        '2026',
        {},
        { start: '2026-02-01', end: '2026-01-01' },
        { start: '01.01.2026' },
        { start: '2026-13-01', end: '2026-12-31' },
        { from: '2026-01-01' },
      ],
      ...[{ start: '2026-01-01', end: 'now' }, { end: '2026-01-31T10:00:00' }],
    ],
  },
  Range: {
    right: [{ low: { value: 1 }, high: { value: 5 } }],
    odd: [
      {},
      { low: 1, high: 5 },
      { low: { value: 5 }, high: { value: 1 } },
      '1-5',
      { low: { value: 1, comparator: '<' } },
    ],
  },
  Ratio: {
    right: [{ numerator: { value: 1 }, denominator: { value: 2 } }],
    odd: [{}, '1:2', { numerator: { value: 1 } }, { numerator: 1, denominator: 2 }],
  },
  Money: {
    right: [{ value: 100, currency: 'UZS' }],
    odd: [100, {}, { value: '100' }, { value: 100, currency: 'sum' }, { amount: 100 }],
  },
  Age: {
    right: [{ value: 30, unit: 'a', system: ucum, code: 'a' }],
    odd: [30, {}, { value: 30 }, { value: -1, system: ucum, code: 'a' }, { value: 30, system: ucum, code: 'kg' }],
  },
  Duration: {
    right: [{ value: 5, unit: 'min', system: ucum, code: 'min' }],
    odd: [5, {}, { value: 5, unit: 'minutes' }, { value: 5, system: ucum, code: 'minutes' }],
  },
  Attachment: {
    right: [
      { contentType: 'text/plain', data: 'TWFu' },
      { url: 'http://example.org/a', title: 'A' },
    ],
    odd: [
      ...[
        'TWFu',
        {},
        { data: 'TWFu' },
        { contentType: 'text', data: 'TWFu' },
        { contentType: 'text/plain', data: 'not base64!' },
        { contentType: 'text/plain', data: 'TWFu', size: 3 },
      ],
      ...[
        { contentType: 'text/plain', data: 'TWFu', size: '4' },
        { contentType: 'text/plain', data: 'TWFu', hash: 'AAAA' },
        { title: 'A' },
      ],
    ],
  },
  Annotation: {
    right: [{ text: 'A note' }],
    odd: ['A note', {}, { text: '' }, { authorString: 'A' }, { text: 'A', time: 'now' }, { note: 'A' }],
  },
  Timing: {
    right: [{ repeat: { frequency: 1, period: 1, periodUnit: 'd' } }, { code: { text: 'BID' } }],
    odd: [
      'daily',
      {},
      { repeat: { frequency: 1, period: 1 } },
      { repeat: { periodUnit: 'day' } },
      { repeat: { duration: -1, durationUnit: 'h' } },
      { repeat: { when: ['AC'], timeOfDay: ['10:00:00'] } },
    ],
  },
  Dosage: {
    right: [{ text: 'One a day' }],
    odd: [
      'One a day',
      {},
      { asNeeded: 'yes' },
      { asNeeded: true, asNeededFor: [{ text: 'pain' }] },
      { doseAndRate: { doseQuantity: { value: 1 } } },
    ],
  },
  Meta: {
    right: [{ tag: [marital] }, { source: 'http://example.org/system' }],
    odd: [
      ...[
        {},
        'meta',
        { profile: 'http://example.org/a' },
        { profile: ['http://example.org/StructureDefinition/none'] },
        { lastUpdated: '2026-01-31' },
      ],
      ...[
        { versionId: '1 2' },
        { security: [marital, marital] },
        { tag: 'a' },
        { profile: ['http://hl7.org/fhir/StructureDefinition/bp'] },
      ],
    ],
  },
  Narrative: {
    right: [{ status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">A text</div>' }],
    odd: [
      'A text',
      {},
      { status: 'generated' },
      { div: '<div xmlns="http://www.w3.org/1999/xhtml">A</div>' },
      { status: 'done', div: '<div xmlns="http://www.w3.org/1999/xhtml">A</div>' },
    ],
  },
  Extension: {
    right: [{ url: 'http://example.org/ext', valueString: 'a' }],
    odd: [
      ...[
        'a',
        {},
        { url: 'http://example.org/ext' },
        { valueString: 'a' },
        { url: 'ext', valueString: 'a' },
        { url: 'http://example.org/ext', value: 'a' },
      ],
      ...[
        { url: 'http://example.org/ext', valueString: 'a', valueBoolean: true },
        { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueString: 'a' },
      ],
      ...[
        { url: 'http://hl7.org/fhir/StructureDefinition/none', valueString: 'a' },
        { url: 'http://example.org/ext', extension: [{ url: 'a', valueString: 'b' }], valueString: 'a' },
      ],
    ],
  },
};
