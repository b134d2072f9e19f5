import { setImmediate } from 'node:timers/promises';

/** UTF-16 code units whose looking through takes about a millisecond. */
const long = 1024 ** 2;

/**
 * Gives others their turn before and after a text is looked through at one go. Awaited, it gives undefined for a short text at once: a Bundle has
 * many of these.
 */
export function turnAtLong(text: string): Promise<void> | undefined {
  return text.length > long ? setImmediate() : undefined;
}
