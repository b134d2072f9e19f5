/** Requests that are no HTTP: nothing of the framework has seen them, so the answer is written on the socket itself. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { oauthErrorBody, oauthErrors, type OAuthErrorKind } from '../refusals/oauth-errors.ts';

/** Answers on a socket whose request could not be read, and closes it. */
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
