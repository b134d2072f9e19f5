import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search } from './search-world.ts';

const underTest = await storeUnderTest('search_includes');
let store: FhirStore;

before(async () => {
  store = await underTest.open({ ownBases: ['https://here.example/fhir'] });
  await put(
    store,
    {
      resourceType: 'Patient',
      id: 'p1',
      managingOrganization: { reference: 'Organization/ward' },
      generalPractitioner: [{ reference: 'Practitioner/d1' }, { reference: 'Organization/ward' }],
    },
    { resourceType: 'Patient', id: 'p2', link: [{ other: { reference: 'Patient/p1' }, type: 'seealso' }] },
    { resourceType: 'Practitioner', id: 'd1', active: true },
    { resourceType: 'Organization', id: 'ward', partOf: { reference: 'Organization/clinic' } },
    { resourceType: 'Organization', id: 'clinic', partOf: { reference: 'Organization/ministry' } },
    { resourceType: 'Organization', id: 'ministry', name: 'Ministry' },
    ...[1, 2, 3].map((n) => ({
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: { text: 'x' },
      subject: { reference: n === 3 ? 'https://here.example/fhir/Patient/p1' : 'Patient/p1' },
      performer: [{ reference: 'Practitioner/d1' }, { reference: 'Practitioner/gone' }],
      ...(n === 2 ? { hasMember: [{ reference: 'Observation/o1' }] } : {}),
    })),
    { resourceType: 'Encounter', id: 'e1', status: 'completed', subject: { reference: 'Patient/p1' } },
    ...['1', '2'].map((version) => ({
      resourceType: 'Questionnaire',
      id: `q${version}`,
      url: 'http://example.org/q',
      version,
      status: 'active',
    })),
    {
      resourceType: 'QuestionnaireResponse',
      id: 'r2',
      status: 'completed',
      questionnaire: 'http://example.org/q|2',
    },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'r1',
      status: 'completed',
      questionnaire: 'http://example.org/q',
      subject: { reference: 'Patient/p1' },
    },
  );
});

async function included(type: string, query: string, includeLimit?: number): Promise<string[]> {
  const page = await search(store, type, query, includeLimit === undefined ? {} : { includeLimit });
  const found = page.included.map((version) => `${version.type}/${version.id}`);
  assert.equal(new Set([...found, ...names(page)]).size, found.length + page.matches.length, 'each resource once');
  for (const { type: of, id, content } of page.included) {
    const body = JSON.parse(content.toString()) as { resourceType: string; id: string };
    assert.deepEqual([body.resourceType, body.id], [of, id]);
  }
  return found.sort();
}

describe('_include', () => {
  it('brings what the matches refer to by a parameter', async () => {
    assert.deepEqual(await included('Observation', '_include=Observation:subject'), ['Patient/p1']);
    assert.deepEqual(await included('Observation', '_id=o1&_include=Observation:performer'), ['Practitioner/d1']);
    assert.deepEqual(await included('Observation', '_id=o3&_include=Observation:patient'), ['Patient/p1']);
    assert.deepEqual(await included('Observation', '_id=o1'), []);
    assert.deepEqual(await included('Observation', '_id=nothing&_include=Observation:subject'), []);
  });

  it('brings only targets of the type asked for', async () => {
    const query = '_id=p1&_include=Patient:general-practitioner';
    assert.deepEqual(await included('Patient', query), ['Organization/ward', 'Practitioner/d1']);
    assert.deepEqual(await included('Patient', `${query}:Practitioner`), ['Practitioner/d1']);
  });

  it('never brings a match', async () => {
    assert.deepEqual(await included('Observation', '_include=Observation:has-member'), []);
    assert.deepEqual(await included('Observation', '_id=o2&_include=Observation:has-member'), ['Observation/o1']);
  });

  it('with * brings all references', async () => {
    assert.deepEqual(await included('Patient', '_id=p1&_include=*'), ['Organization/ward', 'Practitioner/d1']);
    assert.deepEqual(await included('Observation', '_id=o2&_include=Observation:*'), [
      'Observation/o1',
      'Patient/p1',
      'Practitioner/d1',
    ]);
  });

  it('goes on from what was included only when told to', async () => {
    const query = '_id=o1&_include=Observation:subject';
    assert.deepEqual(await included('Observation', `${query}&_include:iterate=Patient:organization`), [
      'Organization/ward',
      'Patient/p1',
    ]);
    const all = ['Organization/clinic', 'Organization/ministry', 'Organization/ward', 'Patient/p1'];
    const iterated = `${query}&_include:iterate=Patient:organization&_include:iterate=Organization:partof`;
    assert.deepEqual(await included('Observation', iterated), all);
    assert.deepEqual(await included('Organization', '_id=ward&_include=Organization:partof'), ['Organization/clinic']);
  });

  it('ends where references go in a circle', async () => {
    await put(store, { resourceType: 'Organization', id: 'ministry', partOf: { reference: 'Organization/ward' } });
    assert.deepEqual(await included('Organization', '_id=ward&_include:iterate=Organization:partof'), [
      'Organization/clinic',
      'Organization/ministry',
    ]);
    await put(store, { resourceType: 'Organization', id: 'ministry', name: 'Ministry' });
  });

  it('follows canonicals, with their version', async () => {
    const query = '_include=QuestionnaireResponse:questionnaire';
    assert.deepEqual(await included('QuestionnaireResponse', `_id=r1&${query}`), [
      'Questionnaire/q1',
      'Questionnaire/q2',
    ]);
    assert.deepEqual(await included('QuestionnaireResponse', `_id=r2&${query}`), ['Questionnaire/q2']);
  });
});

