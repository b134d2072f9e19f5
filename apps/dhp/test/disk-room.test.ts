/** The watch over the disk of the embedded database. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { watchDiskRoom } from '../src/servers/disk-room.ts';

const mebibyte = 1024 ** 2;

/** Resolves when the next check has ended. */
function diskOf(all: number) {
  const disk = { free: all, all, fails: false };
  let looked = Promise.withResolvers<undefined>();
  const free = (): Promise<{ free: number; all: number }> => {
    const { resolve } = looked;
    looked = Promise.withResolvers();
    setImmediate(resolve, undefined);
    return disk.fails ? Promise.reject(new Error('it is away')) : Promise.resolve({ ...disk });
  };
  const becomes = async (changes: Partial<typeof disk>): Promise<void> => {
    Object.assign(disk, changes);
    await looked.promise;
    await looked.promise;
  };
  return { free, becomes };
}

test('of a large disk 256 MiB are kept, of a small one a tenth; each change is told once', async () => {
  for (const [all, least] of [
    [100_000 * mebibyte, 256 * mebibyte],
    [400 * mebibyte, 40 * mebibyte],
  ] as const) {
    const { free, becomes } = diskOf(all);
    const told: unknown[] = [];
    const room = await watchDiskRoom('/data', { free, every: 2, changed: (...of) => told.push(of) });
    assert.ok(room.hasRoom());
    await becomes({ free: least });
    assert.ok(room.hasRoom());
    await becomes({ free: least - 1 });
    assert.ok(!room.hasRoom());
    await becomes({ free: least - 2 });
    await becomes({ fails: true });
    assert.ok(!room.hasRoom(), 'as it was at the last look');
    await becomes({ fails: false, free: least + 5 });
    assert.ok(room.hasRoom());
    room.close();
    assert.deepEqual(told, [
      [false, least - 1],
      [true, least + 5],
    ]);
  }
});

test('a disk of this machine is looked at, and one that cannot be has room', async () => {
  for (const path of [tmpdir(), '/no/such/folder']) {
    const room = await watchDiskRoom(path, { changed: () => assert.fail('nothing has changed') });
    assert.ok(room.hasRoom(), path);
    room.close();
  }
});
