import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { accessLog } from '../src/access-log.ts';

const record = {
  ...{ time: 1_790_000_000_000, requestId: 'r1', entry: undefined, method: 'GET', route: '/:type/:id' },
  ...{ interaction: 'read', type: 'Patient', id: 'p1', status: 200, milliseconds: 1.2345, bytes: 512 },
  ...{ client: 'clinic', user: undefined, patient: 'p1' },
};

test('requests of one turn are lines that are written together', async () => {
  const written: string[] = [];
  const sink = accessLog({ name: 'playground', write: (lines) => written.push(lines) });
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

describe('a share of the requests', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  async function logged(share: number, records: readonly Partial<typeof record>[]): Promise<Record<string, unknown>[]> {
    let text = '';
    const sink = accessLog({ name: 'playground', write: (lines) => (text += lines), share: () => share });
    for (const one of records) sink({ ...record, ...one });
    await turn();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  }
  const many = Array.from({ length: 20_000 }, () => ({ requestId: randomUUID() }));

  test('has about so many lines, each of which says for how many it stands', async () => {
    const lines = await logged(0.01, many);
    // Six standard deviations of a binomial distribution about 200.
    assert.ok(lines.length > 115 && lines.length < 285, String(lines.length));
    for (const line of lines) assert.equal(line['share'], 0.01);
    assert.equal((await logged(1, many)).length, many.length);
  });

  test('has all entries of a Bundle or none, and every fault of the platform', async () => {
    const bundles = many
      .slice(0, 500)
      .flatMap(({ requestId }) => [0, 1, 2].map((entry) => ({ requestId, entry: entry as never })));
    const counts = new Map<unknown, number>();
    for (const { requestId } of await logged(0.5, bundles)) counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
    assert.deepEqual(new Set(counts.values()), new Set([3]));
    const faults = await logged(
      0.0001,
      many.slice(0, 50).map((one) => ({ ...one, status: 503 })),
    );
    assert.deepEqual([faults.length, faults[0]!['share']], [50, undefined]);
  });

  test('is another one in each process, whatever id a caller sends', async () => {
    const ids = many.slice(0, 64);
    const chosen = await Promise.all(Array.from({ length: 8 }, () => logged(0.5, ids)));
    assert.ok(new Set(chosen.map((lines) => lines.map((line) => line['requestId']).join())).size > 1);
  });
});
