import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateBounds } from '../src/values/date-bounds.ts';

/** Parts of times, right ones and wrong ones. */
const parts = {
  year: ['2026', '1999', '0100', '0099', '20a6', '-026'],
  month: ['01', '02', '12', '13', '00', '1a', ' 1'],
  day: ['01', '28', '29', '31', '32', '00', '+1'],
  hour: ['00', '23', '24', '2:'],
  minute: ['00', '59', '60'],
  second: ['00', '59', '60', '61', 'a0'],
  zone: ['Z', 'z', '+05:00', '-13:59', '+14:00', '-14:00', '+14:30', '+5:000', ' 05:00', '+05-00', '+0a:00'],
};

test('a time to the second is read as the same time with a fraction of nothing', () => {
  let compared = 0;
  for (const year of parts.year)
    for (const month of parts.month)
      for (const day of parts.day)
        for (const hour of parts.hour)
          for (const minute of parts.minute)
            for (const second of parts.second)
              for (const zone of parts.zone) {
                const time = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
                const found = dateBounds(`${time}${zone}`, 'Asia/Tashkent');
                const low = dateBounds(`${time}.000${zone}`, 'Asia/Tashkent')?.low;
                const expected = low === undefined ? undefined : { low, high: low + 1000 };
                if (found?.low !== expected?.low || found?.high !== expected?.high)
                  assert.deepEqual(found, expected, time + zone);
                compared += 1;
              }
  assert.ok(compared > 100_000);
});

test('texts as long as a time are none without its marks', () => {
  for (const text of ['2026-01-01 10:00:00+05:00', '2026/01/01T10:00:00+05:00', '2026-01-01T10-00-00Z', 'a'.repeat(25)])
    assert.equal(dateBounds(text, 'UTC'), undefined, text);
});
