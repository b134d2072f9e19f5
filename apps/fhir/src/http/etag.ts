/** Versions as entity tags: `W/"3"`. https://hl7.org/fhir/R5/http.html#versioning, RFC 9110 sections 8.8.3 and 13.1 */
import { fail } from './errors.ts';

export function etag(versionId: number): string {
  return `W/"${versionId}"`;
}

const entityTags = /^\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*)*$/;

/**
 * The versions that If-Match names: numbers, `*` for any, undefined without the header. FHIR compares weak tags, so `W/` makes
 * no difference. A tag that is no version number can match nothing and is left out. Fails with `if-match-malformed`.
 */
export function readIfMatch(header: string | undefined): number[] | '*' | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  if (!entityTags.test(header)) {
    fail(
      'if-match-malformed',
      {},
      { diagnostics: `If-Match is ${JSON.stringify(header)}; an entity tag is written W/"3".` },
    );
  }
  return [...header.matchAll(/"([1-9]\d{0,8})"/g)].map(([, version]) => Number(version));
}

/**
 * Whether a write is to happen only where there is nothing yet: `If-None-Match: *`. Fails with `header-unsupported` for other
 * values, and beside If-Match, for the two can never hold together. RFC 9110 section 13.1.2
 */
export function isCreateOnly(ifNoneMatch: string | undefined, ifMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*' && ifMatch === undefined) return true;
  const diagnostics = 'On a write If-None-Match is "*" (create only, never change), without If-Match.';
  fail('header-unsupported', { name: 'If-None-Match' }, { diagnostics });
}

/** Whether the client has this version already: If-None-Match, else If-Modified-Since (to the second, as HTTP dates go). */
export function isNotModified(
  headers: { 'if-none-match'?: string | undefined; 'if-modified-since'?: string | undefined },
  tag: string,
  lastModified: Date,
): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return true;
    const opaque = tag.replace(/^W\//, '');
    return ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === opaque);
  }
  const ifModifiedSince = headers['if-modified-since'];
  if (ifModifiedSince === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(lastModified.getTime() / 1000) * 1000 <= since;
}
