import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessLog } from '../src/access-log.ts';

const record = {
  ...{ time: 1_790_000_000_000, requestId: 'r1', entry: undefined, method: 'GET', route: '/:type/:id' },
  ...{ interaction: 'read', type: 'Patient', id: 'p1', status: 200, milliseconds: 1.2345, bytes: 512 },
  ...{ client: 'clinic', user: undefined, patient: 'p1' },
};

test('requests of one turn are lines that are written together', async () => {
  const written: string[] = [];
  const sink = accessLog('playground', (lines) => written.push(lines));
  sink(record);
  sink({ ...record, status: 404, milliseconds: undefined, entry: 3 });
  assert.deepEqual(written, []);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(written.length, 1);
  const [first, second, end] = written.join('').split('\n');
  assert.equal(end, '');
  assert.deepEqual(JSON.parse(first!), {
    ...{ level: 30, time: 1_790_000_000_000, name: 'playground', msg: 'request', requestId: 'r1', method: 'GET' },
    ...{ route: '/:type/:id', interaction: 'read', type: 'Patient', id: 'p1', status: 200, bytes: 512 },
    ...{ client: 'clinic', patient: 'p1', milliseconds: 1.2 },
  });
  const of = JSON.parse(second!) as Record<string, unknown>;
  assert.deepEqual([of['entry'], of['status'], of['milliseconds']], [3, 404, undefined]);
});
