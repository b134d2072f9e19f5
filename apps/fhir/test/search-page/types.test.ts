/** The types of search parameters, their prefixes and the forms of their values. https://hl7.org/fhir/R5/search.html#ptypes */
import { baseUrl } from '../environment.ts';
import { coded, condition, encounter, observation, patient, to, world } from './table.ts';

const ucum = 'http://unitsofmeasure.org';
const charged = (factor: number): Record<string, unknown> => ({
  resourceType: 'ChargeItem',
  id: `n${String(factor).replace('.', '-')}`,
  status: 'billable',
  code: { text: 'x' },
  subject: to('Patient/someone'),
  totalPriceComponent: { type: 'base', factor },
});
const done = (id: string, when: object): Record<string, unknown> => ({
  ...{ resourceType: 'Procedure', id, status: 'completed', code: { text: id }, subject: to('Patient/someone') },
  ...when,
});
const day = (occurrenceDateTime: string): object => ({ occurrenceDateTime });
const measured = (id: string, value: number, unit: object): Record<string, unknown> =>
  observation(id, { valueQuantity: { value, ...unit } });
const component = (code: string, value: number): object => ({
  code: coded('http://loinc.org', code),
  valueQuantity: { value, unit: 'mmHg', system: ucum, code: 'mm[Hg]' },
});
const valueSet = (id: string, url: string): Record<string, unknown> => ({
  resourceType: 'ValueSet',
  id,
  url,
  status: 'draft',
});
const answers = (id: string, questionnaire: string): Record<string, unknown> => ({
  ...{ resourceType: 'QuestionnaireResponse', id, status: 'completed', questionnaire },
});

const { table } = world(
  ...[93, 96, 99.4, 99.6, 99.996, 100, 100.2, 100.6, 104, 106, 250].map(charged),
  done('day', day('2013-01-14')),
  done('ten', day('2013-01-14T10:00:00+05:00')),
  done('next', day('2013-01-15')),
  done('march', day('2013-03-14')),
  done('old', day('1990-05-05')),
  done('stay', { occurrencePeriod: { start: '2013-01-10', end: '2013-01-20' } }),
  done('open', { occurrencePeriod: { start: '2013-03-10' } }),
  done('none', {}),
  ...['Eve', 'Evelyn', 'Severine', 'EVE', 'Ève'].map((given, n) =>
    patient(`s${n + 1}`, { name: [{ given: [given] }], active: n !== 2, gender: n === 0 ? 'male' : 'female' }),
  ),
  patient('known', {
    identifier: [{ system: 'http://acme.org/patient', value: '2345' }],
    telecom: [{ system: 'phone', value: '+998901234567' }],
    meta: { tag: [{ system: 'http://acme.org/codes', code: 'vip' }] },
  }),
  condition('a1', { code: coded('http://acme.org/conditions', 'ha125') }),
  condition('b1', { code: coded('http://other.org/conditions', 'ha125') }),
  condition('c1', { code: coded(undefined, 'ha125') }),
  condition('a2', { code: coded('http://acme.org/conditions', 'zz9') }),
  measured('mg', 5.4, { unit: 'mg', system: ucum, code: 'mg' }),
  measured('ug', 5400, { unit: 'ug', system: ucum, code: 'ug' }),
  measured('g', 5.4, { unit: 'g', system: ucum, code: 'g' }),
  measured('other', 5.4, { system: 'http://acme.org/units', code: 'mg' }),
  measured('text', 5.4, { unit: 'mg' }),
  measured('nine', 9, { unit: 'mg', system: ucum, code: 'mg' }),
  observation('bp', { component: [component('8480-6', 107), component('8462-4', 60)] }),
  observation('reversed', { component: [component('8480-6', 60), component('8462-4', 107)] }),
  encounter('local', { subject: to('Patient/s1') }),
  encounter('group', { subject: to('Group/s1') }),
  encounter('version', { subject: to('Patient/s1/_history/1') }),
  encounter('foreign', { subject: to('http://example.org/fhir/Patient/s1') }),
  encounter('logical', {
    subject: { identifier: { system: 'http://acme.org/mrn', value: '99' }, display: 'Somebody else' },
  }),
  encounter('nobody'),
  answers('q1', 'http://acme.org/Questionnaire/q|1.0'),
  answers('q2', 'http://acme.org/Questionnaire/q|2.0'),
  answers('q3', 'http://acme.org/Questionnaire/other'),
  valueSet('u1', 'http://acme.org/fhir/ValueSet/123'),
  valueSet('u2', 'http://acme.org/fhir/ValueSet/123/history/5'),
  valueSet('u3', 'http://acme.org/fhir'),
  valueSet('u4', 'urn:oid:1.2.3.4.5'),
  valueSet('u5', 'http://acme.org/fhirworks'),
  { resourceType: 'Location', id: 'tashkent', position: { latitude: 41.31, longitude: 69.24 } },
  { resourceType: 'Location', id: 'samarkand', position: { latitude: 39.65, longitude: 66.96 } },
);

