/** A passkey as the script of a page sends it. */

/** Returns the name that a new passkey has until its person gives it another one: the day. */
export function nameOfPasskey(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** Parses the text that the script sent; undefined when it is not JSON. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
