import { calendarDate, pad2, type Day } from './calendar.ts';
import { Random } from './random.ts';

export type Gender = 'male' | 'female';

/** Purposes of derived numbers and ids. The numbers are part of the output: add to them, but change none. */
export const purpose = { life: 1, patientIds: 2, facility: 3, staff: 4, medication: 5, service: 6 } as const;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex32(value: number): string {
  return hex[value >>> 24]! + hex[(value >>> 16) & 255]! + hex[(value >>> 8) & 255]! + hex[value & 255]!;
}

/**
 * The next UUID of a stream: version 8 (RFC 9562, section 5.8: the content is ours to define), the form that the
 * national operations demand of ids.
 */
export function nextUuid(random: Random): string {
  const b = hex32(random.uint32());
  const c = hex32(random.uint32());
  const variant = hex32((random.uint32() & 0x3fffffff) | 0x80000000);
  return `${hex32(random.uint32())}-${b.slice(0, 4)}-8${b.slice(5)}-${variant.slice(0, 4)}-${variant.slice(4)}${c}`;
}

/** The UUID that the keys name; the same for the same keys. */
export function uuidOf(...keys: number[]): string {
  return nextUuid(new Random(...keys));
}

/**
 * People of one serial number are born on days of one residue, so that birth date and serial together are never given
 * twice below 6,400,000 patients, without a list of those already given.
 *
 * @returns the last day not after `day` on which the person of that index may be born
 */
export function birthDayOf(index: number, day: Day): Day {
  return day - ((day - index) & 63);
}

/**
 * A number of the shape of a PINFL, 14 digits: century and sex, birth date ddmmyy, area, serial, check digit (weights
 * 7, 3, 1). The area always begins with 0, which together with the security label HTEST marks it as test data.
 */
export function testPinfl(birth: Day, gender: Gender, index: number): string {
  const { year, month, date } = calendarDate(birth);
  const century = (year < 1900 ? 1 : year < 2000 ? 3 : 5) + (gender === 'female' ? 1 : 0);
  const serial = String(Math.floor(index / 64) % 100_000).padStart(6, '0');
  const body = `${century}${pad2(date)}${pad2(month)}${pad2(year % 100)}${serial}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum += Number(body[i]) * [7, 3, 1][i % 3]!;
  return body + String(sum % 10);
}

/** Series ZT (no passport has it) and seven digits, by the index of the person. */
export function testPassport(index: number): string {
  return `ZT${String(index % 10_000_000).padStart(7, '0')}`;
}
