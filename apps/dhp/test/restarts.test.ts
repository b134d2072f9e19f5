import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { passLines } from '../src/processes/output.ts';
import { countRestarts, mostStarts } from '../src/processes/restarts.ts';

describe('a server that ends by accident', () => {
  test('is started at once after a long life, however often', () => {
    const restarts = countRestarts();
    for (let n = 0; n < 100; n += 1) assert.deepEqual(restarts.ended(60_000, false), { delay: 0, attempt: 1 });
  });

  test('is started later and later after short ones, and then given up', () => {
    const restarts = countRestarts();
    const starts = Array.from({ length: mostStarts }, () => restarts.ended(100, false));
    const delays = starts.map((one) => one!.delay);
    assert.equal(delays[0], 0);
    assert.deepEqual(
      delays,
      delays.toSorted((a, b) => a - b),
    );
    assert.ok(delays.reduce((sum, one) => sum + one, 0) > 60_000, 'long enough for somebody to look');
    assert.equal(restarts.ended(0, false), undefined);
  });

  test('is never given up while the database is away', () => {
    const restarts = countRestarts();
    for (let n = 0; n < 1_000; n += 1) assert.ok(restarts.ended(0, true));
    assert.equal(restarts.ended(0, true)!.delay, 60_000);
  });
});

describe('the output of a server', () => {
  const written = async (...chunks: (string | Buffer)[]): Promise<string> => {
    const [source, target] = [new PassThrough(), new PassThrough()];
    const done = passLines(source, target, 'sso');
    for (const chunk of chunks) source.write(chunk);
    source.end();
    await done;
    return String(target.read() ?? '');
  };

  test('passes in whole lines, those of the log as they are', async () => {
    assert.equal(await written('{"a":', '1}\nwor', 'ds\n', '\nlast'), '{"a":1}\nsso: words\nsso: last\n');
  });

  test('keeps letters that come in pieces', async () => {
    const bytes = Buffer.from('ёлка\n');
    assert.equal(await written(bytes.subarray(0, 1), bytes.subarray(1, 3), bytes.subarray(3)), 'sso: ёлка\n');
  });

  test('breaks a line without an end', async () => {
    const lines = (await written('x'.repeat(1_500_000), 'y'.repeat(600_000))).split('\n');
    assert.ok(lines.length > 1 && lines.every((line) => line.length < 2_200_000));
  });
});