const below = 'n93 n96 n99-4 n99-6 n99-996';
const above = 'n100-2 n100-6 n104 n106 n250';

table('number', ['100', '100.00', '1e2', 'lt100', 'le100', 'gt100', 'ge100', 'ne100'], {
  '100': [['ChargeItem?factor-override=100', 'n99-6 n99-996 n100 n100-2']],
  '100.00': [['ChargeItem?factor-override=100.00', 'n99-996 n100']],
  '1e2': [['ChargeItem?factor-override=1e2', 'n96 n99-4 n99-6 n99-996 n100 n100-2 n100-6 n104']],
  lt100: [['ChargeItem?factor-override=lt100', below]],
  le100: [['ChargeItem?factor-override=le100', `${below} n100`]],
  gt100: [['ChargeItem?factor-override=gt100', above]],
  ge100: [['ChargeItem?factor-override=ge100', `n100 ${above}`]],
  ne100: [['ChargeItem?factor-override=ne100', 'n93 n96 n99-4 n100-6 n104 n106 n250']],
});

/** Each on a number, a date (a point, a day and periods) and a quantity. */
table('prefix', ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'], {
  eq: [
    ['ChargeItem?factor-override=eq100', 'n99-6 n99-996 n100 n100-2'],
    ['Procedure?date=eq2013-01-14', 'day ten'],
    [`Observation?value-quantity=eq5.4|${ucum}|mg`, 'mg ug'],
  ],
  ne: [
    ['ChargeItem?factor-override=ne100', 'n93 n96 n99-4 n100-6 n104 n106 n250'],
    ['Procedure?date=ne2013-01-14', 'march next old open stay'],
    [`Observation?value-quantity=ne5.4|${ucum}|mg`, 'g nine'],
  ],
  gt: [
    ['ChargeItem?factor-override=gt100.3', 'n100-6 n104 n106 n250'],
    ['Procedure?date=gt2013-01-14T10:00', 'day march next open stay'],
    [`Observation?value-quantity=gt5.4|${ucum}|mg`, 'g nine'],
  ],
  lt: [
    ['ChargeItem?factor-override=lt99.5', 'n93 n96 n99-4'],
    ['Procedure?date=lt2013-01-14T10:00', 'day old stay'],
    [`Observation?value-quantity=lt9|${ucum}|mg`, 'mg ug'],
  ],
  ge: [
    ['ChargeItem?factor-override=ge106', 'n106 n250'],
    ['Procedure?date=ge2013-03-14', 'march open'],
    [`Observation?value-quantity=ge9|${ucum}|mg`, 'g nine'],
  ],
  le: [
    ['ChargeItem?factor-override=le93', 'n93'],
    ['Procedure?date=le2013-01-14', 'day old stay ten'],
    [`Observation?value-quantity=le5.4|${ucum}|mg`, 'mg ug'],
  ],
  sa: [
    ['ChargeItem?factor-override=sa106', 'n250'],
    ['Procedure?date=sa2013-03-09', 'march open'],
    [`Observation?value-quantity=sa9|${ucum}|mg`, 'g'],
  ],
  eb: [
    ['ChargeItem?factor-override=eb96', 'n93'],
    ['Procedure?date=eb2013-01-16', 'day next old ten'],
    [`Observation?value-quantity=eb9|${ucum}|mg`, 'mg ug'],
  ],
  ap: [
    ['ChargeItem?factor-override=ap100', `${below} n100 n100-2 n100-6 n104 n106`],
    ['Procedure?date=ap2013-01-14', 'day march next open stay ten'],
    [`Observation?value-quantity=ap5|${ucum}|mg`, 'mg ug'],
  ],
});

/** The same dates to the year, the month, the day, the minute and the second, with a zone and without. */
table('date', ['YYYY', 'YYYY-MM', 'YYYY-MM-DD', 'YYYY-MM-DDThh:mm', 'YYYY-MM-DDThh:mm:ss', 'zone'], {
  YYYY: [['Procedure?date=1990', 'old']],
  'YYYY-MM': [['Procedure?date=2013-01', 'day next stay ten']],
  'YYYY-MM-DD': [['Procedure?date=2013-01-15', 'next']],
  'YYYY-MM-DDThh:mm': [['Procedure?date=2013-01-14T10:00', 'ten']],
  'YYYY-MM-DDThh:mm:ss': [['Procedure?date=2013-01-14T10:00:00', 'ten']],
  zone: [
    ['Procedure?date=2013-01-14T05:00:00Z', 'ten'],
    ['Procedure?date=sa2013-01-14T04:59:59Z&date=eb2013-01-14T05:01:00Z', 'ten'],
  ],
});

table('string', ['given=eve', 'given:contains=eve', 'given:exact=Eve'], {
  'given=eve': [['Patient?given=eve', 's1 s2 s4 s5']],
  'given:contains=eve': [['Patient?given:contains=eve', 's1 s2 s3 s4 s5']],
  'given:exact=Eve': [['Patient?given:exact=Eve', 's1']],
});

