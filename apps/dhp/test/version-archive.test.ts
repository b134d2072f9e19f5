/** Files of versions that purges remove: none is missing and none is there twice, whatever ends a purge and whatever happens to its file. docs/decisions/0172-archives-of-versions.md */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { scanJson } from '@dhp/fhir-model';
import { openStore, migrations, type FhirStore } from '@dhp/fhir-store';
import {
  archivesOf,
  areThosePurged,
  runOfVersion,
  type ArchivedVersion,
  type ArchiveFile,
} from '@dhp/fhir-store/archive';
import { carryOutPurge, purgeOld, setRule, verifyPurges } from '@dhp/fhir-store/retention';
import { TrailActRefused, type LifeMeans } from '@dhp/fhir-store/trail';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { trailKeys } from '@dhp/trail';
import type { Purge } from '@dhp/trail/acts';
import { ArchiveDamaged, archiveFile, surveyOf, versionsOf, type ArchivePlace } from '../src/version-archive.ts';

let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
let means: LifeMeans;
let place: ArchivePlace;

before(async () => {
  database = await testDatabase({ name: 'archive', migrations: [migrations] });
  store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  ({ sql } = database);
  means = {
    sql,
    keys: trailKeys(Buffer.alloc(32, 7)),
    now: Date.now() + 2 * 86_400_000,
    by: 'cli:test',
    reason: 'order 12',
  };
  place = {
    folder: await mkdtemp(join(tmpdir(), 'dhp-archive-')),
    environment: 'playground',
    key: Buffer.alloc(32, 3),
  };
  await setRule(means, { type: 'Observation', earlier: 1 });
});
after(async () => {
  await store.close();
  await database.drop();
  await rm(place.folder, { recursive: true, force: true });
});

/** A version with characters that lines and JSON have to bear. */
const textOf = (id: string, n: number): string => `${id} ${String(n)}\n\u2028"\\ ғўқҳ ${'x'.repeat(200)}`;

async function put(name: string, resources: number, versions: number): Promise<void> {
  for (let n = 1; n <= versions; n += 1)
    await Promise.all(
      Array.from({ length: resources }, (_, number) => {
        const id = `${name}-${String(number)}`;
        const body = { resourceType: 'Observation', status: 'final', code: { text: textOf(id, n) } };
        const version = { type: 'Observation', source: scanJson(JSON.stringify(body)), resource: body };
        return store.update({ ...version, id, requireMatch: false, createAllowed: true });
      }),
    );
}

const earlier = async (): Promise<number> =>
  (await sql<{ n: number }[]>`select count(*)::int as n from fhir.history`)[0]!.n;

async function all(file: string, run: string, of = place): Promise<ArchivedVersion[]> {
  const found: ArchivedVersion[] = [];
  for await (const version of versionsOf(of, file, run)) found.push(version);
  return found;
}

/** Ends the purge behind what it has written, and before that is committed: the worst place for a kill. */
function endingAt(step: number, file: ArchiveFile): ArchiveFile {
  let count = 0;
  return {
    ...file,
    async append(versions) {
      const bytes = await file.append(versions);
      if ((count += 1) === step) throw new Error('ended here');
      return bytes;
    },
  };
}

