import assert from 'node:assert/strict';
import { test } from 'node:test';
import { periodOf } from '../src/interactions/history-period.ts';

const shown = (text: string, timeZone = 'Asia/Tashkent'): string | undefined => {
  const period = periodOf(text, timeZone);
  return period === undefined ? undefined : `${period.start.toISOString()} ${period.end.toISOString()}`;
};

test('a date covers its day, month or year in the time zone of the server', () => {
  assert.equal(shown('2026-11-25'), '2026-11-24T19:00:00.000Z 2026-11-25T19:00:00.000Z');
  assert.equal(shown('2026-12'), '2026-11-30T19:00:00.000Z 2026-12-31T19:00:00.000Z');
  assert.equal(shown('2024-02'), '2024-01-31T19:00:00.000Z 2024-02-29T19:00:00.000Z');
  assert.equal(shown('2026'), '2025-12-31T19:00:00.000Z 2026-12-31T19:00:00.000Z');
  assert.equal(shown('2026-11-25', 'UTC'), '2026-11-25T00:00:00.000Z 2026-11-26T00:00:00.000Z');
});

test('a day is as long as the clocks make it', () => {
  assert.equal(shown('2026-03-29', 'Europe/Berlin'), '2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z');
  assert.equal(shown('2026-10-25', 'Europe/Berlin'), '2026-10-24T22:00:00.000Z 2026-10-25T23:00:00.000Z');
});

test('a time covers its minute, second or millisecond', () => {
  assert.equal(shown('2026-11-25T09:30+05:00'), '2026-11-25T04:30:00.000Z 2026-11-25T04:31:00.000Z');
  assert.equal(shown('2026-11-25T09:30:10+05:00'), '2026-11-25T04:30:10.000Z 2026-11-25T04:30:11.000Z');
  assert.equal(shown('2026-11-25T09:30:10 05:00'), '2026-11-25T04:30:10.000Z 2026-11-25T04:30:11.000Z');
  assert.equal(shown('2026-11-25T09:30:10.25-03:30'), '2026-11-25T13:00:10.250Z 2026-11-25T13:00:10.251Z');
  assert.equal(shown('2026-11-25T23:59:59Z'), '2026-11-25T23:59:59.000Z 2026-11-26T00:00:00.000Z');
  assert.equal(shown('2026-11-25T09:30:10'), '2026-11-25T04:30:10.000Z 2026-11-25T04:30:11.000Z');
});

test('what is no date is none', () => {
  for (const text of [
    ...['', 'yesterday', '26-11-25', '2026-13', '2026-00', '2026-02-29', '2026-11-31', '2026-11-25T24:00:00Z'],
    ...['2026-11-25T09', '2026-11-25T09:60Z', '2026-11-25T09:30:61Z', '2026-11-25T09:30:00+15:00', 'ge2026-01-01'],
    ...['2026-11-25T09:30:00+5', '0000', '2026-11-25 09:30', '2026-11-25T09:30:00.Z'],
  ]) {
    assert.equal(shown(text), undefined, text);
  }
});
