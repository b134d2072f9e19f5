/**
 * The short form of `npm run proof -- failover`, if Patroni is installed: the PostgreSQL of the primary is killed while clients write. The
 * time without writes is not judged here, since it depends on the machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInside } from './proof/failover.ts';
import { missing } from './proof/failover/hosts.ts';

const lacking = (await missing()) ?? false;

test('a primary under Patroni is killed, and all that was acknowledged is there', { skip: lacking }, async () => {
  const { measured } = await runInside(20, ['postgres']);
  assert.deepEqual(
    measured.map(({ name, faults }) => ({ name, faults })),
    [{ name: 'postgres', faults: [] }],
  );
  assert.ok(measured.every(({ acknowledged, failed }) => acknowledged > 100 && failed > 0));
});
