/** Every modifier with every type of parameter that has it. https://hl7.org/fhir/R5/search.html#modifiers */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coded, condition, encounter, observation, patient, to, world } from './table.ts';

const organs = 'http://example.org/organs';
const location = (id: string, partOf?: string): Record<string, unknown> => ({
  ...{ resourceType: 'Location', id, name: id },
  ...(partOf === undefined ? {} : { partOf: to(`Location/${partOf}`) }),
});
const mr = coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR');
const valueSet = (id: string, more: object): Record<string, unknown> => ({
  ...{ resourceType: 'ValueSet', id, status: 'active', url: `http://example.org/vs/${id}` },
  ...more,
});

const { table, server } = world(
  {
    resourceType: 'CodeSystem',
    ...{ id: 'organs', url: organs, status: 'active', content: 'complete', hierarchyMeaning: 'is-a' },
    concept: [
      { code: 'sense', concept: [{ code: 'eye', concept: [{ code: 'retina' }] }, { code: 'ear' }] },
      { code: 'heart' },
    ],
  },
  valueSet('senses', {
    compose: { include: [{ system: organs, filter: [{ property: 'concept', op: 'is-a', value: 'sense' }] }] },
  }),
  valueSet('deep', { url: 'http://example.org/vs/senses/deep' }),
  ...['eye', 'retina', 'ear', 'heart'].map((code) => observation(code, { code: coded(organs, code) })),
  location('hospital'),
  location('ward', 'hospital'),
  location('room', 'ward'),
  location('elsewhere'),
  encounter('in-room', {
    location: [{ location: to('Location/room') }],
    class: [coded('http://example.org/c', 'IMP')],
  }),
  encounter('in-elsewhere', { location: [{ location: to('Location/elsewhere') }] }),
  encounter('of-patient', { subject: to('Patient/x', { display: 'Chalmers, Peter James' }) }),
  encounter('of-group', { subject: to('Group/x', { display: 'Everybody in ward 3' }) }),
  encounter('logical', { subject: { identifier: { system: 'http://acme.org/mrn', value: '2345' } } }),
  patient('son', { name: [{ family: 'Sonnenberg', given: ['Anna'] }], birthDate: '1990-01-01' }),
  patient('jason', {
    name: [{ family: 'Jason', text: 'Jason of the Argonauts' }],
    identifier: [{ type: mr, system: 'http://acme.org/mrn', value: '446053' }],
    gender: 'male',
  }),
  patient('other', {
    name: [{ family: 'son' }],
    identifier: [{ system: 'http://acme.org/mrn', value: '446053' }],
    gender: 'female',
  }),
  condition('headache', { code: { ...coded('http://acme.org/c', 'HA1', 'Headache'), text: 'Acute headache' } }),
  condition('migraine', { code: { ...coded('http://acme.org/c', 'MG1', 'Migraine, headache with aura') } }),
  condition('uncoded', { code: { text: 'A fall' } }),
);

table(
  'modifiers',
  [
    ':above of a reference',
    ':above of a token',
    ':above of a uri',
    ':below of a reference',
    ':below of a token',
    ':below of a uri',
    ':code-text of a token',
    ':contains of a string',
    ':contains of a uri',
    ':exact',
    ':identifier',
    ':in',
    ':missing',
    ':not',
    ':not-in',
    ':of-type',
    ':text of a token',
    ':text of a reference',
    ':text of a string',
    ':text-advanced',
    ':[type]',
  ],
  {
    ':above of a reference': [['Location?partof:above=Location/ward', 'room ward']],
    ':above of a token': [[`Observation?code:above=${organs}|retina`, 'eye retina']],
    ':above of a uri': [['ValueSet?url:above=http://example.org/vs/senses', 'senses']],
    ':below of a reference': [
      ['Encounter?location:below=Location/hospital', 'in-room'],
      ['Location?partof:below=Location/hospital', 'room ward'],
    ],
    ':below of a token': [[`Observation?code:below=${organs}|eye`, 'eye retina']],
    ':below of a uri': [['ValueSet?url:below=http://example.org/vs/senses/deep', 'deep']],
    ':code-text of a token': [['Condition?code:code-text=mg', 'migraine']],
    ':contains of a string': [['Patient?family:contains=ason', 'jason']],
    ':contains of a uri': [['ValueSet?url:contains=deep', 'deep']],
    ':exact': [['Patient?family:exact=son', 'other']],
    ':identifier': [['Encounter?subject:identifier=http://acme.org/mrn|2345', 'logical']],
    ':in': [['Observation?code:in=http://example.org/vs/senses', 'ear eye retina']],
    ':missing': [
      ['Patient?gender:missing=true', 'son'],
      ['Patient?gender:missing=false', 'jason other'],
      ['Patient?birthdate:missing=false', 'son'],
      ['Patient?given:missing=true', 'jason other'],
      ['Encounter?subject:missing=true', 'in-elsewhere in-room'],
    ],
    ':not': [
      ['Patient?gender:not=male', 'other son'],
      ['Condition?code:not=HA1', 'migraine uncoded'],
    ],
    ':not-in': [['Observation?code:not-in=http://example.org/vs/senses', 'heart']],
    ':of-type': [['Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053', 'jason']],
    ':text of a token': [['Condition?code:text=headache', 'headache']],
    ':text of a reference': [['Encounter?subject:text=chalmers', 'of-patient']],
    ':text of a string': [['Patient?name:text=argonauts', 'jason']],
    ':text-advanced': [
      ['Condition?code:text-advanced=headache', 'headache migraine'],
      ['Condition?code:text-advanced=headache -acute', 'migraine'],
    ],
    ':[type]': [
      ['Encounter?subject:Patient=x', 'of-patient'],
      ['Encounter?subject:Group=x', 'of-group'],
    ],
  },
);

test(':code-text of a reference: refused, since a reference has no code', async () => {
  const reply = await server().request('GET', '/Encounter?subject:code-text=x');
  assert.deepEqual([reply.status, reply.code], [400, 'search-unsupported']);
});

describe('a modifier that the type of the parameter does not have is refused:', () => {
  for (const query of [
    'birthdate:exact=2000',
    'gender:contains=m',
    'family:not=x',
    'family:above=x',
    'given:of-type=x',
    'gender:identifier=x',
    'birthdate:in=http://x',
    'organization:exact=x',
    'gender:Patient=x',
    'active:iterate=true',
    'family:nonsense=x',
  ]) {
    test(query, async () => {
      const reply = await server().request('GET', `/Patient?${query}`);
      assert.deepEqual([reply.status, reply.code], [400, 'search-modifier-unknown']);
    });
  }
});
