/** Lines of tables in files are cut by their bytes: whatever their values look like, nothing but the rows goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptied,
  frameLine,
  ownerIn,
  rowsIn,
  rowsLine,
  tableBytes,
  type Frame,
} from '../src/operations/views-export/frames.ts';

const hostile = 'a","text":"b\\","text":"c\\\\","rows":[["d"]]}';
const owners = [[], ['Patient/p'], ['Patient/p', `Patient/${hostile}`]].map((patients) => ({
  ...{ resourceType: 'Observation', id: hostile, patients },
}));

test('a line without its rows has all else', () => {
  for (const text of ['', '[["1"]]', hostile, JSON.stringify([[hostile]]), 'Шаҳло\n'])
    for (const of of owners) {
      const whole = frameLine({ ...of, text });
      const line = emptied(whole);
      assert.equal(line, frameLine({ ...of, text: '' }).toString());
      assert.deepEqual(JSON.parse(line) as Frame, { bytes: 0, ...of, text: '' });
      assert.equal(tableBytes(Buffer.from(line)), 0);
      const { resourceType, id, patients } = ownerIn(whole);
      assert.deepEqual({ resourceType, id, patients }, of);
    }
});

test('so has a line of rows that make a file later, and it gives them back', () => {
  for (const rows of [[[]], [[null, 'text', true, 1.5, ['a', null]]], [[hostile], ['Шаҳло\n', '}', ',"text":"']]])
    for (const of of owners) {
      const whole = rowsLine(of, rows);
      assert.deepEqual(JSON.parse(whole.toString()), { bytes: 0, ...of, rows });
      assert.deepEqual(rowsIn(whole), rows);
      assert.equal(emptied(whole), frameLine({ ...of, text: '' }).toString());
      assert.equal(tableBytes(whole), 0);
      const { resourceType, id, patients } = ownerIn(whole);
      assert.deepEqual({ resourceType, id, patients }, of);
    }
});
