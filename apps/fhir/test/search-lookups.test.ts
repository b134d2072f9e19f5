/** Searches by what other resources say: members of lists and groups, parts of wholes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

const terminology = 'http://terminology.hl7.org/CodeSystem';
const to = (reference: string): { reference: string } => ({ reference });
const location = (id: string, partOf?: string): Record<string, unknown> => ({
  resourceType: 'Location',
  ...{ id, name: id, ...(partOf === undefined ? {} : { partOf: to(`Location/${partOf}`) }) },
});

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(
    server,
    ...['a', 'b', 'c', 'd'].map((id) => patient({ id })),
    { resourceType: 'Encounter', id: 'e', status: 'planned', subject: to('Patient/b') },
    {
      resourceType: 'List',
      ...{ id: 'l', status: 'current', mode: 'working', subject: [to('Patient/d')] },
      entry: [
        { item: to('Patient/a') },
        { item: to(`${baseUrl}/Patient/b`) },
        { item: to('Patient/c'), deleted: true },
        { item: to('https://elsewhere.example/fhir/Patient/d') },
        { item: to('Encounter/e') },
      ],
    },
    {
      resourceType: 'Group',
      ...{ id: 'g', type: 'person', membership: 'enumerated' },
      member: [{ entity: to('Patient/c') }, { entity: to('Patient/d'), inactive: true }],
    },
    { resourceType: 'CareTeam', id: 't', subject: to('Patient/a'), participant: [{ member: to('Patient/d') }] },
    location('hospital'),
    location('ward', 'hospital'),
    location('room', 'ward'),
    location('other'),
    { resourceType: 'Encounter', id: 'in-room', status: 'planned', location: [{ location: to('Location/room') }] },
    { resourceType: 'Encounter', id: 'in-other', status: 'planned', location: [{ location: to('Location/other') }] },
  );
});
after(() => server.close());

test('_list finds the members of a List', async () => {
  assert.deepEqual(await found(server, '/Patient?_list=l'), ['Patient/a', 'Patient/b']);
  assert.deepEqual(await found(server, '/Encounter?_list=l'), ['Encounter/e']);
  assert.deepEqual(await found(server, '/Patient?_list=nothing'), []);
  assert.deepEqual(await found(server, '/Patient/b/Encounter?_list=l'), ['Encounter/e'], 'in a compartment');
  assert.deepEqual(await found(server, '/Patient/a/Encounter?_list=l'), []);
  assert.deepEqual(await found(server, '/Patient/b/*?_list=l'), ['Encounter/e', 'Patient/b']);
  assert.deepEqual(await found(server, '/Patient?_list=l&_id=b,c'), ['Patient/b']);
});

describe('functional lists', () => {
  const clinical = (code: string) => ({ coding: [{ system: `${terminology}/condition-clinical`, code }] });
  const allergyClinical = (code: string) => ({
    coding: [{ system: `${terminology}/allergyintolerance-clinical`, code }],
  });
  const condition = (id: string, status: string, members: Record<string, unknown> = {}) => ({
    resourceType: 'Condition',
    ...{ id, clinicalStatus: clinical(status), subject: to('Patient/a'), ...members },
  });
  const category = (code: string) => [{ coding: [{ system: `${terminology}/condition-category`, code }] }];
  const verified = (code: string) => ({ coding: [{ system: `${terminology}/condition-ver-status`, code }] });
  const allergy = (id: string, status: string, members: Record<string, unknown> = {}) => ({
    resourceType: 'AllergyIntolerance',
    ...{ id, clinicalStatus: allergyClinical(status), patient: to('Patient/a'), ...members },
  });
  const statement = (id: string, status: string, members: Record<string, unknown> = {}) => ({
    resourceType: 'MedicationStatement',
    ...{ id, status, subject: to('Patient/a'), medication: { concept: { text: id } }, ...members },
  });
  const adherence = (code: string) => ({
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/medication-statement-adherence', code }] },
  });
  const order = (id: string, status: string, intent: string) => ({
    resourceType: 'MedicationRequest',
    ...{ id, status, intent, subject: to('Patient/a'), medication: { concept: { text: id } } },
  });

  before(() =>
    put(
      server,
      condition('active', 'active'),
      condition('relapse', 'relapse', { category: category('problem-list-item') }),
      condition('resolved', 'resolved'),
      condition('visit', 'active', { category: category('encounter-diagnosis') }),
      condition('refuted', 'active', { verificationStatus: verified('refuted') }),
      allergy('food', 'active', { category: ['food'] }),
      allergy('drug', 'active', { category: ['medication'] }),
      allergy('old-drug', 'inactive', { category: ['medication'] }),
      statement('taken', 'recorded', { effectivePeriod: { start: '2020-01-01' } }),
      statement('undated', 'recorded', { adherence: adherence('taking') }),
      statement('ended', 'recorded', { effectivePeriod: { start: '2020-01-01', end: '2020-02-01' } }),
      statement('stopped', 'recorded', { adherence: adherence('stopped-as-directed') }),
      statement('wrong', 'entered-in-error'),
      order('ordered', 'active', 'order'),
      order('proposed', 'active', 'proposal'),
      order('done', 'completed', 'order'),
    ),
  );

  for (const [query, expected] of [
    ['Condition?_list=$current-problems', ['Condition/active', 'Condition/relapse']],
    ['Condition?_list=$current-problems&patient=b', []],
    ['AllergyIntolerance?_list=$current-allergies', ['AllergyIntolerance/drug', 'AllergyIntolerance/food']],
    ['AllergyIntolerance?patient=a&_list=$current-drug-allergies', ['AllergyIntolerance/drug']],
    ['MedicationStatement?_list=$current-medications', ['MedicationStatement/taken', 'MedicationStatement/undated']],
    ['MedicationRequest?_list=$current-medications', ['MedicationRequest/ordered']],
    ['Patient?_list=$current-problems', []],
    ['Patient?_has:Condition:patient:_list=$current-problems', ['Patient/a']],
    ['Condition?_list:not=$current-problems', ['Condition/refuted', 'Condition/resolved', 'Condition/visit']],
  ] as const) {
    test(query, async () => {
      assert.deepEqual(await found(server, `/${query}`), expected);
    });
  }

  test('of another name are refused, with the names there are', async () => {
    const reply = await server.request('GET', '/Condition?_list=$current-problem');
    assert.deepEqual([reply.status, reply.code], [400, 'search-value-invalid']);
    assert.match(reply.diagnostics, /\$current-problems, \$current-medications/);
  });
});

test('_in finds the members of a Group, a CareTeam or a List', async () => {
  assert.deepEqual(await found(server, '/Patient?_in=Group/g'), ['Patient/c']);
  assert.deepEqual(await found(server, '/Patient?_in=CareTeam/t'), ['Patient/d']);
  assert.deepEqual(await found(server, '/Patient?_in=List/l,Group/g'), ['Patient/a', 'Patient/b', 'Patient/c']);
  assert.deepEqual(await found(server, '/Patient?_in:not=List/l'), ['Patient/c', 'Patient/d']);
  assert.deepEqual(await found(server, '/Encounter?subject:Patient._in=List/l'), ['Encounter/e']);
});

test(':in and :not-in of a reference: to the members of a Group or a List, and to no other', async () => {
  const subjects = async (query: string): Promise<string[]> => found(server, `/Encounter?${query}`);
  await put(server, { resourceType: 'Encounter', id: 'of-c', status: 'planned', subject: to('Patient/c') });
  assert.deepEqual(await subjects('subject:in=List/l'), ['Encounter/e']);
  assert.deepEqual(await subjects(`patient:in=${baseUrl}/List/l`), ['Encounter/e']);
  assert.deepEqual(await subjects('subject:in=Group/g'), ['Encounter/of-c']);
  assert.deepEqual(await subjects('subject:in=Group/g,List/l'), ['Encounter/e', 'Encounter/of-c']);
  assert.deepEqual(await subjects('subject:in=List/nowhere'), []);
  assert.deepEqual(await subjects('subject:missing=false&subject:not-in=List/l'), ['Encounter/of-c']);
  assert.deepEqual(await subjects('subject:not-in=Group/g'), [
    'Encounter/e',
    'Encounter/in-other',
    'Encounter/in-room',
  ]);
  for (const value of ['l', 'Patient/a', 'CareTeam/t', 'List/']) {
    const reply = await server.request('GET', `/Encounter?subject:in=${value}`);
    assert.deepEqual([reply.status, reply.code], [400, 'search-value-invalid'], value);
  }
  const canonical = await server.request('GET', '/QuestionnaireResponse?questionnaire:in=List/l');
  assert.deepEqual([canonical.status, canonical.code], [400, 'search-modifier-unknown']);
  const token = await server.sso.token({ scope: 'system/Encounter.rs' });
  assert.deepEqual(await found(server, '/Encounter?subject:in=List/l', { token }), []);
});

test('members of what the caller may not see are not told', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.rs' });
  assert.deepEqual(await found(server, '/Patient?_list=l', { token }), []);
  assert.deepEqual(await found(server, '/Patient?_in=Group/g', { token }), []);
});

test(':contains finds the whole branch of a hierarchy: what is above, the resource, and what is below', async () => {
  const branch = ['Location/hospital', 'Location/room', 'Location/ward'];
  assert.deepEqual(await found(server, '/Location?partof:contains=Location/ward'), branch);
  assert.deepEqual(await found(server, '/Location?partof:contains=room'), branch);
  assert.deepEqual(await found(server, '/Location?partof:contains=other'), ['Location/other']);
  assert.deepEqual(await found(server, '/Location?partof:contains=Location/nowhere'), []);
  assert.deepEqual(await found(server, '/Encounter?location:contains=Location/hospital'), ['Encounter/in-room']);
  assert.deepEqual(await found(server, '/Encounter?location:contains=ward,other'), [
    'Encounter/in-other',
    'Encounter/in-room',
  ]);
  for (const path of ['/Observation?specimen:contains=Specimen/a', '/Patient?_profile:contains=http://example.org/p']) {
    const reply = await server.request('GET', path);
    assert.equal(reply.status, 400, path);
    assert.match(reply.text, /:contains/);
  }
});

test(':below and :above follow the hierarchy of references', async () => {
  assert.deepEqual(await found(server, '/Location?partof:below=Location/hospital'), ['Location/room', 'Location/ward']);
  assert.deepEqual(await found(server, '/Location?partof:below=Location/ward'), ['Location/room']);
  assert.deepEqual(await found(server, '/Location?partof=Location/hospital'), ['Location/ward']);
});

test('a circle of references has an end', async () => {
  await put(server, location('x', 'y'), location('y', 'x'));
  const all = await found(server, '/Location?partof:below=Location/x');
  assert.deepEqual(all, ['Location/x', 'Location/y']);
});
