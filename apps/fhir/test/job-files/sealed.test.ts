/**
 * Encrypted files of jobs: the storage reveals nothing of them, and files modified there are refused.
 * docs/decisions/0160-files-of-jobs-in-s3.md
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StorageFailure, type JobFiles } from '../../src/contract/job-files.ts';
import { openFolder } from '../../src/job-files/folder.ts';
import { sealing } from '../../src/job-files/sealed.ts';

const key = randomBytes(32);
const chunk = 500;
/** Sizes of a stored chunk and of the header before the first one. */
const [whole, head] = [chunk + 16, 65];
const job = crypto.randomUUID();
const file = { number: 3, attempt: 1, isSealed: true };
const text = Buffer.from(
  Array.from({ length: 220 }, (_, n) => `the secret line ${String(n).padStart(4, '0')}\n`).join(''),
);

let home: string;
let files: JobFiles;
let place: string;
let stored: Buffer;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'dhp-sealed-'));
  files = sealing(openFolder(home), { key, isOn: true, chunk });
  await make(files, file);
  place = join(home, job, '3-1.sealed');
  stored = await readFile(place);
});
after(() => rm(home, { recursive: true }));

async function make(into: JobFiles, { number, attempt }: typeof file, of = job): Promise<void> {
  const made = await into.create(of, { number, attempt });
  await made.append(text);
  await made.end();
}

async function take(from = files, name = file, of = job): Promise<Buffer | undefined> {
  const opened = await from.open(of, name);
  try {
    return await opened?.read(0, 10_000);
  } finally {
    await opened?.close();
  }
}

const isDamaged = (error: unknown): true => {
  assert.ok(error instanceof StorageFailure && error.reason === 'damaged' && !error.isPassing, String(error));
  return true;
};

describe('an encrypted file', () => {
  it('tells the storage how long it is, and nothing else', async () => {
    assert.equal(text.length, 4_620);
    assert.equal(stored.length, head + text.length + 10 * 16);
    for (const part of ['secret', 'line', '0001']) assert.ok(!stored.includes(part), part);
    const again = sealing(openFolder(home), { key, isOn: true, chunk });
    const other = crypto.randomUUID();
    await make(again, file, other);
    const same = await readFile(join(home, other, '3-1.sealed'));
    for (let at = head; at < same.length; at += 16)
      assert.ok(!same.subarray(at, at + 16).equals(stored.subarray(at, at + 16)));
  });

  it('is read from any place by what lies there alone', async () => {
    const ranges: (readonly [number, number])[] = [];
    const inner = openFolder(home);
    const counted = sealing(
      {
        ...inner,
        async open(...named) {
          const opened = (await inner.open(...named))!;
          const read = (at: number, length: number): Promise<Buffer> => {
            ranges.push([at, length]);
            return opened.read(at, length);
          };
          return { ...opened, read };
        },
      },
      { key, isOn: true, chunk },
    );
    const opened = (await counted.open(job, file))!;
    assert.equal(opened.size, text.length);
    ranges.length = 0;
    assert.deepEqual(await opened.read(2_100, 300), text.subarray(2_100, 2_400));
    assert.deepEqual(ranges, [[head + 4 * whole, whole]]);
    assert.deepEqual(await opened.read(2_450, 100), text.subarray(2_450, 2_550));
    assert.deepEqual(await opened.read(4_600, 100), text.subarray(4_600));
    for (const position of [4_620, 4_621, 9_999]) assert.equal((await opened.read(position, 10)).length, 0);
    await opened.close();
  });

  it('is not taken where any byte of it is another one', async () => {
    for (let at = 0; at < stored.length; at += 41) {
      const changed = Buffer.from(stored);
      changed[at]! ^= 1;
      await writeFile(place, changed);
      await assert.rejects(take(), isDamaged, String(at));
    }
    await writeFile(place, stored);
    assert.deepEqual(await take(), text);
  });

  it('is not taken where chunks are missing, moved, doubled or more', async () => {
    const [start, chunks] = [stored.subarray(0, head), [] as Buffer[]];
    for (let at = head; at < stored.length; at += whole) chunks.push(stored.subarray(at, at + whole));
    assert.equal(chunks.length, 10);
    const swapped = [chunks[1]!, chunks[0]!, ...chunks.slice(2)];
    for (const [name, parts] of Object.entries({
      'cut at a chunk': chunks.slice(0, 9),
      'cut to the first': chunks.slice(0, 1),
      'without any': [],
      'cut in a chunk': [...chunks.slice(0, 4), chunks[4]!.subarray(0, 100)],
      'cut by a byte': [...chunks.slice(0, 9), chunks[9]!.subarray(0, -1)],
      'without one in the middle': chunks.filter((_, n) => n !== 4),
      'in another order': swapped,
      'with one twice': [...chunks.slice(0, 5), ...chunks.slice(4)],
      'with the last one twice': [...chunks, chunks[9]!],
      'with more behind it': [...chunks, randomBytes(30)],
    })) {
      await writeFile(place, Buffer.concat([start, ...parts]));
      await assert.rejects(take(), isDamaged, name);
    }
    // Nothing of a truncated file is returned, whichever part is requested.
    await writeFile(place, Buffer.concat([start, ...chunks.slice(0, 9)]));
    await assert.rejects(files.open(job, file), isDamaged);
    await writeFile(place, stored);
  });

  it('is not taken in the place of another one, of another environment, or where an unencrypted one lies', async () => {
    const other = crypto.randomUUID();
    await make(files, file, other);
    await make(files, { ...file, number: 4 });
    await make(files, { ...file, attempt: 2 });
    for (const [of, name] of [
      [other, '3-1.sealed'],
      [job, '4-1.sealed'],
      [job, '3-2.sealed'],
    ] as const) {
      await copyFile(join(home, of, name), place);
      await assert.rejects(take(), isDamaged, name);
    }
    // The chunks of one file after the header of another.
    const foreign = await readFile(join(home, other, '3-1.sealed'));
    await writeFile(place, Buffer.concat([stored.subarray(0, head), foreign.subarray(head)]));
    await assert.rejects(take(), isDamaged);
    await writeFile(place, text);
    await assert.rejects(take(), isDamaged);
    await rm(place);
    await writeFile(join(home, job, '3-1.ndjson'), text);
    assert.equal(await take(), undefined);
    await writeFile(place, stored);
    const environment = sealing(openFolder(home), { key: randomBytes(32), isOn: true, chunk });
    await assert.rejects(take(environment), isDamaged);
  });

  it('can be taken when no more files are encrypted, and those of before when they are', async () => {
    const off = sealing(openFolder(home), { key, isOn: false, chunk });
    assert.deepEqual(await take(off), text);
    await make(off, { ...file, number: 9 });
    assert.equal((await stat(join(home, job, '9-1.ndjson'))).size, text.length);
    assert.deepEqual(await take(files, { ...file, number: 9, isSealed: false }), text);
    await files.removeOthers(job, [file], 1);
    assert.deepEqual(await take(), text);
    assert.equal(await take(files, { ...file, number: 9, isSealed: false }), undefined);
    await rename(place, `${place}-aside`);
    assert.equal(await take(), undefined);
    await rename(`${place}-aside`, place);
  });
});
