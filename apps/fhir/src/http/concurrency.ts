import { fail } from './errors.ts';
import { etag } from './etag.ts';

/** The client did not say which version it changes. */
export function failIfMatchRequired(type: string, id: string, current: number): never {
  const diagnostics = `If-Match is required to update ${type}/${id}; its current version is ${etag(current)}.`;
  fail('if-match-required', {}, { diagnostics, headers: { etag: etag(current) } });
}

/** The client wanted to create only, with `If-None-Match: *`. */
export function failExists(type: string, id: string, current: number): never {
  const diagnostics = `If-None-Match is "*", but ${type}/${id} exists; its current version is ${etag(current)}.`;
  fail('resource-exists', { type, id }, { diagnostics, headers: { etag: etag(current) } });
}

/** The client changes another version than the current one; `current` is undefined if the resource does not exist. */
export function failVersionMismatch(
  type: string,
  id: string,
  ifMatch: number[] | '*' | undefined,
  current: number | undefined,
): never {
  const named = ifMatch === '*' || ifMatch === undefined ? 'any version' : `version ${ifMatch.join(', ') || 'none'}`;
  if (current === undefined || current === 0) {
    fail('version-mismatch', {}, { diagnostics: `If-Match names ${named}, but ${type}/${id} does not exist.` });
  }
  const diagnostics = `If-Match names ${named}; the current version of ${type}/${id} is ${current}. Read it again and repeat.`;
  fail('version-mismatch', {}, { diagnostics, headers: { etag: etag(current) } });
}
