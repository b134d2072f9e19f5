/**
 * Remembers verified tokens. Checking an ES256 signature costs about 110 µs, more than all the rest of a read, so a token is verified once
 * and found here afterwards. Bounded in entries and in characters; an entry is gone at `expiresAt`.
 *
 * Two generations instead of a linked list: an entry that is used moves to the young one, and when that is full the old one is dropped.
 * Nothing is deleted or reordered on a hit.
 */
export interface TokenCache<Value extends { readonly expiresAt: number }> {
  readonly get: (token: string, now: number) => Value | undefined;
  readonly set: (token: string, value: Value) => void;
  readonly clear: () => void;
}

export function createTokenCache<Value extends { readonly expiresAt: number }>(limits: {
  entries: number;
  characters: number;
}): TokenCache<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let characters = 0;

  function set(token: string, value: Value): void {
    if (token.length > limits.characters / 2) return;
    if (young.size >= limits.entries / 2 || characters + token.length > limits.characters / 2) {
      old = young;
      young = new Map();
      characters = 0;
    }
    if (!young.has(token)) characters += token.length;
    young.set(token, value);
  }

  function get(token: string, now: number): Value | undefined {
    let value = young.get(token);
    if (value === undefined) {
      value = old.get(token);
      if (value === undefined) return undefined;
      if (value.expiresAt > now) set(token, value);
    }
    return value.expiresAt > now ? value : undefined;
  }

  function clear(): void {
    young = new Map();
    old = new Map();
    characters = 0;
  }

  return { get, set, clear };
}
