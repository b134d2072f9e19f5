import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, StoredVersion, WriteOutcome } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, textVersion, unconditional } from './database.ts';

const underTest = await storeUnderTest('versions');
const strict = { requireMatch: true, createAllowed: true };

function stored(outcome: WriteOutcome): StoredVersion {
  assert.ok('version' in outcome, `stored nothing: ${outcome.kind}`);
  return outcome.version;
}

describe('versions of a resource', () => {
  let store: FhirStore;
  let now = Date.parse('2026-11-25T00:40:12.345Z');
  before(async () => {
    store = await underTest.open({ clock: () => new Date(now) });
  });

  it('creates under a UUID and reads the exact bytes, stamped', async () => {
    const outcome = await store.create(
      textVersion('{ "resourceType": "Observation", "valueQuantity": {"value": 1.00} }'),
    );
    const version = stored(outcome);
    assert.equal(outcome.kind, 'created');
    assert.match(version.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const expected =
      `{ "resourceType": "Observation", "id": "${version.id}", "meta": {"versionId": "1",` +
      '"lastUpdated": "2026-11-25T05:40:12.345+05:00"}, "valueQuantity": {"value": 1.00} }';
    assert.equal(version.content.toString(), expected);
    const read = await store.read('Observation', version.id);
    assert.deepEqual(read, { ...version, content: read?.content });
    assert.equal(read.content.toString(), expected);
    assert.equal(read.lastUpdated.getTime(), now);
  });

  it('does not find what never existed', async () => {
    assert.equal(await store.read('Patient', 'nobody'), undefined);
    assert.equal(await store.read('Patient', 'not an id, at all'), undefined);
    assert.equal(await store.read('Nothing', 'x'), undefined);
    assert.equal(await store.vread('Patient', 'nobody', 1), undefined);
    assert.deepEqual(await store.history('Patient', 'nobody', { count: 10 }), { versions: [], total: 0 });
  });

  it('keeps ids that SQL might misread, and the same id of two types apart', async () => {
    for (const id of ['null', 'NULL', 'true', '0', '-.-', 'A', 'a', 'x'.repeat(64)]) {
      assert.equal((await store.update({ ...patient({ id }), id, ...unconditional })).kind, 'created');
    }
    await store.update({ ...newVersion({ resourceType: 'Basic' }), id: 'null', ...unconditional });
    assert.equal((await store.read('Patient', 'null'))?.type, 'Patient');
    assert.match((await store.read('Basic', 'null'))!.content.toString(), /"Basic"/);
    assert.equal((await store.read('Patient', 'A'))?.id, 'A');
    const several = await Promise.all(['null', 'A', 'a', 'NULL'].map((id) => store.read('Patient', id)));
    assert.deepEqual(
      several.map((version) => version?.id),
      ['null', 'A', 'a', 'NULL'],
    );
  });

  it('updates with If-Match, and says which version is current otherwise', async () => {
    const { id } = stored(await store.create(patient()));
    const next = { ...patient({ gender: 'female' }), id, ...strict };
    assert.deepEqual(await store.update(next), { kind: 'match-required', current: 1 });
    assert.deepEqual(await store.update({ ...next, ifMatch: [7] }), { kind: 'version-mismatch', current: 1 });
    assert.deepEqual(await store.update({ ...next, ifMatch: [2 ** 40] }), { kind: 'version-mismatch', current: 1 });
    assert.deepEqual(await store.update({ ...next, ifMatch: [5, 6] }), { kind: 'version-mismatch', current: 1 });
    const second = stored(await store.update({ ...next, ifMatch: [1] }));
    assert.equal(second.versionId, 2);
    assert.match(second.content.toString(), /"versionId":"2"/);
    assert.deepEqual((await store.read('Patient', id))?.content.toString(), second.content.toString());
    const third = await store.update({ ...patient({ gender: 'male' }), id, ...strict, ifMatch: [9, 2] });
    assert.equal(stored(third).versionId, 3);
    const fourth = await store.update({ ...patient({ gender: 'other' }), id, ...strict, ifMatch: '*' });
    assert.deepEqual([fourth.kind, stored(fourth).versionId], ['updated', 4]);
    const fifth = await store.update({ ...patient({ gender: 'unknown' }), id, ...unconditional });
    assert.deepEqual([fifth.kind, stored(fifth).versionId], ['updated', 5]);
  });

  it('refuses an update that may not create, or whose If-Match meets nothing', async () => {
    const update = { ...patient(), id: 'absent', ...strict };
    assert.deepEqual(await store.update({ ...update, createAllowed: false }), { kind: 'not-found' });
    assert.deepEqual(await store.update({ ...update, ifMatch: [1] }), { kind: 'not-found' });
    assert.deepEqual(await store.update({ ...update, ifMatch: '*' }), { kind: 'not-found' });
    assert.equal(await store.read('Patient', 'absent'), undefined);
  });

  it('makes no version of what has not changed', async () => {
    const { id } = stored(await store.create(patient({ birthDate: '1990-01-01' })));
    now += 1000;
    const same = await store.update({ ...patient({ birthDate: '1990-01-01' }), id, ...strict, ifMatch: [1] });
    assert.deepEqual([same.kind, stored(same).versionId], ['unchanged', 1]);
    assert.equal(stored(same).lastUpdated.getTime(), now - 1000);
    const resent = textVersion((await store.read('Patient', id))!.content.toString());
    assert.equal((await store.update({ ...resent, id, ...unconditional })).kind, 'unchanged');
    const other = await store.update({ ...patient({ birthDate: '1990-01-02' }), id, ...strict, ifMatch: [1] });
    assert.deepEqual([other.kind, stored(other).versionId], ['updated', 2]);
    assert.equal((await store.history('Patient', id, { count: 9 })).total, 2);
  });

  it('tells a change that keeps the length from none, wherever the stamp stands', async () => {
    const meta = '"meta":{"lastUpdated":"2020-01-01T00:00:00.000+05:00","tag":[{"code":"t"}],"versionId":"1"}';
    const layouts = [
      (text: string, id: string) => `{"resourceType":"Basic","id":"${id}","code":{"text":"${text}"}}`,
      (text: string, id: string) => `{"code":{"text":"${text}"},"id":"${id}","resourceType":"Basic"}`,
      (text: string, id: string) => `{"code":{"text":"${text}"},"resourceType":"Basic",${meta},"id":"${id}"}`,
      (text: string, id: string) => `{"resourceType":"Basic",${meta.replace('"t"', `"${text}"`)},"id":"${id}"}`,
      (text: string, id: string) => `{"resourceType":"Basic",${meta},"id":"${id}","code":{"text":"𝒳 ${text}"}}`,
      (text: string, id: string) => `{ "code": {"text": "𝒳 Ғ ${text}"}, "resourceType": "Basic", "id": "${id}" }`,
    ];
    for (const [n, layout] of layouts.entries()) {
      const id = `layout-${n}`;
      const put = async (text: string): Promise<[kind: string, version: number, isWhole: boolean]> => {
        now += 1000;
        const sent = textVersion(layout(text, id));
        const outcome = await store.update({ ...sent, id, ...unconditional });
        const current = (await store.read('Basic', id))!.content.toString();
        return [outcome.kind, stored(outcome).versionId, current.includes(text)];
      };
      assert.deepEqual(await put('aaa'), ['created', 1, true]);
      for (let version = 2; version <= 11; version += 1) {
        const text = `a${String.fromCharCode(96 + version)}𝒴`;
        assert.deepEqual(await put(text), ['updated', version, true], `layout ${n}`);
        assert.deepEqual(await put(text), ['unchanged', version, true], `layout ${n}`);
      }
      assert.equal((await store.history('Basic', id, { count: 20 })).total, 11);
    }
  });

  it('sees no change over the step from 9 to 10, where the stamp grows', async () => {
    const { id } = stored(await store.create(patient({ multipleBirthInteger: 1 })));
    for (let n = 2; n <= 9; n += 1)
      await store.update({ ...patient({ multipleBirthInteger: n }), id, ...unconditional });
    const same = await store.update({ ...patient({ multipleBirthInteger: 9 }), id, ...strict, ifMatch: [9] });
    assert.deepEqual([same.kind, stored(same).versionId], ['unchanged', 9]);
    const tenth = await store.update({ ...patient({ multipleBirthInteger: 8 }), id, ...strict, ifMatch: [9] });
    assert.deepEqual([tenth.kind, stored(tenth).versionId], ['updated', 10]);
  });

  it('deletes, keeps the versions, and counts on when the id is put again', async () => {
    const id = 'phoenix';
    await store.update({ ...patient(), id, ...strict });
    assert.deepEqual(await store.delete({ type: 'Patient', id, ifMatch: [3] }), {
      kind: 'version-mismatch',
      current: 1,
    });
    const gone = await store.delete({ type: 'Patient', id, ifMatch: [1] });
    assert.deepEqual([gone.kind, stored(gone).versionId, stored(gone).deleted], ['deleted', 2, true]);
    const read = await store.read('Patient', id);
    assert.deepEqual([read?.versionId, read?.deleted, read?.content.length], [2, true, 0]);
    for (const ifMatch of [undefined, [1], [2]]) {
      const again = await store.delete({ type: 'Patient', id, ...(ifMatch === undefined ? {} : { ifMatch }) });
      assert.deepEqual([again.kind, stored(again).versionId, stored(again).deleted], ['already-deleted', 2, true]);
    }
    const blind = { ...patient(), id, ...strict };
    for (const ifMatch of [[2], [1], '*'] as const) {
      assert.deepEqual(await store.update({ ...blind, ifMatch }), { kind: 'not-found' });
    }
    assert.deepEqual(await store.update({ ...blind, createAllowed: false }), { kind: 'not-found' });
    const back = await store.update(blind);
    assert.deepEqual([back.kind, stored(back).versionId, stored(back).deleted], ['created', 3, false]);
    assert.deepEqual(await store.delete({ type: 'Patient', id: 'never' }), { kind: 'not-found' });

    const { versions, total } = await store.history('Patient', id, { count: 10 });
    assert.equal(total, 3);
    assert.deepEqual(
      versions.map(({ versionId, deleted }) => [versionId, deleted]),
      [
        [3, false],
        [2, true],
        [1, false],
      ],
    );
    assert.equal((await store.vread('Patient', id, 2))?.deleted, true);
  });

  it('reads every version as it was, and pages through the history', async () => {
    const { id } = stored(await store.create(patient({ multipleBirthInteger: 1 })));
    for (let n = 2; n <= 12; n += 1)
      await store.update({ ...patient({ multipleBirthInteger: n }), id, ...unconditional });
    for (const n of [1, 2, 11, 12]) {
      const content = (await store.vread('Patient', id, n))!.content.toString();
      assert.match(content, new RegExp(`"versionId":"${n}",.*"multipleBirthInteger":${n}\\}$`));
    }
    for (const n of [0, 13, -1, 1.5, 2 ** 40]) assert.equal(await store.vread('Patient', id, n), undefined);
    const pages: number[][] = [];
    for (let before: number | undefined; ; before = pages.at(-1)!.at(-1)!) {
      const { versions, total } = await store.history('Patient', id, { count: 5, ...(before ? { before } : {}) });
      assert.equal(total, 12);
      if (versions.length === 0) break;
      pages.push(versions.map(({ versionId }) => versionId));
    }
    assert.deepEqual(pages, [
      [12, 11, 10, 9, 8],
      [7, 6, 5, 4, 3],
      [2, 1],
    ]);
  });

  it('never lets a later version be earlier, even when the clock goes back', async () => {
    const { id } = stored(await store.create(patient()));
    const first = now;
    now -= 60_000;
    const next = stored(await store.update({ ...patient({ gender: 'male' }), id, ...strict, ifMatch: [1] }));
    assert.equal(next.lastUpdated.getTime(), first);
    assert.match(
      next.content.toString(),
      new RegExp(`"${new Date(first + 18_000_000).toISOString().slice(0, -1)}\\+05:00"`),
    );
    const gone = stored(await store.delete({ type: 'Patient', id }));
    assert.equal(gone.lastUpdated.getTime(), first);
  });

  it('counts what is not deleted', async () => {
    for (let n = 0; n < 3; n += 1) await store.create(newVersion({ resourceType: 'Flag' }));
    const { id } = stored(await store.create(newVersion({ resourceType: 'Flag' })));
    await store.delete({ type: 'Flag', id });
    const counts = new Map((await store.statistics()).map(({ type, count }) => [type, count]));
    assert.equal(counts.get('Flag'), 3);
    assert.equal(counts.has('Account'), false);
  });

  it('refuses a type that does not exist and an id that is none', async () => {
    await assert.rejects(store.create(newVersion({ resourceType: 'Nothing' })), TypeError);
    await assert.rejects(store.update({ ...patient(), id: 'a,b', ...unconditional }), TypeError);
  });
});