describe('_revinclude', () => {
  it('by `patient`, which stands under `subject`, brings what refers to patients alone', async () => {
    await put(
      store,
      { resourceType: 'Group', id: 'g1', type: 'person', membership: 'enumerated' },
      {
        resourceType: 'ServiceRequest',
        id: 's1',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Group/g1' },
      },
      {
        resourceType: 'ServiceRequest',
        id: 's2',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/p2' },
      },
    );
    assert.deepEqual(await included('Group', '_id=g1&_revinclude=ServiceRequest:subject'), ['ServiceRequest/s1']);
    assert.deepEqual(await included('Group', '_id=g1&_revinclude=ServiceRequest:*'), ['ServiceRequest/s1']);
    assert.deepEqual(await included('Patient', '_id=p2&_revinclude=ServiceRequest:patient'), ['ServiceRequest/s2']);
    assert.deepEqual(await included('Patient', '_id=p2&_revinclude=ServiceRequest:*'), ['ServiceRequest/s2']);
  });

  it('brings what refers to the matches', async () => {
    assert.deepEqual(await included('Patient', '_id=p1&_revinclude=Observation:patient'), [
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
    ]);
    assert.deepEqual(await included('Practitioner', '_revinclude=Observation:performer'), [
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
    ]);
    assert.deepEqual(await included('Patient', '_id=p2&_revinclude=Observation:patient'), []);
    assert.deepEqual(await included('Patient', '_id=p1&_revinclude=Encounter:*'), ['Encounter/e1']);
  });

  it('with * brings whatever refers to them', async () => {
    assert.deepEqual(await included('Patient', '_id=p1&_revinclude=*'), [
      'Encounter/e1',
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
      'Patient/p2',
      'QuestionnaireResponse/r1',
    ]);
  });

  it('knows what names them by their canonical', async () => {
    assert.deepEqual(await included('Questionnaire', '_id=q2&_revinclude=QuestionnaireResponse:questionnaire'), [
      'QuestionnaireResponse/r1',
      'QuestionnaireResponse/r2',
    ]);
  });

  it('goes together with _include, repeated', async () => {
    const query = '_id=ward&_revinclude=Patient:organization&_revinclude:iterate=Observation:patient';
    assert.deepEqual(await included('Organization', `${query}&_include:iterate=Observation:performer`), [
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
      'Patient/p1',
      'Practitioner/d1',
    ]);
  });
});

describe('the limit of includes', () => {
  it('is told when it cuts', async () => {
    const query = '_id=p1&_revinclude=Observation:patient';
    for (const [limit, size, cut] of [
      [2, 2, true],
      [3, 3, false],
      [0, 0, true],
    ] as const) {
      const page = await search(store, 'Patient', query, { includeLimit: limit });
      assert.deepEqual([page.included.length, page.includesCut], [size, cut]);
    }
  });

  it('counts each version of a resource that is referred to', async () => {
    for (let n = 0; n < 4; n += 1) await put(store, { resourceType: 'Practitioner', id: 'often', active: n % 2 === 0 });
    const performer = [1, 2, 3, 4].map((version) => ({ reference: `Practitioner/often/_history/${version}` }));
    await put(store, { resourceType: 'Observation', id: 'of', status: 'final', code: { text: 'x' }, performer });
    for (const [limit, size, cut] of [
      [3, 3, true],
      [4, 4, false],
    ] as const) {
      const page = await search(store, 'Observation', '_id=of&_include=Observation:performer', { includeLimit: limit });
      assert.deepEqual([page.included.length, page.includesCut], [size, cut]);
    }
  });
});

describe('a budget', () => {
  /** A chain of Organizations, each referring to the previous one. */
  const row = (n: number): object[] =>
    Array.from({ length: n }, (_, i) => ({
      ...{ resourceType: 'Organization', id: `row-${n}-${i}` },
      ...(i > 0 && { partOf: { reference: `Organization/row-${n}-${i - 1}` } }),
    }));

  it('pays for every round of :iterate, and ends them when it is spent', async () => {
    const spent = async (n: number): Promise<number> => {
      await put(store, ...(row(n) as Parameters<typeof put>[1][]));
      const budget = new Budget();
      const query = `_id=row-${n}-0&_revinclude:iterate=Organization:partof`;
      assert.equal((await search(store, 'Organization', query, { budget })).included.length, n - 1);
      return budget.used.work;
    };
    const [few, many] = [await spent(5), await spent(20)];
    assert.ok(many > 3 * few && many < 5 * few, `${few} for 5, ${many} for 20`);
    const budget = new Budget({ work: many / 2 });
    const query = '_id=row-20-0&_revinclude:iterate=Organization:partof';
    await assert.rejects(search(store, 'Organization', query, { budget }), BudgetSpent);
  });
});
