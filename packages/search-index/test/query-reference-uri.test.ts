import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { conditionOf } from '../src/index.ts';
import { finds, ids, options } from './searching.ts';
import { hash64 } from '../src/keys.ts';

const observations: JsonResource[] = [
  subject('relative', { reference: 'Patient/23' }),
  subject('own', { reference: 'https://dhp.example/fhir/Patient/23' }),
  subject('version', { reference: 'Patient/23/_history/1' }),
  subject('group', { reference: 'Group/23' }),
  subject('far', { reference: 'http://far.example/fhir/Patient/23' }),
  subject('named', { identifier: { system: 'http://acme', value: '123' }, display: 'Peter Chalmers' }),
  subject('both', { reference: 'Patient/24', identifier: { value: '123' }, display: 'Jim' }),
  { resourceType: 'Observation', id: 'none' },
];

finds('reference', 'Observation', observations, [
  ['subject=Patient/23', ['relative', 'own', 'version']],
  ['subject=https://dhp.example/fhir/Patient/23', ['relative', 'own', 'version']],
  ['subject=23', ['relative', 'own', 'version', 'group']],
  ['subject=Group/23', ['group']],
  ['subject=Patient/23/_history/1', ['version']],
  ['subject=Patient/23/_history/2', []],
  ['subject=http://far.example/fhir/Patient/23', ['far']],
  ['subject:Patient=23', ['relative', 'own', 'version']],
  ['subject:Patient=Patient/23', ['relative', 'own', 'version']],
  ['subject:Group=23', ['group']],
  ['patient=23', ['relative', 'own', 'version']],
  ['patient=Patient/23', ['relative', 'own', 'version']],
  ['patient=23,24', ['relative', 'own', 'version', 'both']],
  ['patient=Group/23', []],
  ['patient=Group/23,Patient/24', ['both']],
  ['patient=http://far.example/fhir/Patient/23', ['far']],
  ['patient:missing=false', ['relative', 'own', 'version', 'far', 'both']],
  ['subject=Patient/99', []],
  ['subject:identifier=123', ['named', 'both']],
  ['subject:identifier=http://acme|123', ['named']],
  ['subject:identifier=|123', ['both']],
  ['subject:identifier=http://acme|', ['named']],
  ['subject:text=pet', ['named']],
  ['subject:text=chalmers', []],
  ['subject:text-advanced=chalmers peter', ['named']],
  ['subject:missing=true', ['none']],
  ['subject:missing=false', ['relative', 'own', 'version', 'group', 'far', 'named', 'both']],
]);

describe('reference: the compartment that a patient parameter implies', () => {
  const where = (query: [string, string]) => conditionOf('Observation', [query], options);
  const patient = (...ids: string[]) => ({ op: 'patient', any: ids.map((id) => hash64(`Patient/${id}`)), ids });
  const told = (query: [string, string]) => {
    const condition = where(query);
    return condition.op === 'all' ? condition.of[0] : undefined;
  };
  it('is told of references that are to patients', () => {
    assert.deepEqual(told(['patient', 'a']), patient('a'));
    assert.deepEqual(told(['patient', 'a,Patient/b']), patient('a', 'b'));
    assert.deepEqual(told(['subject', 'Patient/a']), patient('a'));
    assert.deepEqual(told(['subject:Patient', 'a']), patient('a'));
  });
  it('is not told where something else may match', () => {
    assert.equal(told(['subject', 'a']), undefined);
    assert.equal(told(['subject', 'Patient/a,Group/b']), undefined);
    assert.equal(told(['subject', 'http://far.example/Patient/a']), undefined);
    assert.equal(told(['focus', 'Patient/a']), undefined);
  });
});

const questionnaire = 'http://example.org/questionnaire/intake';

const responses: JsonResource[] = ['', '|1.0', '|2.0', '|10.1'].map((version, i) => ({
  resourceType: 'QuestionnaireResponse',
  id: `r${i}`,
  questionnaire: questionnaire + version,
}));

finds('reference: canonicals', 'QuestionnaireResponse', responses, [
  [`questionnaire=${questionnaire}`, ['r0', 'r1', 'r2', 'r3']],
  [`questionnaire=${questionnaire}|1.0`, ['r1']],
  [`questionnaire=${questionnaire}|1`, []],
  [`questionnaire:below=${questionnaire}`, ['r0', 'r1', 'r2', 'r3']],
  [`questionnaire:below=${questionnaire}|1`, ['r1']],
  [`questionnaire:below=${questionnaire}|1.0`, ['r1']],
  [`questionnaire:below=${questionnaire}|1.0.0`, []],
  [`questionnaire:below=${questionnaire}|1,${questionnaire}|10`, ['r1', 'r3']],
  ['questionnaire:below=http://example.org/questionnaire|1', []],
]);

