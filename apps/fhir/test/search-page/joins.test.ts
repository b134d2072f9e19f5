/** Chains, `_has`, and what is included. https://hl7.org/fhir/R5/search.html#chaining, #has, #include */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idsOf, search } from '../searches.ts';
import { coded, encounter, observation, patient, to, world } from './table.ts';

const { table, server } = world(
  { resourceType: 'Organization', id: 'top', name: 'Ministry' },
  { resourceType: 'Organization', id: 'sub', name: 'Hospital', partOf: to('Organization/top') },
  { resourceType: 'Organization', id: 'lone', name: 'Clinic' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Rahimov' }] },
  patient('peter', {
    name: [{ family: 'Peterson' }],
    managingOrganization: to('Organization/sub'),
    generalPractitioner: [to('Practitioner/doc')],
  }),
  patient('anna', { name: [{ family: 'Anvarova' }], managingOrganization: to('Organization/lone') }),
  patient('zero', { name: [{ family: 'Zokirov' }] }),
  { resourceType: 'Group', id: 'peters', type: 'person', membership: 'enumerated', name: 'peter and others' },
  encounter('e1', { subject: to('Patient/peter') }),
  encounter('e2', { subject: to('Patient/anna') }),
  encounter('e3', { subject: to('Group/peters') }),
  observation('o1', {
    subject: to('Patient/peter'),
    code: coded('http://loinc.org', '1234-5'),
    encounter: to('Encounter/e1'),
  }),
  observation('o2', {
    subject: to('Patient/anna'),
    code: coded('http://loinc.org', '9999-9'),
    encounter: to('Encounter/e2'),
  }),
  observation('o3', { derivedFrom: [to('Observation/o1')] }),
  observation('o4', { derivedFrom: [to('Observation/o3')] }),
  {
    resourceType: 'AuditEvent',
    ...{ id: 'log', code: { text: 'read' }, recorded: '2026-01-01T00:00:00Z', action: 'R' },
    agent: [{ who: to('Practitioner/doc') }],
    source: { observer: to('Practitioner/doc') },
    entity: [{ what: to('Observation/o1') }],
  },
);

table(
  'chaining',
  [
    'subject:Patient.name',
    'subject.name',
    'two steps',
    'a chain beside another parameter',
    'chains to the same target',
  ],
  {
    'subject:Patient.name': [['Encounter?subject:Patient.name=peter', 'e1']],
    // The subject may be of any type.
    'subject.name': [['Encounter?subject.name=peter', 'e1 e3']],
    'two steps': [
      ['Encounter?subject:Patient.organization.name=hosp', 'e1'],
      ['Observation?encounter.subject:Patient.general-practitioner:Practitioner.family=rahimov', 'o1'],
    ],
    'a chain beside another parameter': [['Observation?code=1234-5&subject:Patient.name=peter', 'o1']],
    'chains to the same target': [
      ['Encounter?subject:Patient.name=peter&subject:Patient.organization=Organization/sub', 'e1'],
    ],
  },
);

table('has', ['_has', 'nested', 'a list of values', 'after a chain', 'or-ed by _id'], {
  _has: [['Patient?_has:Observation:patient:code=1234-5', 'peter']],
  nested: [['Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/doc', 'peter']],
  'a list of values': [['Patient?_has:Observation:patient:code=1234-5,9999-9', 'anna peter']],
  'after a chain': [['Encounter?patient._has:Observation:patient:code=1234-5', 'e1']],
  'or-ed by _id': [['Patient?_has:Encounter:patient:_id=e2', 'anna']],
});

describe('search.html#include', () => {
  const rows: [row: string, asked: string, matches: string[], included: string[]][] = [
    [
      '_include=[source]:[parameter]',
      '/Encounter?_id=e1&_include=Encounter:subject',
      ['Encounter/e1'],
      ['Patient/peter'],
    ],
    [
      '_include=[source]:[parameter]:[target], of the type',
      '/Encounter?_id=e1,e3&_include=Encounter:subject:Group',
      ['Encounter/e1', 'Encounter/e3'],
      ['Group/peters'],
    ],
    [
      '_include=[source]:[parameter]:[target], of another type',
      '/Encounter?_id=e1&_include=Encounter:subject:Group',
      ['Encounter/e1'],
      [],
    ],
    [
      '_include=[source]:*',
      '/Patient?_id=peter&_include=Patient:*',
      ['Patient/peter'],
      ['Organization/sub', 'Practitioner/doc'],
    ],
    ['_include=*', '/Observation?_id=o1&_include=*', ['Observation/o1'], ['Encounter/e1', 'Patient/peter']],
    ['_include of what refers to nothing', '/Patient?_id=zero&_include=*', ['Patient/zero'], []],
    [
      '_include:iterate',
      '/Encounter?_id=e1&_include=Encounter:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
      ['Encounter/e1'],
      ['Organization/sub', 'Organization/top', 'Patient/peter'],
    ],
    [
      '_include without iterate goes no further',
      '/Encounter?_id=e1&_include=Encounter:*',
      ['Encounter/e1'],
      ['Patient/peter'],
    ],
    [
      '_include:iterate of the same type',
      '/Observation?_id=o4&_include:iterate=Observation:derived-from',
      ['Observation/o4'],
      ['Observation/o1', 'Observation/o3'],
    ],
    [
      '_revinclude=[source]:[parameter]',
      '/Patient?_id=peter,zero&_revinclude=Observation:subject',
      ['Patient/peter', 'Patient/zero'],
      ['Observation/o1'],
    ],
    ['_revinclude=[source]:*', '/Patient?_id=peter&_revinclude=Encounter:*', ['Patient/peter'], ['Encounter/e1']],
    ['_revinclude=*', '/Patient?_id=anna&_revinclude=*', ['Patient/anna'], ['Encounter/e2', 'Observation/o2']],
    [
      '_revinclude:iterate',
      '/Observation?_id=o1&_revinclude:iterate=Observation:derived-from',
      ['Observation/o1'],
      ['Observation/o3', 'Observation/o4'],
    ],
    ['_revinclude of what nothing refers to', '/Patient?_id=zero&_revinclude=*', ['Patient/zero'], []],
    [
      'both at once',
      '/Encounter?_id=e1&_include=Encounter:subject&_revinclude=Observation:encounter',
      ['Encounter/e1'],
      ['Observation/o1', 'Patient/peter'],
    ],
  ];
  for (const [row, asked, matches, included] of rows) {
    test(row, async () => {
      const reply = await search(server(), asked);
      assert.deepEqual([idsOf(reply).sort(), idsOf(reply, 'include').sort()], [matches, included]);
    });
  }
});
