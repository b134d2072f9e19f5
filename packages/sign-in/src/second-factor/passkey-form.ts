/** A passkey as the script of a page sends it. */

/** Returns the name that the person gives a passkey, without control characters; a new passkey without a name is named after the day. */
export function nameOfPasskey(now: Date, given = ''): string {
  return givenName(given) ?? now.toISOString().slice(0, 10);
}

/** Returns at most 60 characters; undefined if nothing readable remains. */
export function givenName(given: string): string | undefined {
  const name = Array.from(given.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim())
    .slice(0, 60)
    .join('');
  return name === '' ? undefined : name;
}

/** Parses the text that the script sent; undefined when it is not JSON. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
