import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isId, uuidv7 } from '../src/index.ts';
import { formatInstant } from '../src/instant.ts';
import { randomSource } from './random-json.ts';

/** The instant as Intl alone would write it, part by part. */
function byIntl(date: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'longOffset',
  });
  const parts = Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value])) as Record<
    string,
    string
  >;
  const offset = parts.timeZoneName === 'GMT' ? '+00:00' : parts.timeZoneName!.slice(3);
  const { year, month, day, hour, minute, second, fractionalSecond } = parts;
  return `${year!}-${month!}-${day!}T${hour!}:${minute!}:${second!}.${fractionalSecond!}${offset}`;
}

describe('formatInstant', () => {
  it('writes milliseconds and the offset of the zone', () => {
    const date = new Date('2026-11-25T00:40:12.345Z');
    assert.equal(formatInstant(date, 'Asia/Tashkent'), '2026-11-25T05:40:12.345+05:00');
    assert.equal(formatInstant(date, 'UTC'), '2026-11-25T00:40:12.345+00:00');
    assert.equal(formatInstant(date, 'Asia/Kathmandu'), '2026-11-25T06:25:12.345+05:45');
    assert.equal(formatInstant(date, 'America/St_Johns'), '2026-11-24T21:10:12.345-03:30');
  });

  it('agrees with Intl, around changes of the clocks too', () => {
    const zones = ['Asia/Tashkent', 'UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kolkata'];
    zones.push('Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Casablanca', 'Pacific/Apia', 'America/Caracas');
    const random = randomSource(3);
    const from = Date.UTC(1980, 0, 1);
    const to = Date.UTC(2040, 0, 1);
    for (const zone of zones) {
      for (let i = 0; i < 400; i += 1) {
        const date = new Date(Math.floor(from + random() * (to - from)));
        assert.equal(formatInstant(date, zone), byIntl(date, zone), `${zone} ${date.toISOString()}`);
      }
    }
    // Every minute around the two changes of 2026 in Berlin and Lord Howe (which moves by half an hour).
    for (const [zone, change] of [
      ['Europe/Berlin', Date.UTC(2026, 2, 29, 1)],
      ['Europe/Berlin', Date.UTC(2026, 9, 25, 1)],
      ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
      ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30)],
    ] as const) {
      for (let minute = -60; minute <= 60; minute += 1) {
        const date = new Date(change + minute * 60_000 - 1);
        assert.equal(formatInstant(date, zone), byIntl(date, zone), `${zone} ${date.toISOString()}`);
      }
    }
  });

  it('refuses what is no instant', () => {
    assert.throws(() => formatInstant(new Date(NaN), 'UTC'), RangeError);
    assert.throws(() => formatInstant(new Date(0), 'Asia/Nowhere'), RangeError);
    assert.throws(() => formatInstant(new Date(8.64e15), 'UTC'), RangeError);
    assert.throws(() => formatInstant(new Date(-8.64e15), 'UTC'), RangeError);
  });
});

describe('ids', () => {
  it('follow the rule of FHIR', () => {
    for (const id of ['a', '1', 'A.b-9', 'x'.repeat(64), uuidv7()]) assert.ok(isId(id), id);
    for (const id of ['', 'x'.repeat(65), 'a b', 'a_b', 'ў', 'a/b', 'a\n', '\na', 'a%'])
      assert.ok(!isId(id), JSON.stringify(id));
  });

  it('that the server makes are UUIDs of version 7, ever growing', () => {
    const made = Array.from({ length: 20_000 }, () => uuidv7());
    assert.deepEqual([...made].sort(), made);
    assert.equal(new Set(made).size, made.length);
    for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('carry the time of a clock handed in', () => {
    const id = uuidv7(() => new Date(0x0123456789ab));
    assert.ok(id.startsWith('01234567-89ab-7'), id);
  });
});
