/** Content rules that few resources meet: code and identifier systems, filters, bindings of snapshots, extensions on ids. */
import { describe } from 'node:test';
import { each, narrative, patient, tagged, type Case } from './content-cases.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';

describe('a system of codes', () => {
  const wrong = 'error coding-system-wrong Patient.meta.tag[0]';
  const is = (system: string, ...findings: readonly string[]): Case => [
    `is one: ${system}`,
    tagged({ system, code: 'a' }),
    findings,
  ];
  each([
    is('http://example.org/a'),
    is('http://hl7.org/fhir/sid/icd-10'),
    is('http://build.fhir.org/a.html', wrong),
    is('http://snomed.info/sct/1', wrong),
    is('http://loinc.org/a', wrong),
    is('urn:trial', 'error coding-system-value-set Patient.meta.tag[0]'),
    is('http://hl7.org/fhir/a.html', wrong, 'error url-not-defined Patient.meta.tag[0].system'),
  ]);
});

describe('a system of identifiers', () => {
  const of = (name: string) => patient({ identifier: [{ system: `http://hl7.org/fhir/sid/${name}`, value: '1' }] });
  each([
    ['is one that HL7 lists', of('us-npi'), []],
    [
      'is not one that only seemed to be',
      of('dsm5'),
      ['warning identifier-system-mistaken Patient.identifier[0].system'],
    ],
  ]);
});

describe('a filter on codings', () => {
  const filter = (value: string) => ({
    ...{ resourceType: 'ValueSet', status: 'draft' },
    compose: { include: [{ system: 'urn:typed', filter: [{ property: 'coding', op: '=', value }] }] },
  });
  const place = 'ValueSet.compose.include[0].filter[0]';
  each([
    ['names system and code', filter('urn:known#a'), []],
    ['names a code that there is', filter('urn:known#none'), [`error value-set-filter-code ${place}`]],
    ['names both', filter('a'), [`error value-set-filter-value ${place}`]],
    ['is not written as a search', filter('urn:known|a'), [`warning value-set-filter-coding ${place}`]],
  ]);
});

describe('a value set of a contained code system', () => {
  const of = (version: string | undefined, ...versions: readonly string[]) => ({
    ...{ resourceType: 'ValueSet', status: 'draft' },
    contained: versions.map((one) => ({
      ...{ resourceType: 'CodeSystem', id: 'own', url: 'http://example.org/own', version: one, status: 'draft' },
      ...{ content: 'complete', caseSensitive: true, concept: [{ code: 'a' }] },
    })),
    compose: { include: [{ system: '#own', version }] },
  });
  const is = 'error value-set-system ValueSet.compose.include[0]';
  each([
    ['names it by its url', of(undefined, '1'), [is]],
    [
      'names a version that there is',
      of('2', '1'),
      [is, 'error value-set-system-contained ValueSet.compose.include[0]'],
    ],
    [
      'names one',
      of(undefined, '1', '2'),
      [
        'error contained-id-duplicate ValueSet.contained[1]',
        is,
        'error value-set-system-several ValueSet.compose.include[0]',
      ],
    ],
  ]);
});

describe('an element of a snapshot', () => {
  const bound = (type: string) => ({
    ...{ resourceType: 'StructureDefinition', url: 'http://example.org/a', name: 'A', status: 'draft' },
    ...{ kind: 'resource', abstract: false, type: 'Patient', derivation: 'constraint' },
    baseDefinition: `${core}/Patient`,
    snapshot: {
      element: [
        { id: 'Patient', path: 'Patient', min: 0, max: '*', base: { path: 'Patient', min: 0, max: '*' } },
        {
          ...{ id: 'Patient.contact.relationship', path: 'Patient.contact.relationship', min: 0, max: '*' },
          ...{ base: { path: 'Patient.contact.relationship', min: 0, max: '*' }, type: [{ code: type }] },
          binding: { strength: 'example' },
        },
      ],
    },
  });
  const place = 'StructureDefinition.snapshot.element[1]';
  each([
    ['is bound where its type has codes', bound('CodeableConcept'), []],
    [
      'is not bound where it has none',
      bound('Period'),
      [`error definition-not-for-type ${place}`, `error definition-binding-type ${place}.binding`],
    ],
  ]);
});

describe('what stands where it cannot', () => {
  const link = (...ids: readonly string[]) =>
    patient({
      name: ids.map((id) => ({ id, text: 'A' })),
      text: {
        ...(narrative('<p id="p">A</p>') as { text: object }).text,
        extension: [
          {
            url: `${core}/textLink`,
            extension: [
              { url: 'htmlid', valueString: 'p' },
              { url: 'data', valueUri: '#a' },
            ],
          },
        ],
      },
    });
  each([
    [
      'is an extension on the id of a resource',
      patient({ id: 'a', _id: { extension: [{ url: `${core}/data-absent-reason`, valueCode: 'unknown' }] } }),
      ['error extension-on-id Patient.id'],
    ],
    ['is a link to data of a narrative', link('a'), []],
    [
      'is a link to several',
      link('a', 'a'),
      ['error id-duplicate Patient.name[1]', 'error text-link-data-several Patient.text'],
    ],
  ]);
});
