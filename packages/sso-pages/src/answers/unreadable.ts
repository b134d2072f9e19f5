/** Requests that cannot be parsed: invalid HTTP, and queries that cannot be decoded. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { oauthErrorBody, oauthErrors, type OAuthErrorKind } from '../refusals/oauth-errors.ts';
import type { FastifyInstance } from 'fastify';
import type { Language } from '@dhp/negotiation';
import { isDecodable } from '@dhp/web-kit';
import { sendTrouble } from './errors.ts';

/** Answers on a socket whose request is not valid HTTP, and closes it: the framework does not handle it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const kind = kindOfFault(error);
  const body = JSON.stringify(oauthErrorBody(kind));
  const { status } = oauthErrors[kind];
  const headers = [
    'content-type: application/json; charset=utf-8',
    'cache-control: no-store',
    `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close',
  ];
  socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}

function kindOfFault({ code }: NodeJS.ErrnoException): OAuthErrorKind {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'unreadable-request';
}

/**
 * Queries that cannot be decoded are refused before any endpoint sees them (RFC 6749 appendix B). No error is sent to a redirect URI, since
 * such a query contains no known one.
 */
export function refuseUnreadableQueries(app: FastifyInstance, defaultLanguage: Language): void {
  app.addHook('onRequest', (request, reply, done) => {
    const mark = request.url.indexOf('?');
    if (mark < 0 || isDecodable(request.url.slice(mark + 1))) done();
    else void sendTrouble(request, reply, { kind: 'malformed-query', fallback: defaultLanguage });
  });
}
