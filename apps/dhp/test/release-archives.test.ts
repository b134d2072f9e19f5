/** Terminology archives come from publishers, but a file may contain anything: its cost grows only with its size. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readRelease, ReleaseFault, releaseKinds } from '@dhp/terminology-release';
import { mostGrowth, workOf } from '../../../tests/cost/growth.ts';
import { countWork } from '../../../tests/cost/work.ts';
import { zipOf } from '../../../tests/zip.ts';
import { openRelease } from '../src/terminology/open-release.ts';

const counter = countWork();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dhp-archives-'));
});
after(async () => {
  counter.close();
  await rm(folder, { recursive: true });
});

const archive = async (name: string, bytes: Buffer): Promise<string> => {
  const path = join(folder, `${name}.zip`);
  await writeFile(path, bytes);
  return path;
};

for (const kind of releaseKinds) {
  test(`${kind}: an archive of four times as many files takes at most ${mostGrowth} times the work`, async () => {
    const paths = new Map<number, string>();
    for (const n of [200, 400, 800]) {
      const files = Object.fromEntries(Array.from({ length: n }, (_, i) => [`folder/${i}/other.txt`, 'x']));
      paths.set(n, await archive(`${kind}-${n}`, zipOf(files)));
    }
    const [one, two, four] = await workOf(counter, 200, async (n) => {
      const release = await openRelease(paths.get(n)!, () => undefined);
      await assert.rejects(readRelease(kind, release, {}), ReleaseFault);
      release.close();
    });
    assert.ok(four <= mostGrowth * one, `${one}, ${two}, ${four}`);
  });
}

test('a file that is larger than the directory of its archive says is not read further', async () => {
  const bytes = zipOf({ 'bomb.txt': '0'.repeat(50_000_000) });
  assert.ok(bytes.length < 100_000, 'it is packed to a thousandth');
  // In the central directory, the uncompressed size is 24 bytes after its signature.
  bytes.writeUInt32LE(1_000, bytes.lastIndexOf('PK\u0001\u0002', undefined, 'latin1') + 24);
  const release = await openRelease(await archive('bomb', bytes), () => undefined);
  let read = 0;
  await assert.rejects(async () => {
    for await (const piece of release.files[0]!.open()) read += piece.length;
  }, /too many bytes in the stream/);
  assert.ok(read <= 1_000, `${read} bytes`);
  release.close();
});

test('an archive in an archive is a file like any other', async () => {
  const inner = zipOf({ 'Release/other.txt': 'x' }).toString('latin1');
  const release = await openRelease(await archive('nested', zipOf({ 'inner.zip': inner })), () => undefined);
  assert.deepEqual(
    release.files.map(({ path }) => path),
    ['inner.zip'],
  );
  release.close();
});
