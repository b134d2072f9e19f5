const quarterHour = 900_000;

/** Per time zone: its formatter, and the offset (ms) of each quarter of an hour asked for lately. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();
/** Enough for a day of history pages; beyond, start again. */
const cachedOffsets = 4096;

/**
 * A FHIR instant in milliseconds with the offset of the zone: `2026-11-25T05:40:12.345+05:00`. Zones keep whole minutes, as
 * an instant cannot say more. https://hl7.org/fhir/R5/datatypes.html#instant
 *
 * @param timeZone an IANA name such as `Asia/Tashkent`
 * @throws RangeError for an unknown zone, an invalid date, and years outside 0001 to 9999
 * @example
 * formatInstant(new Date('2026-01-31T04:00:00Z'), 'Asia/Tashkent'); // '2026-01-31T09:00:00.000+05:00'
 */
export function formatInstant(date: Date, timeZone: string): string {
  const time = date.getTime();
  if (time !== latest.time || timeZone !== latest.timeZone) {
    latest = { time, timeZone, text: instantOf(time, timeZone) };
  }
  return latest.text;
}

/** Writes of the same moment are stamped and answered with the same instant. */
let latest = { time: NaN, timeZone: '', text: '' };

function instantOf(time: number, timeZone: string): string {
  const offset = offsetAt(time, timeZone);
  // Shifted by the offset, UTC's own digits are the local ones.
  const local = new Date(time + offset).toISOString();
  if (local.length !== 24 || local.startsWith('0000')) throw new RangeError('an instant has a year from 0001 to 9999');
  const minutes = Math.abs(offset) / 60_000;
  return `${local.slice(0, 23)}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * The zone's offset from UTC in ms, whole minutes; constant within a quarter of an hour, since no zone changes elsewhere.
 * @throws RangeError for an unknown zone and an invalid time
 * @example
 * offsetAt(Date.UTC(2026, 0, 1), 'Asia/Tashkent') / 3_600_000; // 5
 */
export function offsetAt(time: number, timeZone: string): number {
  let zone = zones.get(timeZone);
  if (zone === undefined) {
    zone = { format: formatterOf(timeZone), offsets: new Map() };
    zones.set(timeZone, zone);
  }
  const quarter = Math.floor(time / quarterHour);
  let offset = zone.offsets.get(quarter);
  if (offset === undefined) {
    if (Number.isNaN(time)) throw new RangeError('not a valid date');
    offset = offsetOf(zone.format, time);
    if (zone.offsets.size >= cachedOffsets) zone.offsets.clear();
    zone.offsets.set(quarter, offset);
  }
  return offset;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}

/** Reads `GMT`, `GMT+05:00` or `GMT-00:44:30`; seconds, which only old local times have, are dropped. */
function offsetOf(format: Intl.DateTimeFormat, time: number): number {
  const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
  if (match?.[1] === undefined) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
