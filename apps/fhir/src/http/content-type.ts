/** Checks the media type of a request's body. https://hl7.org/fhir/R5/http.html#mime-type */
import type { IncomingHttpHeaders } from 'node:http';
import { acceptedMediaTypes, fail } from './errors.ts';
import { formatOf, isVersion5, mediaType } from './media-type.ts';

/** Body of a route: a resource, a patch, a resource or any bytes as the content of a Binary, a resource or lines of resources, or only a form. */
export type BodyKind = 'resource' | 'patch' | 'binary' | 'lines' | 'form';

/** Media types of NDJSON. */
export const lineTypes = ['application/fhir+ndjson', 'application/ndjson', 'application/x-ndjson'];

export const jsonPatchType = 'application/json-patch+json';
/** Media types of a patch. A patch in a FHIR format is a Parameters resource: FHIRPath Patch. */
export const patchTypes = [jsonPatchType, 'application/fhir+json', 'application/fhir+xml'] as const;
const acceptedPatches = `Accepted are ${jsonPatchType}, and application/fhir+json or application/fhir+xml with Parameters.`;

/** The codings of Content-Encoding that can be undone. */
export const acceptedEncodings = ['gzip', 'x-gzip', 'deflate', 'br'] as const;

/** Names of UTF-8, and of ASCII, which is a part of it: bytes that are in neither are refused when they are read. */
const partsOfUtf8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** Clients repeat a handful of headers; remembering the good ones saves parsing them for every request. */
const remembered = 200;
const good: Record<BodyKind, Set<string>> = {
  resource: new Set(),
  patch: new Set(),
  binary: new Set(),
  lines: new Set(),
  form: new Set(),
};

/** Fails with `media-type-unsupported` or `patch-format-unsupported` unless the body has a type that the route takes. */
export function requireContentType(headers: IncomingHttpHeaders, kind: BodyKind): void {
  requireEncoding(headers['content-encoding']);
  const contentType = headers['content-type'];
  if (contentType !== undefined && good[kind].has(contentType)) return;
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  // Libraries of HTTP name a type of their own choice for no content, too; a Binary has that type even without content.
  if (isEmpty && (contentType === undefined || kind !== 'binary')) return;
  if (contentType === undefined) refuse(kind, 'There is no Content-Type.');
  if (!isAccepted(contentType, kind)) refuse(kind, `Content-Type is ${JSON.stringify(contentType)}.`);
  if (good[kind].size < remembered) good[kind].add(contentType);
}

function isAccepted(contentType: string, kind: BodyKind): boolean {
  if (kind === 'form') return false;
  const { type, parameters } = mediaType(contentType);
  if (kind === 'binary' && !isFhirType(type)) return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type);
  if (kind === 'patch' && type === jsonPatchType) return true;
  const charset = parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  if (kind === 'lines' && lineTypes.includes(type)) return partsOfUtf8.has(charset);
  return formatOf(type) !== undefined && partsOfUtf8.has(charset) && isVersion5(parameters.get('fhirversion'));
}

/** Whether a media type means a FHIR resource. For a Binary, `application/json` may be the type of its content. */
export function isFhirType(type: string): boolean {
  return type === 'application/fhir+json' || type === 'application/fhir+xml';
}

function refuse(kind: BodyKind, found: string): never {
  if (kind === 'form') {
    fail('search-form-expected', {}, { diagnostics: `${found} Accepted is application/x-www-form-urlencoded.` });
  }
  if (kind !== 'patch') fail('media-type-unsupported', {}, { diagnostics: `${found} ${acceptedMediaTypes}` });
  const headers = { 'accept-patch': patchTypes.join(', ') };
  fail('patch-format-unsupported', {}, { diagnostics: `${found} ${acceptedPatches}`, headers });
}

/**
 * Returns the codings of Content-Encoding that are to be undone, in lower case. It is a list, which may have elements without content (RFC
 * 9110 section 5.6.1.2), and `identity` is not a coding.
 */
export function codingsOf(encoding: string | undefined): readonly string[] {
  if (encoding === undefined) return [];
  const codings = encoding.split(',').map((coding) => coding.trim().toLowerCase());
  return codings.filter((coding) => coding !== '' && coding !== 'identity');
}

function requireEncoding(encoding: string | undefined): void {
  const [coding, ...more] = codingsOf(encoding);
  if (coding === undefined) return;
  if (more.length === 0 && (acceptedEncodings as readonly string[]).includes(coding)) return;
  const diagnostics = `Content-Encoding is ${JSON.stringify(encoding)}; accepted is one of gzip, deflate and br.`;
  // RFC 9110 section 12.5.3: on a 415 Accept-Encoding lists the supported codings.
  fail('media-type-unsupported', {}, { diagnostics, headers: { 'accept-encoding': 'gzip, deflate, br' } });
}

/** Most bytes of a form: a search may name some ten thousand values. */
export const formLimit = 1024 * 1024;

export function isForm(headers: IncomingHttpHeaders): boolean {
  const contentType = headers['content-type'];
  return contentType !== undefined && mediaType(contentType).type === 'application/x-www-form-urlencoded';
}
