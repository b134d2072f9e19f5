/** Lines of tables in files are cut by their bytes: whatever their values look like, nothing but the rows goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptied, frameLine, tableBytes, type Frame } from '../src/operations/views-export/frames.ts';

test('a line without its rows has all else', () => {
  const hostile = 'a","text":"b\\","text":"c\\\\';
  for (const text of ['', '[["1"]]', hostile, JSON.stringify([[hostile]]), 'Шаҳло\n'])
    for (const patients of [[], ['Patient/p'], ['Patient/p', `Patient/${hostile}`]]) {
      const of = { resourceType: 'Observation', id: hostile, patients };
      const line = emptied(frameLine({ ...of, text }));
      assert.equal(line.toString(), frameLine({ ...of, text: '' }).toString());
      assert.deepEqual(JSON.parse(line.toString()) as Frame, { bytes: 0, ...of, text: '' });
      assert.equal(tableBytes(line), 0);
    }
});