const profiled: JsonResource[] = [
  { resourceType: 'Patient', id: 'p', meta: { profile: ['https://dhp.example/fhir/StructureDefinition/x|1'] } },
  { resourceType: 'Patient', id: 'q', meta: { profile: ['http://hl7.org/fhir/StructureDefinition/y'] } },
];

finds('reference: _profile', 'Patient', profiled, [
  ['_profile=https://dhp.example/fhir/StructureDefinition/x', ['p']],
  ['_profile=StructureDefinition/x', ['p']],
  ['_profile=http://hl7.org/fhir/StructureDefinition/y', ['q']],
]);

const locations: Record<string, string> = { A1: 'A', A: 'B', B: '' };

finds(
  'reference: hierarchies',
  'Procedure',
  ['A1', 'A', 'B', 'C'].map((id) => ({ resourceType: 'Procedure', id, location: { reference: `Location/${id}` } })),
  [
    ['location:above=A', ['A', 'B']],
    ['location:below=A', ['A1', 'A']],
    ['location:below=Location/B', ['A1', 'A', 'B']],
    ['location:below=C', ['C']],
  ],
  {
    hierarchies: {
      related: (direction, type, parameter, id) => {
        assert.deepEqual([type, parameter], ['Location', 'partof']);
        const up = (from: string): string[] => [from, ...(locations[from] ? up(locations[from]) : [])];
        return direction === 'above' ? up(id) : Object.keys(locations).filter((one) => up(one).includes(id));
      },
    },
  },
);

const valueSets: JsonResource[] = [
  'http://acme.org/fhir',
  'http://acme.org/fhir/ValueSet',
  'http://acme.org/fhir/ValueSet/123',
  'http://acme.org/fhir/ValueSet/123/_history/5',
  'http://acme.org/fhirs',
  'http://acme.org/FHIR/ValueSet/123',
  'urn:oid:1.2.3.4.5',
].map((url, i) => ({ resourceType: 'ValueSet', id: `v${i}`, url }));

finds('uri', 'ValueSet', valueSets, [
  ['url=http://acme.org/fhir/ValueSet/123', ['v2']],
  ['url=http://acme.org/fhir/ValueSet/123,urn:oid:1.2.3.4.5', ['v2', 'v6']],
  ['url=urn:oid:1.2.3.4.5', ['v6']],
  ['url=http://acme.org/fhir/', []],
  ['url:below=http://acme.org/fhir', ['v0', 'v1', 'v2', 'v3']],
  ['url:below=http://acme.org/fhir/', ['v1', 'v2', 'v3']],
  ['url:above=http://acme.org/fhir/ValueSet/123/_history/5', ['v0', 'v1', 'v2', 'v3']],
  ['url:above=http://acme.org/fhir/ValueSet', ['v0', 'v1']],
  ['url:contains=ValueSet', ['v1', 'v2', 'v3', 'v5']],
  ['url:missing=true', []],
]);

describe('uri: commas', () => {
  it('are part of it when escaped', () => {
    const resources = [{ resourceType: 'ValueSet', id: 'c', url: 'http://a/124,ValueSet/125' }];
    assert.deepEqual(ids('ValueSet', 'url=http://a/123,http://a/124\\,ValueSet/125', resources), ['c']);
  });
});

function subject(id: string, reference: object): JsonResource {
  return { resourceType: 'Observation', id, subject: reference };
}

it('an id alone is one key where the reference may lead to any type, and one for each type otherwise', () => {
  const keysOf = (type: string, name: string): number => {
    const condition = conditionOf(type, [[name, 'x,y']], options);
    return condition.op === 'keys' ? condition.any.length : 0;
  };
  assert.equal(keysOf('Basic', 'subject'), 2);
  assert.equal(keysOf('Provenance', 'target'), 2);
  assert.equal(keysOf('Provenance', 'target:Group'), 2);
  assert.ok(keysOf('Observation', 'performer') > 2);
});

finds(
  'a reference to any type',
  'Basic',
  [
    { resourceType: 'Basic', id: 'patient', subject: { reference: 'Patient/x' } },
    { resourceType: 'Basic', id: 'group', subject: { reference: 'Group/x/_history/2' } },
    { resourceType: 'Basic', id: 'far', subject: { reference: 'http://far.example/fhir/Patient/x' } },
    { resourceType: 'Basic', id: 'other', subject: { reference: 'Patient/y' } },
  ],
  [
    ['subject=x', ['patient', 'group']],
    ['subject=x,y', ['patient', 'group', 'other']],
    ['subject=Group/x', ['group']],
    ['subject:Patient=x', ['patient']],
    ['subject=z', []],
  ],
);
