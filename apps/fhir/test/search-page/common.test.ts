/** The parameters of all resources. https://hl7.org/fhir/R5/search.html#all */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found } from '../searches.ts';
import { coded, condition, encounter, narrative, patient, to, world } from './table.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

const { table, server } = world(
  patient('a', {
    language: 'uz',
    meta: {
      profile: ['http://hl7.org/fhir/StructureDefinition/Patient'],
      source: 'http://example.org/hospital/ward',
      tag: [{ system: 'http://acme.org/codes', code: 'needs-review' }],
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
    },
    text: narrative('seen with <b>cancer</b> of the liver'),
    name: [{ family: 'Usmonov' }],
    gender: 'male',
  }),
  patient('b', { name: [{ family: 'Karimova', text: 'treated in Bukhara' }], gender: 'female' }),
  patient('c', { name: [{ family: 'Aliyev' }], gender: 'male' }),
  encounter('of-a', {
    subject: to('Patient/a'),
    class: [coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'AMB')],
  }),
  encounter('of-b', { subject: to('Patient/b') }),
  {
    resourceType: 'List',
    ...{
      id: 'listed',
      status: 'current',
      mode: 'working',
      entry: [{ item: to('Patient/a') }, { item: to('Patient/c') }],
    },
  },
  {
    resourceType: 'Group',
    ...{ id: 'grouped', type: 'person', membership: 'enumerated', member: [{ entity: to('Patient/b') }] },
  },
  { resourceType: 'CareTeam', id: 'team', participant: [{ member: to('Patient/c') }] },
  condition('now', { clinicalStatus: coded(clinical, 'active') }),
  condition('over', { clinicalStatus: coded(clinical, 'resolved') }),
);

table(
  'all',
  [
    '_content',
    '_filter',
    '_has',
    '_id',
    '_in',
    '_language',
    '_lastUpdated',
    '_list',
    '_profile',
    '_security',
    '_source',
    '_tag',
    '_text',
  ],
  {
    _content: [
      ['Patient?_content=Bukhara', 'b'],
      ['Patient?_content=cancer OR Bukhara', 'a b'],
    ],
    _filter: [['Patient?_filter=gender eq male and name sw us', 'a']],
    _has: [['Patient?_has:Encounter:patient:class=AMB', 'a']],
    _id: [
      ['Patient?_id=a', 'a'],
      ['Patient?_id=a,c,none', 'a c'],
    ],
    _in: [
      ['Patient?_in=Group/grouped', 'b'],
      ['Patient?_in=CareTeam/team', 'c'],
      ['Patient?_in=List/listed', 'a c'],
    ],
    _language: [['Patient?_language=uz', 'a']],
    // Times of updates differ from run to run: see below.
    _lastUpdated: [['Patient?_lastUpdated=gt2020-01-01&_id=a', 'a']],
    _list: [
      ['Patient?_list=listed', 'a c'],
      ['Condition?_list=$current-problems', 'now'],
    ],
    _profile: [['Patient?_profile=http://hl7.org/fhir/StructureDefinition/Patient', 'a']],
    _security: [['Patient?_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R', 'a']],
    _source: [
      ['Patient?_source=http://example.org/hospital/ward', 'a'],
      ['Patient?_source:below=http://example.org/hospital', 'a'],
    ],
    _tag: [['Patient?_tag=http://acme.org/codes|needs-review', 'a']],
    _text: [
      ['Patient?_text=cancer', 'a'],
      ['Patient?_text=liver -stomach', 'a'],
    ],
  },
);

test('_lastUpdated: what was changed before and after an instant', async () => {
  const at = new Date().toISOString();
  await server().write('PUT', '/Basic/later', { resourceType: 'Basic', id: 'later', code: { text: 'x' } });
  const after = encodeURIComponent(at);
  assert.deepEqual(await found(server(), `/Basic?_lastUpdated=ge${after}`), ['Basic/later']);
  assert.deepEqual(await found(server(), `/Basic?_lastUpdated=lt${after}`), []);
  assert.deepEqual(await found(server(), `/Condition?_lastUpdated=ge${after}`), []);
  assert.deepEqual(await found(server(), `/Condition?_lastUpdated=lt${after}`), ['Condition/now', 'Condition/over']);
});

test('_type: some types of a search of all', async () => {
  assert.deepEqual(await found(server(), '/?_type=Group,CareTeam'), ['CareTeam/team', 'Group/grouped']);
  assert.deepEqual(await found(server(), '/?_type=Encounter&_id=of-a,team'), ['Encounter/of-a']);
  assert.deepEqual(await found(server(), '/?_id=of-a,team'), ['CareTeam/team', 'Encounter/of-a']);
});

test('_query: no named query is known, and that is said', async () => {
  const reply = await server().request('GET', '/Patient?_query=anything');
  assert.deepEqual([reply.status, reply.code], [400, 'search-unsupported']);
});
