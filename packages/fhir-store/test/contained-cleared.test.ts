/** Rows of contained resources go with their containers. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('contained_cleared');
const { sql } = underTest.database;
let store: FhirStore;

function request(id: string, lotNumber: string): Resource {
  return {
    resourceType: 'MedicationRequest',
    id,
    status: 'active',
    intent: 'order',
    subject: { reference: 'Patient/p' },
    medication: { reference: { reference: '#m' } },
    contained: [{ resourceType: 'Medication', id: 'm', batch: { lotNumber } }],
  };
}

async function rows(): Promise<number> {
  return Number((await sql<{ n: string }[]>`select count(*) as n from fhir.contained`)[0]!.n);
}

/** A server that has just started clears at once, from a random place; the next one may clear the rest. */
async function cleared(to: number, within = 20_000): Promise<void> {
  const deadline = Date.now() + within;
  while ((await rows()) !== to) {
    assert.ok(Date.now() < deadline, `${await rows()} rows are left, and not ${to}`);
    const another = await underTest.open({ clearsAfter: 0 });
    await delay(50);
    await another.close();
  }
}

/** Makes the rows look as if no such resource was stored for an hour. */
const age = () => sql`update fhir.contained set at = now() - interval '1 hour'`;
const found = async (lot: string): Promise<string[]> =>
  names(await search(store, 'Medication', `lot-number=${lot}&_contained=true`)).sort();

before(async () => {
  store = await underTest.open();
});

describe('the row of a contained resource', () => {
  it('goes when its only container is deleted, and is found by nothing before it goes', async () => {
    await put(store, request('a', 'x'), request('b', 'y'));
    assert.equal(await rows(), 2);
    await store.delete({ type: 'MedicationRequest', id: 'a' });
    assert.deepEqual([await found('x'), await rows()], [[], 2]);
    for (const query of ['medication:Medication.lot-number=x', 'medication:Medication.lot-number:missing=false']) {
      const page = names(await search(store, 'MedicationRequest', query));
      assert.ok(!page.includes('MedicationRequest/a'), query);
    }
    await age();
    await cleared(1);
    assert.deepEqual(await found('y'), ['MedicationRequest/b']);
  });

  it('goes when its container is changed, and stays while another one has the same', async () => {
    await put(store, request('c', 'y'), request('b', 'z'));
    assert.equal(await rows(), 2);
    await put(store, request('c', 'z'));
    await age();
    await cleared(1);
    assert.deepEqual([await found('y'), await found('z')], [[], ['MedicationRequest/b', 'MedicationRequest/c']]);
    await store.delete({ type: 'MedicationRequest', id: 'c' });
    await age();
    await assert.rejects(cleared(0, 1_500), /1 rows are left/, 'the other container still names it');
    assert.deepEqual(await found('z'), ['MedicationRequest/b']);
  });

  it('comes back with a container that this server has stored before', async () => {
    await store.delete({ type: 'MedicationRequest', id: 'b' });
    await age();
    await cleared(0);
    await put(store, request('d', 'z'));
    assert.deepEqual(await found('z'), ['MedicationRequest/d']);
    await store.delete({ type: 'MedicationRequest', id: 'd' });
    await age();
    await cleared(0);
  });

  it('stays for a while after it was stored, since the transaction of its container may be open', async () => {
    await put(store, request('e', 'z'));
    await store.delete({ type: 'MedicationRequest', id: 'e' });
    await assert.rejects(cleared(0, 1_500), /1 rows are left/);
    await age();
    await put(store, request('f', 'z'));
    await store.delete({ type: 'MedicationRequest', id: 'f' });
    await assert.rejects(cleared(0, 1_500), /1 rows are left/, 'whoever stores it again says so');
    await age();
    await cleared(0);
  });
});
