import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { portalSocketPath } from '../src/portal-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'dhp-socket-'));
after(() => rmSync(folder, { recursive: true }));
const skip = process.platform === 'win32' ? 'Windows has pipes instead' : false;

describe('the socket of the portal', { skip }, () => {
  test('is in the data directory', () => {
    assert.equal(portalSocketPath(folder, 8080, folder), join(folder, 'portal-8080.sock'));
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const [name, temporary] of [
    ['a long path of the data directory', folder],
    ['a long path of temporary files too', join(folder, 'y'.repeat(100))],
  ] as const) {
    test(`with ${name} is where no other user may go, under a name that nobody knows before`, () => {
      const long = join(folder, 'x'.repeat(100));
      const paths = [1, 2].map(() => portalSocketPath(long, 8080, temporary));
      try {
        assert.notEqual(paths[0], paths[1]);
        for (const path of paths) {
          assert.ok(Buffer.byteLength(path) <= 103, path);
          const { mode, uid } = statSync(dirname(path));
          assert.equal(mode & 0o777, 0o700);
          assert.equal(uid, process.getuid?.());
        }
      } finally {
        for (const path of paths) rmSync(dirname(path), { recursive: true });
      }
    });
  }
});
