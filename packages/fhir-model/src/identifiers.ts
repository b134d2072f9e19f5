import { v7 } from 'uuid';

const idRule = /^[A-Za-z0-9\-.]{1,64}$/;

/**
 * Whether a string can be the id of a resource. https://hl7.org/fhir/R5/datatypes.html#id
 * @example
 * isId('a.b-1'); // true
 * isId('a/b'); // false
 */
export function isId(text: string): boolean {
  return idRule.test(text);
}

/**
 * A new UUID of version 7 (RFC 9562): it begins with the time in milliseconds, so ids of one process sort in the order of
 * their making and land side by side in an index. With a clock handed in only the time is ordered, not ids of one millisecond.
 * @example
 * uuidv7(() => new Date(0)).slice(0, 13); // '00000000-0000'
 */
export function uuidv7(clock?: () => Date): string {
  const random = sixteenRandomBytes();
  if (clock !== undefined) return v7({ msecs: clock().getTime(), random });
  const now = Date.now();
  if (now > last) {
    last = now;
    sequence = new DataView(random.buffer, random.byteOffset).getInt32(0) & 0x7fffffff;
  } else {
    sequence = (sequence + 1) | 0;
    if (sequence === 0) last += 1;
  }
  return v7({ msecs: last, seq: sequence, random });
}

/** The time of the newest id, and the count within it, which begins at random below its half (RFC 9562, 6.2, method 1). */
let last = -Infinity;
let sequence = 0;

/** Asked of the system for 256 ids at once: each time costs it several microseconds. */
const pool = new Uint8Array(256 * 16);
let used = pool.length;

function sixteenRandomBytes(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}
