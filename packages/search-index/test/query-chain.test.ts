import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { understandSearch } from '../src/index.ts';
import { found, keep } from './matcher.ts';
import { options, parametersOf } from './searching.ts';

const reference = (name: string) => ({ reference: name });

const resources: JsonResource[] = [
  { resourceType: 'Organization', id: 'hospital', name: 'Hospital of Tashkent' },
  { resourceType: 'Organization', id: 'ward', name: 'Ward', partOf: reference('Organization/hospital') },
  { resourceType: 'Practitioner', id: 'joe', name: [{ given: ['Joe'] }], address: [{ state: 'CA' }] },
  { resourceType: 'Practitioner', id: 'jane', name: [{ given: ['Jane'] }], address: [{ state: 'MN' }] },
  {
    resourceType: 'Patient',
    id: 'peter',
    name: [{ given: ['Peter'] }],
    identifier: [{ system: 'http://mrn', value: '1234' }],
    managingOrganization: reference('Organization/ward'),
    generalPractitioner: [reference('Practitioner/joe'), reference('Practitioner/jane')],
  },
  {
    resourceType: 'Patient',
    id: 'anna',
    name: [{ given: ['Anna'] }],
    generalPractitioner: [reference('Practitioner/joe')],
  },
  { resourceType: 'Group', id: '102', name: 'Peter and others', member: [{ entity: reference('Patient/peter') }] },
  observation('o1', 'Patient/peter', '1234-5', '2020-01-01'),
  observation('o2', 'Patient/anna', '1234-5', '2021-01-01'),
  observation('o3', 'Patient/peter', '9999-9', '2022-01-01'),
  observation('o4', 'Group/102', '1234-5', '2020-01-01'),
  observation('o5', 'Patient/nobody', '1234-5', '2020-01-01'),
  {
    resourceType: 'AuditEvent',
    id: 'e1',
    agent: [{ who: reference('Practitioner/joe') }],
    entity: [{ what: reference('Observation/o1') }],
  },
  { resourceType: 'Encounter', id: 'v1', subject: reference('Patient/peter') },
  { resourceType: 'Encounter', id: 'v2', subject: reference('Patient/anna') },
];

const kept = keep(resources, options);

/** A search of a type and its results; all other resources of the type must be missed. */
const rows: readonly (readonly [type: string, query: string, hits: readonly string[]])[] = [
  ['Observation', 'subject:Patient.name=peter', ['o1', 'o3']],
  ['Observation', 'patient.name=peter', ['o1', 'o3']],
  ['Observation', 'subject:Group.name=peter', ['o4']],
  ['Observation', 'subject.name=peter', ['o1', 'o3', 'o4']],
  ['Observation', 'subject.name=peter&code=1234-5', ['o1', 'o4']],
  ['Observation', 'patient.identifier=http://mrn|1234', ['o1', 'o3']],
  ['Observation', 'patient.identifier=http://other|1234', []],
  ['Observation', 'subject:Patient.organization.name=ward', ['o1', 'o3']],
  ['Observation', 'subject:Patient.organization.partof.name=hospital', ['o1', 'o3']],
  ['Observation', 'subject:Patient.organization:Organization.partof.name=ward', []],
  ['Observation', 'subject.organization.name=ward', ['o1', 'o3']],
  ['Observation', 'patient._id=anna', ['o2']],
  ['Observation', 'patient.name:exact=Anna', ['o2']],
  ['Observation', 'patient.organization:missing=true', ['o2']],
  ['Observation', 'patient.gender:missing=true', ['o1', 'o2', 'o3']],
  // Each chain is on its own: any practitioner for either.
  ['Patient', 'general-practitioner.name=Joe&general-practitioner.address-state=MN', ['peter']],
  ['Patient', 'general-practitioner:Practitioner.name=jane', ['peter']],
  ['Patient', '_has:Observation:patient:code=1234-5', ['peter', 'anna']],
  ['Patient', '_has:Observation:patient:code=9999-9', ['peter']],
  ['Patient', '_has:Observation:patient:code=9999-9,1234-5', ['peter', 'anna']],
  ['Patient', '_has:Observation:patient:code=9999-9&_has:Observation:patient:code=1234-5', ['peter']],
  ['Patient', '_has:Observation:patient:date=ge2021', ['peter', 'anna']],
  ['Patient', '_has:Observation:patient:code:not=1234-5', ['peter']],
  ['Patient', '_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/joe', ['peter']],
  ['Patient', '_has:Observation:patient:_has:AuditEvent:entity:agent.name=jane', []],
  ['Patient', '_has:Group:member:_id=102', ['peter']],
  ['Encounter', 'patient._has:Group:member:_id=102', ['v1']],
  ['Encounter', 'patient._has:Observation:patient:code=9999-9', ['v1']],
  ['Practitioner', '_has:Patient:general-practitioner:name=anna', ['joe']],
  ['Practitioner', '_has:Patient:general-practitioner:organization.name=ward', ['joe', 'jane']],
];

describe('chains and _has', () => {
  for (const [type, query, hits] of rows) {
    it(`${type}?${query}`, () => {
      const { query: parsed } = understandSearch({ type }, parametersOf(query), options);
      assert.deepEqual(
        found(parsed, kept),
        hits.map((id) => `${type}/${id}`),
      );
    });
  }
});

function observation(id: string, subject: string, code: string, effectiveDateTime: string): JsonResource {
  const system = 'http://loinc.org';
  return {
    resourceType: 'Observation',
    id,
    subject: reference(subject),
    code: { coding: [{ system, code }] },
    effectiveDateTime,
  };
}