table(
  'token',
  [
    '[code]',
    '[system]|[code]',
    '|[code]',
    '[system]|',
    'boolean',
    'code',
    'Coding',
    'CodeableConcept',
    'ContactPoint',
    'Identifier',
    'id',
  ],
  {
    '[code]': [['Condition?code=ha125', 'a1 b1 c1']],
    '[system]|[code]': [['Condition?code=http://acme.org/conditions|ha125', 'a1']],
    '|[code]': [['Condition?code=|ha125', 'c1']],
    '[system]|': [['Condition?code=http://acme.org/conditions|', 'a1 a2']],
    boolean: [['Patient?active=false', 's3']],
    code: [
      ['Patient?gender=male', 's1'],
      ['Patient?gender:not=female', 'known s1'],
    ],
    Coding: [['Patient?_tag=http://acme.org/codes|vip', 'known']],
    CodeableConcept: [['Condition?code=zz9', 'a2']],
    ContactPoint: [['Patient?phone=%2B998901234567', 'known']],
    Identifier: [
      ['Patient?identifier=http://acme.org/patient|2345', 'known'],
      ['Patient?identifier=2345', 'known'],
    ],
    id: [['Patient?_id=s2', 's2']],
  },
);

table(
  'reference',
  [
    '[id]',
    '[type]/[id]',
    '[type]/[id]/_history/[version]',
    '[url]',
    '[url] of this server',
    ':[type]=[id]',
    ':identifier',
    '[url]|[version]',
  ],
  {
    '[id]': [['Encounter?subject=s1', 'group local version']],
    '[type]/[id]': [['Encounter?subject=Patient/s1', 'local version']],
    '[type]/[id]/_history/[version]': [['Encounter?subject=Patient/s1/_history/1', 'version']],
    '[url]': [['Encounter?subject=http://example.org/fhir/Patient/s1', 'foreign']],
    '[url] of this server': [[`Encounter?subject=${baseUrl}/Patient/s1`, 'local version']],
    ':[type]=[id]': [['Encounter?subject:Group=s1', 'group']],
    ':identifier': [['Encounter?subject:identifier=http://acme.org/mrn|99', 'logical']],
    '[url]|[version]': [
      ['QuestionnaireResponse?questionnaire=http://acme.org/Questionnaire/q|1.0', 'q1'],
      ['QuestionnaireResponse?questionnaire=http://acme.org/Questionnaire/q', 'q1 q2'],
    ],
  },
);

table('quantity', ['[number]', '[number]|[system]|[code]', '[number]||[code]', 'le', 'ap', 'exponent'], {
  '[number]': [['Observation?value-quantity=5.4', 'g mg other text']],
  '[number]|[system]|[code]': [[`Observation?value-quantity=5.4|${ucum}|mg`, 'mg ug']],
  '[number]||[code]': [
    ['Observation?value-quantity=5.4||mg', 'mg other text'],
    ['Observation?value-quantity=5.4||', 'g mg other text'],
  ],
  le: [[`Observation?value-quantity=le5.4|${ucum}|mg`, 'mg ug']],
  ap: [[`Observation?value-quantity=ap5.4|${ucum}|mg`, 'mg ug']],
  exponent: [[`Observation?value-quantity=5.40e-3|${ucum}|g`, 'mg ug']],
});

table('composite', ['code and quantity in one component', 'token and reference parts'], {
  'code and quantity in one component': [
    ['Observation?component-code-value-quantity=http://loinc.org|8480-6$gt100', 'bp'],
    ['Observation?component-code-value-quantity=8462-4$gt100', 'reversed'],
  ],
  'token and reference parts': [['Observation?combo-code-value-quantity=8480-6$lt80', 'reversed']],
});

table('uri', ['the whole', 'urn', ':below', ':above', ':contains'], {
  'the whole': [['ValueSet?url=http://acme.org/fhir/ValueSet/123', 'u1']],
  urn: [['ValueSet?url=urn:oid:1.2.3.4.5', 'u4']],
  ':below': [['ValueSet?url:below=http://acme.org/fhir', 'u1 u2 u3']],
  ':above': [['ValueSet?url:above=http://acme.org/fhir/ValueSet/123/history/5', 'u1 u2 u3']],
  ':contains': [['ValueSet?url:contains=ValueSet', 'u1 u2']],
});

table('special', ['near'], {
  near: [['Location?near=41.3|69.2|10|km', 'tashkent']],
});

table('escaping', ['\\,', '\\|', '\\$', '\\\\'], {
  '\\,': [['Patient?identifier=http://acme.org/patient|2345,none\\,of these', 'known']],
  '\\|': [['ValueSet?url=http://acme.org/fhir/ValueSet/123,a\\|b', 'u1']],
  '\\$': [['Observation?component-code-value-quantity=8480-6$gt100,a\\$b$gt1', 'bp']],
  '\\\\': [['ValueSet?url=urn:oid:1.2.3.4.5,a\\\\b', 'u4']],
});
