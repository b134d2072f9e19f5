import { v7 } from 'uuid';

const idRule = /^[A-Za-z0-9\-.]{1,64}$/;

/** Whether a string can be the id of a resource. https://hl7.org/fhir/R5/datatypes.html#id */
export function isId(text: string): boolean {
  return idRule.test(text);
}

/**
 * A new UUID of version 7 (RFC 9562): it begins with the time in milliseconds, so ids of one process sort in the order of
 * their making and land side by side in an index. With a clock handed in only the time is ordered, not ids of one millisecond.
 */
export function uuidv7(clock?: () => Date): string {
  return clock === undefined ? v7() : v7({ msecs: clock().getTime() });
}
