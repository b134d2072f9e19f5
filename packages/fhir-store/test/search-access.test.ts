import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Condition, conditionOf } from '@dhp/search-index';
import { hash64, referenceText } from '@dhp/search-index/keys';
import type { ReadPermission, FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, parsed, put, search, timeZone } from './search-world.ts';

const underTest = await storeUnderTest('search_access');
let store: FhirStore;

const ofPatient = (...ids: string[]): Condition => ({
  op: 'patient',
  any: ids.map((id) => hash64(referenceText('Patient', id))),
});
/** The compartment of one patient, and nothing outside of compartments. */
const own =
  (id: string): ReadPermission =>
  () =>
    ofPatient(id);
const only =
  (...types: string[]): ReadPermission =>
  (type) =>
    types.includes(type);
const where = (type: string, name: string, value: string): Condition =>
  conditionOf(type, [[name, value]], { timeZone, now: new Date(), ownBases: [], lenient: false });

before(async () => {
  store = await underTest.open();
  for (const n of [1, 2]) {
    await put(
      store,
      {
        resourceType: 'Patient',
        id: `p${n}`,
        identifier: [{ system: 'urn:ids', value: `n${n}` }],
        name: [{ family: `Karimov${n}` }],
        generalPractitioner: [{ reference: 'Practitioner/d1' }],
      },
      {
        resourceType: 'Observation',
        id: `o${n}`,
        status: 'final',
        category: [{ coding: [{ system: 'urn:c', code: n === 1 ? 'lab' : 'vital' }] }],
        code: { coding: [{ system: 'urn:codes', code: 'glucose' }] },
        subject: { reference: `Patient/p${n}` },
        encounter: { reference: `Encounter/e${n}` },
        effectiveDateTime: `2024-01-0${n}`,
      },
      { resourceType: 'Encounter', id: `e${n}`, status: 'completed', subject: { reference: `Patient/p${n}` } },
    );
  }
  await put(
    store,
    { resourceType: 'Practitioner', id: 'd1', name: [{ family: 'Usmonov' }] },
    {
      resourceType: 'Observation',
      id: 'both',
      status: 'final',
      code: { coding: [{ system: 'urn:codes', code: 'glucose' }] },
      subject: { reference: 'Patient/p1' },
      performer: [{ reference: 'Patient/p2' }],
      effectiveDateTime: '2024-02-01',
    },
  );
});

async function found(access: ReadPermission, type: string, query: string): Promise<string[]> {
  return names(await search(store, type, query, { access })).sort();
}

