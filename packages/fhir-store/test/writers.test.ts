import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, Writer } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('writers');

const laboratory: Writer = { kind: 'system', client: 'lab', subject: 'lab' };
const doctor: Writer = { kind: 'user', client: 'ehr', subject: 'account-1' };
const person: Writer = { kind: 'patient', client: 'app', subject: 'account-2', patient: 'a' };
const internal: Writer = { kind: 'internal' };

describe('the writer of each version', () => {
  let store: FhirStore;
  before(async () => {
    store = await underTest.open();
  });

  async function writers(id: string): Promise<(Writer | undefined)[]> {
    return (await store.writersOf('Patient', id)).map(({ writer }) => writer);
  }

  it('is recorded by single writes, a deletion and what brings the resource back', async () => {
    const created = await store.create({ ...patient(), writer: person });
    assert.ok('version' in created);
    const { id } = created.version;
    const change = { id, ...unconditional };
    await store.update({ ...patient({ n: 2 }), ...change, writer: doctor });
    await store.update({ ...patient({ n: 2 }), ...change, writer: laboratory }); // changes nothing: makes no version
    await store.update({ ...patient({ n: 3 }), ...change });
    assert.deepEqual(await store.creatorOf('Patient', id), person);
    await store.delete({ type: 'Patient', id, writer: doctor });
    assert.deepEqual(await store.creatorOf('Patient', id), person, 'of what was deleted');
    await store.update({ ...patient({ n: 5 }), ...change, writer: laboratory });
    assert.deepEqual(await writers(id), [laboratory, doctor, internal, doctor, person]);
    assert.deepEqual(await store.creatorOf('Patient', id), laboratory, 'who brought it back');
    const all = await store.writersOf('Patient', id);
    assert.deepEqual(
      all.map(({ versionId, deleted }) => [versionId, deleted]),
      [[5, false], [4, true], [3, false], [2, false], [1, false]], // prettier-ignore
    );
    assert.ok(!(await store.read('Patient', id))!.content.toString().includes('account'));
  });

  it('is recorded by transactions, each write with its own', async () => {
    await store.update({ ...patient({ n: 1 }), id: 'two', ...unconditional, writer: laboratory });
    await store.transaction([
      { kind: 'create', id: 'one', ...patient(), writer: doctor },
      { kind: 'update', ...patient({ n: 2 }), id: 'two', ...unconditional, writer: person },
      { kind: 'update', ...patient(), id: 'three', ...unconditional },
    ]);
    await store.transaction(async () => [{ kind: 'delete', type: 'Patient', id: 'one', writer: person }]);
    assert.deepEqual(await writers('one'), [person, doctor]);
    assert.deepEqual(await writers('two'), [person, laboratory]);
    assert.deepEqual(await writers('three'), [internal]);
  });

  it('is the platform for what is stored in bulk', async () => {
    async function* some(): AsyncGenerator<ReturnType<typeof patient> & { id: string }> {
      yield { ...patient(), id: 'bulk' };
    }
    await store.bulkInsert(some());
    assert.deepEqual(await writers('bulk'), [internal]);
  });

  it('follows a resource that moves to another shard', async () => {
    const of = (subject: string): ReturnType<typeof patient> =>
      newVersion({ resourceType: 'Observation', subject: { reference: `Patient/${subject}` } });
    for (const [n, writer] of [laboratory, doctor, person].entries()) {
      await store.update({ ...of(`p${n}`), id: 'moving', ...unconditional, writer });
      await store.update({ ...of(`q${n}`), id: 'moving', ...unconditional, writer });
    }
    assert.deepEqual(await store.creatorOf('Observation', 'moving'), laboratory);
    assert.ok((await store.writersOf('Observation', 'moving')).every(({ writer }) => writer !== undefined));
  });

  it('is unknown for versions from before it was recorded, and for what never existed', async () => {
    await store.update({ ...patient({ n: 1 }), id: 'old', ...unconditional, writer: person });
    await underTest.database.sql`update fhir.resource set writer = null where id = 'old'`;
    await store.update({ ...patient({ n: 2 }), id: 'old', ...unconditional, writer: person });
    assert.deepEqual(await writers('old'), [person, undefined]);
    assert.equal(await store.creatorOf('Patient', 'old'), undefined);
    assert.deepEqual(await writers('nobody'), []);
    assert.equal(await store.creatorOf('Patient', 'nobody'), undefined);
    assert.deepEqual(await store.writersOf('Nothing', 'not an id, at all'), []);
  });
});
