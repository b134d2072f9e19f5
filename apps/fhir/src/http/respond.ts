import type { StoredVersion } from '@dhp/fhir-store';
import type { Issue } from '@dhp/fhir-validation';
import type { Answer } from '../contract/answer.ts';
import { etagOf, isNotModified } from './etag.ts';
import type { Language } from '@dhp/negotiation';
import type { Return } from './negotiate.ts';
import { cautionAbout, type Heard, noticeOutcome, type NoticeCode } from './notices.ts';

/** A resource a line. */
export const fhirLines = 'application/fhir+ndjson';

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** Without it a browser may show an old version for a tenth of its age (RFC 9111 section 4.2.2). */
const ofCaches = 'private, no-cache';

function versionHeaders(version: StoredVersion): Record<string, string> & { readonly etag: string } {
  const tag = etagOf(version);
  // Hidden elements and labels may have changed later than the version: of that no time is known.
  return version.altered === true ? { etag: tag } : { etag: tag, 'last-modified': version.lastUpdated.toUTCString() };
}

/**
 * The stored bytes as they are: nothing is parsed or built on a read. 304 if the client has them, with the header fields of the full
 * answer, by which caches renew their copy. RFC 9110 section 15.4.5
 */
export function contentOrKnown(version: StoredVersion, conditions: Parameters<typeof isNotModified>[0]): Answer {
  const tags = versionHeaders(version);
  const modified = version.altered === true ? undefined : version.lastUpdated;
  if (isNotModified(conditions, tags.etag, modified))
    return { status: 304, headers: { ...tags, 'cache-control': ofCaches }, version };
  return {
    status: 200,
    headers: { 'content-type': fhirJson, ...tags, 'cache-control': ofCaches },
    body: version.content,
    version,
  };
}

export function json(body: Buffer | string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { 'content-type': fhirJson, ...headers }, body };
}

export interface Written {
  version: StoredVersion;
  notice: NoticeCode;
  isNew: boolean;
  /** The URL of the version: `Location` of a resource that is new, `Content-Location` of one that was there. */
  location: string;
  /** Returns warnings for a client that wants an OperationOutcome; called only for such a client. */
  warnings?: () => readonly Issue[];
  heard: Heard;
}

/** After a write: 201 with Location for a new resource, else 200 with Content-Location; the body is the one that the client prefers. */
export function written(
  { version, notice, isNew, location, warnings, heard }: Written,
  wanted: Return,
  language: Language,
): Answer {
  const status = isNew ? 201 : 200;
  const headers: Record<string, string> = versionHeaders(version);
  headers[isNew ? 'location' : 'content-location'] = location;
  const caution = cautionAbout(version, heard);
  if (wanted === 'OperationOutcome') {
    Object.assign(headers, inLanguage(language), { 'content-type': fhirJson });
    const codes = caution === undefined ? notice : [notice, caution.notice];
    return { status, headers, body: noticeOutcome(codes, version, language, warnings?.()), version };
  }
  if (caution !== undefined) headers['warning'] = caution.header;
  const told = caution && { caution: noticeOutcome(caution.notice, version, language) };
  if (wanted === 'minimal') return { status, headers, version, ...told };
  headers['content-type'] = fhirJson;
  return { status, headers, body: version.content, version, ...told };
}

/** After a delete: 200 and an OperationOutcome, unless the client wants none. */
export function deleted(version: StoredVersion, notice: NoticeCode, wanted: Return, language: Language): Answer {
  const headers = versionHeaders(version);
  if (wanted === 'minimal') return { status: 204, headers, version };
  Object.assign(headers, inLanguage(language), { 'content-type': fhirJson });
  return { status: 200, headers, body: noticeOutcome(notice, version, language), version };
}

/** A delete of a resource that never existed: there is nothing to delete or version. */
export function nothingToDelete(type: string, id: string, language: Language): Answer {
  const headers = { 'content-type': fhirJson, ...inLanguage(language) };
  return { status: 200, headers, body: noticeOutcome('nothing-to-delete', { type, id, versionId: 0 }, language) };
}

/** After a delete of all matches: the deleted resources, one issue for each. */
export function deletedMany(versions: readonly StoredVersion[], wanted: Return, language: Language): Answer {
  if (wanted === 'minimal') return { status: 204, headers: {} };
  const headers = { 'content-type': fhirJson, ...inLanguage(language) };
  return { status: 200, headers, body: noticeOutcome('deleted', versions, language) };
}

/** A delete by criteria that nothing met. */
export function nothingMatched(type: string, wanted: Return, language: Language): Answer {
  if (wanted === 'minimal') return { status: 204, headers: {} };
  const headers = { 'content-type': fhirJson, ...inLanguage(language) };
  return { status: 200, headers, body: noticeOutcome('nothing-matched', { type, id: '', versionId: 0 }, language) };
}

function inLanguage(language: Language): Record<string, string> {
  return { 'content-language': language, vary: 'Accept-Language' };
}
