/** Versions as entity tags: `W/"3"`. https://hl7.org/fhir/R5/http.html#versioning, RFC 9110 sections 8.8.3 and 13.1 */
import { createHash } from 'node:crypto';
import type { StoredVersion } from '@dhp/fhir-store';
import { fail } from './errors.ts';

/**
 * The tag of a version as a caller is shown it. If it differs from the stored one, a digest follows the number, `W/"3-x0Kd9aQpVw2M"`:
 * hidden elements and labels may change while the version stays, and a cache would keep the other body. If-Match takes both forms.
 */
export function etagOf(version: Pick<StoredVersion, 'versionId' | 'content' | 'altered'>): string {
  if (version.altered === undefined) return etag(version.versionId);
  const digest = createHash('sha256').update(version.content).digest('base64url').slice(0, 12);
  return `W/"${version.versionId}-${digest}"`;
}

export function etag(versionId: number): string {
  return `W/"${versionId}"`;
}

/** A list may have elements without content, as proxies that join fields make them (RFC 9110 section 5.6.1.2). */
const entityTags =
  /^[\s,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:\s*,[\s,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*[\s,]*$/;

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
  return [...header.matchAll(/"([1-9]\d{0,8})(?:-[\w-]{12})?"/g)].map(([, version]) => Number(version));
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

/**
 * Whether the client has this version already: If-None-Match, else If-Modified-Since (to the second, as HTTP dates go).
 * @param lastModified undefined if it is not known: then no date tells
 */
export function isNotModified(
  headers: { 'if-none-match'?: string | undefined; 'if-modified-since'?: string | undefined },
  tag: string,
  lastModified: Date | undefined,
): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return true;
    const opaque = tag.replace(/^W\//, '');
    return ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === opaque);
  }
  const ifModifiedSince = headers['if-modified-since'];
  if (ifModifiedSince === undefined || lastModified === undefined) return false;
  const since = readHttpDate(ifModifiedSince, lastModified);
  return since !== undefined && Math.floor(lastModified.getTime() / 1000) * 1000 <= since;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clock = String.raw`(?<h>\d\d):(?<mi>\d\d):(?<s>\d\d)`;
const month = `(?<mo>${months.join('|')})`;
const httpDates = [
  new RegExp(String.raw`^\w{3}, (?<d>\d\d) ${month} (?<y>\d{4}) ${clock} GMT$`),
  new RegExp(String.raw`^\w{6,9}, (?<d>\d\d)-${month}-(?<y>\d\d) ${clock} GMT$`),
  new RegExp(String.raw`^\w{3} ${month} (?<d>[ \d]\d) ${clock} (?<y>\d{4})$`),
];

/**
 * Returns the time of an HTTP date in milliseconds, in one of its three forms, all of them in GMT; undefined for any other text, for which the
 * field is as if it were not there. RFC 9110 sections 5.6.7 and 13.1.3
 * @param near years of two digits are within fifty years of it
 */
function readHttpDate(text: string, near: Date): number | undefined {
  const found = httpDates.map((form) => form.exec(text.trim())?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return undefined;
  const { y = '', mo = '', d, h, mi, s } = found;
  const year = y.length === 4 ? Number(y) : Number(y) + 100 * Math.round((near.getUTCFullYear() - Number(y)) / 100);
  // Date.UTC takes 0 to 99 for years of the last century. A leap second is the second after it.
  const date = new Date(0);
  date.setUTCFullYear(year, months.indexOf(mo), Number(d));
  date.setUTCHours(Number(h), Number(mi), Number(s));
  const isDay = date.getUTCDate() === Number(d) || Number(s) === 60;
  return isDay && Number(h) < 24 && Number(mi) < 60 && Number(s) <= 60 ? date.getTime() : undefined;
}
