import type { JsonResource } from '@dhp/fhir-search';
import { finds } from './searching.ts';

const patients: JsonResource[] = [
  patient('peter', { name: [{ family: 'Chalmers', given: ['Peter'] }], birthDate: '2014-10-10', gender: 'male' }),
  patient('petra', {
    name: [{ family: 'Ivanova', given: ['Petra', 'Anna'] }],
    birthDate: '2000-01-01',
    gender: 'female',
  }),
  patient('anna', { name: [{ family: 'Carpet', given: ['Anna'] }], birthDate: '2014' }),
  patient('none', {}),
];

finds('_filter', 'Patient', patients, [
  ['_filter=name co "pet"', ['peter', 'petra', 'anna']],
  ['_filter=name sw pet', ['peter', 'petra']],
  ['_filter=name ew "met"', []],
  ['_filter=family ew pet', ['anna']],
  ['_filter=given eq "peter"', ['peter']],
  ['_filter=given eq pet', []],
  ['_filter=given ne anna', ['peter']],
  ['_filter=given eq "peter" and birthdate ge 2014-10-10', ['peter']],
  ['_filter=birthdate ge 2014', ['peter', 'anna']],
  ['_filter=birthdate eq 2014', ['peter', 'anna']],
  ['_filter=birthdate ne 2014-10-10', ['petra', 'anna']],
  ['_filter=birthdate lt 2014', ['petra']],
  ['_filter=birthdate sa 2000', ['peter', 'anna']],
  ['_filter=birthdate eb 2014-10', ['petra']],
  ['_filter=birthdate co 2014-10-10', ['peter', 'anna']],
  ['_filter=birthdate co 2014', ['anna']],
  ['_filter=birthdate po 2014-10', ['peter', 'anna']],
  ['_filter=birthdate pr true', ['peter', 'petra', 'anna']],
  ['_filter=birthdate pr false', ['none']],
  ['_filter=gender eq male', ['peter']],
  ['_filter=gender ne male', ['petra']],
  ['_filter=not(gender eq male)', ['petra', 'anna', 'none']],
  ['_filter=not (gender eq male) and name pr true', ['petra', 'anna']],
  ['_filter=gender eq male or gender eq female', ['peter', 'petra']],
  // From left to right: (a or b) and c, whatever other languages say.
  ['_filter=gender eq male or gender eq female and given eq petra', ['petra']],
  ['_filter=gender eq male or (gender eq female and given eq petra)', ['peter', 'petra']],
  ['_filter=((gender eq male))', ['peter']],
  ['_filter=(family eq Chalmers)or(family eq Carpet)', ['peter', 'anna']],
  ['_filter=family gt "d"', ['petra']],
  ['_filter=family le "chalmers"', ['anna', 'peter'].sort((a, b) => (a === 'peter' ? -1 : b === 'peter' ? 1 : 0))],
  ['_filter=_id eq anna', ['anna']],
  ['_filter=_id ne anna', ['peter', 'petra', 'none']],
  ['_filter=phonetic sw pet', ['peter', 'petra']],
  ['_filter=gender eq male&name=pet', ['peter']],
  // A text is as JSON has it; commas separate nothing.
  ['_filter=family eq "\\u0043halmers"', ['peter']],
  ['_filter=family eq "Chalmers, Peter"', []],
]);

const loinc = 'http://loinc.org';

const subjects: JsonResource[] = [
  ...patients,
  { resourceType: 'Group', id: 'g', name: 'peter' },
  observation('o1', 'Patient/peter', '1234-5', 5.4),
  observation('o2', 'Patient/petra', '1234-5', 7),
  observation('o3', 'Patient/anna', '9', 5.4),
  observation('o4', 'Group/g', '1234-5', 5.4),
];

finds('_filter: other types and paths', 'Observation', subjects, [
  [`_filter=code eq ${loinc}|1234-5`, ['o1', 'o2', 'o4']],
  ['_filter=code eq loinc|1234-5', ['o1', 'o2', 'o4']],
  ['_filter=code eq snomed|1234-5', []],
  ['_filter=code eq loinc|1234-5 and subject.name co "pet"', ['o1', 'o2', 'o4']],
  ['_filter=subject.name co "pet"', ['o1', 'o2', 'o3', 'o4']],
  ['_filter=patient.name sw "pet"', ['o1', 'o2']],
  ['_filter=subject:Patient.name sw "pet"', ['o1', 'o2']],
  ['_filter=patient[name sw pet].gender eq female', ['o2']],
  ['_filter=patient[name sw anna].gender pr false', ['o3']],
  ['_filter=patient[name sw pet and birthdate lt 2014].gender eq male', []],
  ['_filter=subject re Patient/peter', ['o1']],
  ['_filter=subject eq Patient/peter', ['o1']],
  ['_filter=subject ne Patient/peter', ['o2', 'o3', 'o4']],
  ['_filter=value-quantity gt 6', ['o2']],
  ['_filter=value-quantity eq 5.4||mg', ['o1', 'o3', 'o4']],
  ['_filter=value-quantity ap 5', ['o1', 'o3', 'o4']],
  ['_filter=combo-code eq 9', ['o3']],
  ['_filter=code-value-quantity eq 1234-5$7', ['o2']],
]);

finds(
  '_filter: terminology',
  'Observation',
  subjects,
  [
    ['_filter=code in http://vs', ['o3']],
    ['_filter=code ni http://vs', ['o1', 'o2', 'o4']],
    ['_filter=code ss loinc|top', ['o3']],
    ['_filter=code sb loinc|9', ['o3']],
  ],
  {
    terminology: {
      members: () => [{ system: loinc, code: '9' }],
      descendants: (system) => [{ system, code: '9' }],
      ancestors: (system, code) => [{ system, code }],
    },
  },
);

finds(
  '_filter: groups of elements',
  'Group',
  [
    {
      resourceType: 'Group',
      id: 'g1',
      characteristic: [
        { code: { coding: [{ code: 'gender' }] }, valueCodeableConcept: { coding: [{ code: 'mixed' }] } },
        { code: { coding: [{ code: 'owner' }] }, valueCodeableConcept: { coding: [{ code: 'joe' }] } },
      ],
    },
  ],
  [
    ['_filter=characteristic[code eq gender].value eq mixed', ['g1']],
    ['_filter=characteristic[code eq owner].value eq mixed', []],
    ['characteristic-value=gender$mixed,owner$nobody', ['g1']],
  ],
);

finds(
  '_filter: uris',
  'ValueSet',
  [{ resourceType: 'ValueSet', id: 'v', url: 'http://a/b/c' }],
  [
    ['_filter=url eq http://a/b/c', ['v']],
    ['_filter=url ss http://a/b', ['v']],
    ['_filter=url sb http://a/b/c/d', ['v']],
    ['_filter=url sw http://a', ['v']],
    ['_filter=url ew /c', ['v']],
    ['_filter=url co b', ['v']],
    ['_filter=url ne http://a/b', ['v']],
    ['_filter=url ne http://a/b/c', []],
  ],
);

function patient(id: string, members: object): JsonResource {
  return { resourceType: 'Patient', id, ...members };
}

function observation(id: string, reference: string, code: string, value: number): JsonResource {
  return {
    resourceType: 'Observation',
    id,
    subject: { reference },
    code: { coding: [{ system: loinc, code }] },
    valueQuantity: { value, unit: 'mg' },
  };
}
