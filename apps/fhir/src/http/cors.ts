/**
 * Programs in browsers: the origins that may call, and the headers that they may see (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * Access is by bearer token, never by cookie, so credentials in the sense of CORS are not allowed.
 */
import type { HttpReply, HttpRequest } from '../contract/http.ts';

/** `*` for every origin, or a list such as `https://app.example.uz`; empty for none. */
export type CorsOrigins = '*' | readonly string[];

const exposed = [
  'ETag',
  'Location',
  'Content-Location',
  'Last-Modified',
  'Date',
  'Link',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'Allow',
  'DPoP-Nonce',
  'Accept-Patch',
  'WWW-Authenticate',
  'Warning',
  'Content-Disposition',
  'X-Security-Context',
  'X-Request-Id',
  'X-Break-Glass',
  'X-Progress',
  'X-Export-Status',
  'X-Position',
  'X-Staleness',
  'Preference-Applied',
  'Accept-Ranges',
  'Content-Range',
].join(', ');

const allowedHeaders = [
  'Accept',
  'Accept-Language',
  'Authorization',
  'DPoP',
  'Cache-Control',
  'Content-Type',
  'Content-Encoding',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-None-Exist',
  'If-Range',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'X-Break-Glass-Patient',
  'X-Break-Glass-Reason',
  'X-Cascade',
  'X-Max-Staleness',
  'X-Position',
  'X-Provenance',
  'X-Purpose-Of-Use',
  'X-Request-Id',
  'X-Requested-With',
  'X-Security-Context',
  'X-Too-Costly-Threshold',
].join(', ');

const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** The longest that Chromium keeps the answer to a preflight. */
const preflightSeconds = '7200';

export interface Cors {
  /** Marks the answer to a request of a browser, before anything can go wrong with it. */
  readonly mark: (request: HttpRequest, reply: HttpReply) => void;
  /** Answers a preflight, which never carries a token; false for any other request. */
  readonly answerPreflight: (request: HttpRequest, reply: HttpReply) => boolean;
}

/** @throws TypeError for a malformed origin: it has scheme, host and port only. */
export function corsFor(origins: CorsOrigins): Cors {
  if (origins !== '*') origins.forEach(requireOrigin);
  const allowed = (origin: string): boolean => isAllowed(origins, origin);

  function mark(request: HttpRequest, reply: HttpReply): void {
    if (origins !== '*' && origins.length > 0) reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed(origin)) return;
    reply.header('access-control-allow-origin', origins === '*' ? '*' : origin);
    reply.header('access-control-expose-headers', exposed);
  }

  function answerPreflight(request: HttpRequest, reply: HttpReply): boolean {
    const { origin, 'access-control-request-method': method } = request.headers;
    if (request.method !== 'OPTIONS' || origin === undefined || method === undefined) return false;
    if (allowed(origin)) {
      reply.header('access-control-allow-methods', allowedMethods);
      reply.header('access-control-allow-headers', allowedHeaders);
      reply.header('access-control-max-age', preflightSeconds);
    }
    reply.code(204);
    reply.send();
    return true;
  }

  return { mark, answerPreflight };
}

function requireOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new TypeError(`${JSON.stringify(origin)} is not an origin: write it as https://app.example.uz, without a path`);
}

/** Whether programs of an origin may call. */
export function isAllowed(origins: CorsOrigins, origin: string): boolean {
  return origins === '*' || origins.includes(origin);
}