describe('what the caller may see', () => {
  const everyone: ReadPermission = () => true;

  it('is all, nothing, or what meets a condition', async () => {
    assert.deepEqual(await found(everyone, 'Observation', 'code=glucose'), [
      'Observation/both',
      'Observation/o1',
      'Observation/o2',
    ]);
    assert.deepEqual(await found(() => false, 'Observation', 'code=glucose'), []);
    assert.deepEqual(await found(own('p1'), 'Observation', 'code=glucose'), ['Observation/both', 'Observation/o1']);
    assert.deepEqual(await found(own('p2'), 'Observation', 'code=glucose'), ['Observation/both', 'Observation/o2']);
    assert.deepEqual(await found(own('p3'), 'Observation', ''), []);
    assert.deepEqual(await found(own('p1'), 'Patient', ''), ['Patient/p1']);
    assert.deepEqual(await found(own('p1'), 'Observation', 'patient=p2'), []);
    assert.deepEqual(await found(own('p2'), 'Observation', 'performer=Patient/p2'), ['Observation/both']);
  });

  it('is not what the search asks for in its place', async () => {
    for (const query of ['_id=o2', 'code:not=x', 'status=final,amended', 'category:missing=true', '_sort=status', '']) {
      const all = await found(everyone, 'Observation', query);
      const seen = await found(own('p1'), 'Observation', query);
      const mine = all.filter((name) => name !== 'Observation/o2');
      assert.deepEqual(seen, mine, query);
    }
    assert.deepEqual(await found(own('p1'), 'Observation', '_id=o2'), []);
  });

  it('holds for the conditions of a finer scope', async () => {
    const access: ReadPermission = (type) => (type === 'Observation' ? where(type, 'category', 'urn:c|lab') : false);
    assert.deepEqual(await found(access, 'Observation', ''), ['Observation/o1']);
    assert.deepEqual(await found(access, 'Observation', 'code=glucose&patient=p2'), []);
    assert.deepEqual(await found(access, 'Observation', 'category=vital'), []);
  });

  it('holds inside chains, to any depth', async () => {
    const query = 'patient.identifier=urn:ids|n2';
    assert.deepEqual(await found(everyone, 'Observation', query), ['Observation/o2']);
    assert.deepEqual(await found(only('Observation'), 'Observation', query), []);
    const notTheOther: ReadPermission = (type) => (type === 'Patient' ? ofPatient('p1') : true);
    assert.deepEqual(await found(notTheOther, 'Observation', query), []);
    assert.deepEqual(await found(notTheOther, 'Observation', 'patient.identifier=urn:ids|n1'), [
      'Observation/both',
      'Observation/o1',
    ]);
    const deep = 'patient.general-practitioner.family=usmonov';
    assert.equal((await found(everyone, 'Observation', deep)).length, 3);
    assert.deepEqual(await found(only('Observation', 'Patient'), 'Observation', deep), []);
    assert.deepEqual(await found(only('Observation', 'Practitioner'), 'Observation', deep), []);
  });

  it('holds inside chains that are checked candidate by candidate', async () => {
    // The matches of a negation are never looked up before the search.
    const negated: Condition = {
      op: 'refers',
      seeds: refersSeeds('patient.identifier=urn:ids|n2'),
      type: 'Patient',
      where: { op: 'not', of: where('Patient', 'identifier', 'urn:ids|n1') },
    };
    const ask = async (access: ReadPermission): Promise<string[]> =>
      names(
        await store.search({
          query: { branches: [{ type: 'Observation', where: negated }], sort: [], includes: [] },
          access,
          count: 10,
        }),
      ).sort();
    assert.deepEqual(await ask(everyone), ['Observation/o2']);
    assert.deepEqual(await ask(only('Observation')), []);
    assert.deepEqual(await ask((type) => (type === 'Patient' ? ofPatient('p1') : true)), []);
  });

  it('holds inside _has, nested too', async () => {
    const query = '_has:Observation:patient:code=glucose';
    assert.deepEqual(await found(everyone, 'Patient', query), ['Patient/p1', 'Patient/p2']);
    assert.deepEqual(await found(only('Patient'), 'Patient', query), []);
    const lab: ReadPermission = (type) => (type === 'Observation' ? where(type, 'category', 'lab') : true);
    assert.deepEqual(await found(lab, 'Patient', query), ['Patient/p1']);
    const nested = '_has:Encounter:patient:_has:Observation:encounter:status=final';
    assert.deepEqual(await found(everyone, 'Patient', nested), ['Patient/p1', 'Patient/p2']);
    assert.deepEqual(await found(lab, 'Patient', nested), ['Patient/p1']);
    assert.deepEqual(await found(only('Patient', 'Observation'), 'Patient', nested), []);
  });

  it('holds for includes, in both directions and repeated', async () => {
    const included = async (access: ReadPermission, type: string, query: string): Promise<string[]> => {
      const page = await search(store, type, query, { access });
      return page.included.map((version) => `${version.type}/${version.id}`).sort();
    };
    const query = '_id=o1&_include=Observation:patient&_include=Observation:encounter';
    assert.deepEqual(await included(everyone, 'Observation', query), ['Encounter/e1', 'Patient/p1']);
    assert.deepEqual(await included(only('Observation', 'Encounter'), 'Observation', query), ['Encounter/e1']);
    const both = '_id=p1&_revinclude=Observation:patient&_revinclude:iterate=Observation:encounter';
    assert.deepEqual(await included(everyone, 'Patient', both), ['Observation/both', 'Observation/o1']);
    const lab: ReadPermission = (type) => (type === 'Observation' ? where(type, 'category', 'lab') : true);
    assert.deepEqual(await included(lab, 'Patient', both), ['Observation/o1']);
    assert.deepEqual(await included(own('p2'), 'Patient', '_id=p2&_revinclude=*'), [
      'Encounter/e2',
      'Observation/both',
      'Observation/o2',
    ]);
    assert.deepEqual(await included(only('Patient', 'Encounter'), 'Patient', '_id=p2&_revinclude=*'), ['Encounter/e2']);
  });

  it('holds for totals', async () => {
    const total = async (access: ReadPermission, query: string, kind: 'accurate' | 'estimate'): Promise<number> =>
      (await search(store, 'Observation', query, { access, total: kind })).total!.value;
    for (const kind of ['accurate', 'estimate'] as const) {
      assert.equal(await total(everyone, 'code=glucose', kind), 3);
      assert.equal(await total(own('p1'), 'code=glucose', kind), 2);
      assert.equal(await total(() => false, 'code=glucose', kind), 0);
    }
  });

  it('is no matter for what the server asks itself', async () => {
    const named = await store.find('Observation', where('Observation', 'code', 'glucose'), 10);
    assert.deepEqual(named.map(({ id, versionId }) => `${id}/${versionId}`).sort(), ['both/1', 'o1/1', 'o2/1']);
    assert.equal((await store.find('Observation', where('Observation', 'code', 'glucose'), 2)).length, 2);
    assert.deepEqual(await store.find('Observation', where('Observation', 'code', 'x'), 2), []);
  });
});

function refersSeeds(query: string): readonly bigint[] {
  const find = (condition: Condition): readonly bigint[] | undefined => {
    if (condition.op === 'refers') return condition.seeds;
    if (condition.op !== 'all' && condition.op !== 'any') return undefined;
    return condition.of.map(find).find((seeds) => seeds !== undefined);
  };
  return find(parsed('Observation', query).query.branches[0]!.where)!;
}
