import type { JsonResource } from '@dhp/fhir-search';
import { finds } from './searching.ts';

const acme = 'http://acme.org/patient';

const types = 'http://terminology.hl7.org/CodeSystem/v2-0203';

const patients: JsonResource[] = [
  {
    resourceType: 'Patient',
    id: 'a',
    active: true,
    gender: 'male',
    identifier: [{ system: acme, value: '2345', type: { coding: [{ system: types, code: 'MR' }], text: 'Record' } }],
    telecom: [{ system: 'phone', value: '+998 90 1' }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en-AU' }] } }],
  },
  {
    resourceType: 'Patient',
    id: 'b',
    active: false,
    gender: 'female',
    identifier: [{ value: '2345', type: { coding: [{ system: types, code: 'MRT' }] } }],
    telecom: [{ system: 'email', value: 'a@b.uz' }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'EN' }] } }],
  },
  {
    resourceType: 'Patient',
    id: 'c',
    identifier: [
      { system: 'http://other.org', value: '2345' },
      { system: acme, value: 'x|y,z$\\' },
    ],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'uz' }] } }],
  },
];

finds('token: the forms of a value', 'Patient', patients, [
  ['identifier=2345', ['a', 'b', 'c']],
  [`identifier=${acme}|2345`, ['a']],
  ['identifier=|2345', ['b']],
  [`identifier=${acme}|`, ['a', 'c']],
  [`identifier=${acme}|9`, []],
  ['identifier=234', []],
  ['gender=male', ['a']],
  ['gender=Male', []],
  ['gender=male,female', ['a', 'b']],
  ['gender=http://hl7.org/fhir/administrative-gender|male', ['a']],
  ['gender=http://other|male', []],
  ['gender=|male', []],
  ['gender=http://hl7.org/fhir/administrative-gender|', ['a', 'b']],
  ['gender=http://other|', []],
  ['active=http://terminology.hl7.org/CodeSystem/special-values|true', ['a']],
  ['active=http://terminology.hl7.org/CodeSystem/special-values|', ['a', 'b']],
  ['active=http://other|true,http://other|', []],
  ['active=true', ['a']],
  ['active=false', ['b']],
  ['phone=%2B998 90 1', ['a']],
  ['phone=a@b.uz', []],
  ['email=a@b.uz', ['b']],
  ['telecom=a@b.uz,%2B998 90 1', ['a', 'b']],
  ['identifier=2345&gender=male', ['a']],
  ['identifier=x\\|y\\,z\\$\\\\', ['c']],
  [`identifier=${acme}|x\\|y\\,z\\$\\\\`, ['c']],
  ['gender=', ['a', 'b', 'c']],
  ['gender=male,', ['a']],
]);

finds('token: modifiers', 'Patient', patients, [
  ['gender:not=male', ['b', 'c']],
  ['gender:not=male,female', ['c']],
  ['gender:not=http://other|male', ['a', 'b', 'c']],
  ['gender:not=http://hl7.org/fhir/administrative-gender|male', ['b', 'c']],
  ['gender:missing=true', ['c']],
  ['gender:missing=false', ['a', 'b']],
  ['telecom:missing=true', ['c']],
  [`identifier:of-type=${types}|MR|2345`, ['a']],
  [`identifier:of-type=${types}|MRT|2345`, ['b']],
  [`identifier:of-type=${types}|MR|9`, []],
  ['identifier:of-type=|MR|2345', []],
  ['identifier:text=rec', ['a']],
  ['identifier:text=cord', []],
  ['language:code-text=en', ['a', 'b']],
  ['language:code-text=EN-', ['a']],
  ['language:code-text=n', []],
]);

const icd = 'http://hl7.org/fhir/sid/icd-10';

const conditions: JsonResource[] = [
  condition('start', { coding: [{ system: icd, code: 'R51', display: 'Headache, unspecified' }] }),
  condition('middle', { coding: [{ system: icd, code: 'G44.8', display: 'Acute headache' }] }),
  condition('words', { text: 'Pain of the head after a fall' }),
  condition('two', {
    coding: [
      { system: icd, code: 'R51' },
      { system: 'http://snomed.info/sct', code: '25064002' },
    ],
  }),
  { resourceType: 'Condition', id: 'none' },
];

finds('token: the text of a concept', 'Condition', conditions, [
  ['code=R51', ['start', 'two']],
  [`code=${icd}|R51&code=25064002`, ['two']],
  ['code:text=headache', ['start']],
  ['code:text=HEAD,pain', ['start', 'words']],
  ['code:text-advanced=headache', ['start', 'middle']],
  ['code:text-advanced=head fall', ['words']],
  ['code:text-advanced=acute OR fall', ['middle', 'words']],
  ['code:text-advanced=(acute OR unspecified) AND headache', ['start', 'middle']],
  ['code:text-advanced=headache NOT acute', ['start']],
  ['code:text-advanced=headache -acute', ['start']],
  ['code:text-advanced=headache -"acute headache"', ['start']],
  ['code:text-advanced=head -(acute OR fall)', ['start']],
  ['code:text-advanced=NOT NOT acute', ['middle']],
  ['code:text-advanced="acute headache"', ['middle']],
  ['code:text-advanced="headache acute"', []],
]);

finds(
  'token: what a terminology knows',
  'Condition',
  conditions,
  [
    ['code:in=http://x/vs', ['start', 'two']],
    ['code:not-in=http://x/vs', ['middle', 'words', 'none']],
    [`code:below=${icd}|G44`, ['middle']],
    [`code:above=${icd}|G44.8`, ['middle']],
  ],
  {
    terminology: {
      members: (url) => (url === 'http://x/vs' ? [{ system: icd, code: 'R51' }] : undefined),
      descendants: (system, code) =>
        code === 'G44' ? [code, 'G44.8'].map((one) => ({ system, code: one })) : undefined,
      ancestors: (system, code) => [code, 'G44'].map((one) => ({ system, code: one })),
    },
  },
);

const documents: JsonResource[] = ['text/xml', 'text/xml; charset=UTF-8', 'text/xmlx', 'image/png', 'imagex/png'].map(
  (contentType, i) => ({ resourceType: 'DocumentReference', id: `d${i}`, content: [{ attachment: { contentType } }] }),
);

finds('token: MIME types', 'DocumentReference', documents, [
  ['contenttype=text/xml', ['d0']],
  ['contenttype:below=text/xml', ['d0', 'd1']],
  ['contenttype:below=image', ['d3']],
]);

function condition(id: string, code: object): JsonResource {
  return { resourceType: 'Condition', id, code };
}