for (const seals of [false, true])
  describe(seals ? 'an encrypted archive' : 'an archive', () => {
    const name = seals ? 's' : 'p';
    const archive = (run: string): ArchiveFile => archiveFile(place, run, seals);
    let run: string;
    let file: string;

    it('has each version once, where the purge was ended behind a part that was not committed', async () => {
      await put(name, 90, 6);
      const count = await earlier();
      await assert.rejects(purgeOld(means, { archive: (id) => endingAt(2, archive(id)) }), /ended here/);
      assert.equal(await earlier(), count - 200);
      await assert.rejects(purgeOld(means), TrailActRefused, 'without its file');
      // A purge that is asked for ends no other one that archives.
      const request = '0198c0de-0000-7000-8000-000000000009';
      await sql`insert into fhir.purge_request (id, client) values (${request}::uuid, 'registry') on conflict do nothing`;
      await assert.rejects(carryOutPurge(means, { request }), /writes to versions-playground-.*: end it first/);
      const report = await purgeOld(means, { archive });
      assert.equal(report.versions, count);
      assert.equal(await earlier(), 0);
      const one = (await archivesOf(sql, means.keys)).at(-1)!;
      ({ run } = one);
      ({ file } = one.archive);
      const found = await all(file, run);
      assert.equal(found.length, count);
      assert.equal(new Set(found.map(({ id, version }) => `${id} ${String(version)}`)).size, count);
      const some = found.find(({ id, version }) => id === `${name}-7` && version === 3);
      assert.equal((JSON.parse(some!.content) as { code: { text: string } }).code.text, textOf(`${name}-7`, 3));
      assert.ok(await areThosePurged(sql, run, found));
      assert.ok(!(await areThosePurged(sql, run, [{ ...some!, content: some!.content.replace('final', 'Final') }])));
      assert.equal(await runOfVersion(sql, { type: 'Observation', id: `${name}-7`, version: 3 }), run);
      assert.equal(await runOfVersion(sql, { type: 'Observation', id: `${name}-7`, version: 6 }), undefined);
      const { archive: signed, versions } = one;
      assert.deepEqual([versions, signed.types?.[0]?.versions, signed.isSealed], [count, count, seals]);
      assert.ok(signed.types![0]!.from <= signed.types![0]!.to);
      assert.deepEqual(await surveyOf(place, file, run), signed);
      assert.deepEqual((await verifyPurges(sql, means.keys)).broken, []);
    });

    it('is read by any program, or by nobody without the key', async () => {
      const bytes = await readFile(join(place.folder, file));
      if (!seals) {
        const [head, ...lines] = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
        assert.match(head!, /^\{"format":"dhp-versions","version":1,"environment":"playground"/);
        assert.equal(lines.length, 450);
        return;
      }
      assert.throws(() => gunzipSync(bytes));
      assert.ok(!bytes.includes('Observation'));
      await assert.rejects(all(file, run, { ...place, key: Buffer.alloc(32, 4) }), ArchiveDamaged);
      await assert.rejects(all(file, crypto.randomUUID()), ArchiveDamaged, 'of another purge');
    });

    it('is told apart from one that was changed or cut, wherever', async () => {
      const path = join(place.folder, file);
      const bytes = await readFile(path);
      const signed = await surveyOf(place, file, run);
      const isTold = async (changed: Buffer, what: string): Promise<void> => {
        await writeFile(path, changed);
        const now = await surveyOf(place, file, run).catch((error: unknown) => {
          assert.ok(error instanceof ArchiveDamaged, `${what}: ${String(error)}`);
          return undefined;
        });
        assert.notEqual(now?.sha256, signed.sha256, what);
      };
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 40)) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        await isTold(changed, `changed at ${String(at)}`);
        await isTold(bytes.subarray(0, at), `cut at ${String(at)}`);
      }
      await isTold(Buffer.concat([bytes, bytes]), 'twice');
      await writeFile(path, bytes);
      assert.equal((await surveyOf(place, file, run)).sha256, signed.sha256);
      await rm(path);
      await assert.rejects(all(file, run), /absent/);
      await writeFile(path, bytes);
    });
  });

describe('a purge whose file is not as it was', () => {
  const archive = (run: string): ArchiveFile => archiveFile(place, run, false);

  it('goes on when a copy is in its place, and ends without it where it is lost', async () => {
    await put('l', 90, 6);
    await assert.rejects(purgeOld(means, { archive: (id) => endingAt(3, archive(id)) }), /ended here/);
    const [row] = await sql<{ archive: string }[]>`select archive from fhir.purge_run where ended is null`;
    const path = join(place.folder, row!.archive);
    await copyFile(path, `${path}.copy`);
    const bytes = await readFile(path);
    const changed = Buffer.from(bytes);
    changed[bytes.length >> 2]! ^= 1;
    for (const [wrong, why] of [
      [changed, /--archive-lost/],
      [bytes.subarray(0, 100), /--archive-lost/],
    ] as const) {
      await writeFile(path, wrong);
      await assert.rejects(purgeOld(means, { archive }), why);
      assert.deepEqual(await readFile(path), Buffer.from(wrong), 'nothing is written behind it');
    }
    await rm(path);
    await assert.rejects(purgeOld(means, { archive }), TrailActRefused);
    const before = (await archivesOf(sql, means.keys)).length;
    const { versions } = await purgeOld(means, { archive, isLost: true });
    const [lost, next] = (await archivesOf(sql, means.keys)).slice(before);
    assert.deepEqual(lost!.archive, { file: row!.archive, isLost: true });
    assert.equal(lost!.versions + versions, 450);
    assert.equal((await all(next!.archive.file, next!.run)).length, versions);
    assert.deepEqual((await verifyPurges(sql, means.keys)).broken, []);
  });

  it('makes no file where there is nothing to purge', async () => {
    const before = (await archivesOf(sql, means.keys)).length;
    assert.equal((await purgeOld(means, { archive })).run, undefined);
    assert.equal((await archivesOf(sql, means.keys)).length, before);
  });
});

it('an erasure names the archives that have versions of what is erased', async () => {
  const request = '0198c0de-0000-7000-8000-000000000010';
  await sql`insert into fhir.purge_request (id, client) values (${request}::uuid, 'registry')`;
  await store.delete({ type: 'Observation', id: 'p-3' });
  await sql`insert into fhir.purge_item (request, type, id) values (${request}::uuid, 'Observation', 'p-3')`;
  const { statement } = await carryOutPurge(means, { request });
  const [first] = await archivesOf(sql, means.keys);
  assert.deepEqual((JSON.parse(statement) as Purge).erasure?.archives, [first!.archive.file]);
});
