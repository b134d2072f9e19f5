import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import type { SearchQuery } from '@dhp/search-index';
import { hash64, referenceText } from '@dhp/search-index/keys';
import type { FhirStore } from '../src/index.ts';
import type { SearchRequest } from '@dhp/search-index/search';
import { storeUnderTest } from './database.ts';
import { allPages, everyone, names, put, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_of_records');
let store: FhirStore;

const profile = 'http://example.org/fhir/StructureDefinition/result';
const subject = { reference: 'Patient/p1' };

const day = (n: number): string => `2026-01-${String(n).padStart(2, '0')}`;
const observations = Array.from({ length: 12 }, (_, n): Resource => ({
  resourceType: 'Observation',
  id: `o${n}`,
  meta: { profile: n === 11 ? [`${profile}|2`] : [profile] },
  status: 'final',
  code: { text: 'x' },
  subject,
  effectiveDateTime: day(2 * n + 1),
}));
const procedures = Array.from({ length: 5 }, (_, n): Resource => ({
  ...{ resourceType: 'Procedure', id: `x${n}`, status: 'completed', subject },
  occurrenceDateTime: day(4 * n + 2),
}));
const undated: Resource = { resourceType: 'Flag', id: 'f1', status: 'active', code: { text: 'x' }, subject };
/** In the compartments of two patients. */
const shared: Resource = {
  ...{
    resourceType: 'Appointment',
    id: 'a1',
    status: 'booked',
    start: `${day(30)}T09:00:00Z`,
    end: `${day(30)}T10:00:00Z`,
  },
  participant: ['p1', 'p2'].map((id) => ({ actor: { reference: `Patient/${id}` }, status: 'accepted' })),
};

before(async () => {
  store = await underTest.open();
  await put(
    store,
    ...['p1', 'p2'].map((id) => ({ resourceType: 'Patient', id })),
    ...[...observations, ...procedures, undated, shared],
    {
      resourceType: 'Observation',
      id: 'other',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/p2' },
    },
    ...['1', '2'].map((version) => ({
      ...{
        resourceType: 'StructureDefinition',
        id: `s${version}`,
        url: profile,
        version,
        name: 'Result',
        status: 'active',
      },
      ...{ kind: 'resource', abstract: false, type: 'Observation' },
    })),
  );
});

/** All that is in the record of a patient, of some types. */
function record(patient: string, types: readonly string[], includes: SearchQuery['includes'] = []): SearchRequest {
  const any = [hash64(referenceText('Patient', patient))];
  const branches = types.map((type) => ({
    type,
    where: { op: 'all' as const, of: [{ op: 'patient' as const, any }] },
  }));
  return { query: { branches, sort: [], includes }, access: everyone, count: 100 };
}

async function statement(request: SearchRequest, what: string): Promise<string> {
  const { statements } = await store.explain(request);
  return statements.find((each) => each.what === what)!.sql;
}

describe('a record of many types', () => {
  it('is found whole, the newest first, on pages of every size', async () => {
    const dates = new Map([
      ['Appointment/a1', 30],
      ...observations.map(({ id }, n) => [`Observation/${id}`, 2 * n + 1] as const),
      ...procedures.map(({ id }, n) => [`Procedure/${id}`, 4 * n + 2] as const),
    ]);
    const dated = [...dates].sort(([, a], [, b]) => b - a).map(([name]) => name);
    for (const count of [1, 3, 7, 100]) {
      const found = await allPages(store, { ...record('p1', resourceTypes), count });
      assert.deepEqual(found.slice(0, dated.length), dated, `pages of ${count}`);
      // Resources without a date come last.
      assert.deepEqual(found.slice(dated.length).sort(), ['Flag/f1', 'Patient/p1']);
    }
    const others = await allPages(store, record('p2', resourceTypes));
    assert.deepEqual(others.sort(), ['Appointment/a1', 'Observation/other', 'Patient/p2']);
  });

  it('holds only what the caller may see of each type', async () => {
    const access = (type: string) =>
      type !== 'Procedure' && (type !== 'Observation' || { op: 'id' as const, any: ['o3'] });
    const page = await store.search({ ...record('p1', resourceTypes), access });
    assert.deepEqual(names(page).sort(), ['Appointment/a1', 'Flag/f1', 'Observation/o3', 'Patient/p1']);
  });

  it('is asked for by one statement that does not grow with the types', async () => {
    const [few, all] = [
      await statement(record('p1', resourceTypes.slice(0, 2)), 'page'),
      await statement(record('p1', resourceTypes), 'page'),
    ];
    assert.equal(all.length, few.length);
  });
});

describe('_include of a record', () => {
  const includes = [{ direction: 'include' as const, iterate: false, source: '*', parameter: '*' }];

  it('brings the profiles that its resources name, in their version where they name one', async () => {
    const page = await store.search(record('p1', ['Observation'], includes));
    assert.deepEqual(names({ matches: page.included }).sort(), [
      'Patient/p1',
      'StructureDefinition/s1',
      'StructureDefinition/s2',
    ]);
    const versioned = await store.search({ ...record('p1', ['Observation'], includes), count: 1 });
    assert.deepEqual(names(versioned), ['Observation/o11']);
    assert.deepEqual(names({ matches: versioned.included }).sort(), ['Patient/p1', 'StructureDefinition/s2']);
  });

  it('asks once for a profile that many name', async () => {
    const asked = async (count: number): Promise<string> =>
      statement({ ...record('p1', ['Observation'], includes), count }, 'includes');
    assert.equal((await asked(11)).length, (await asked(3)).length);
  });
});
