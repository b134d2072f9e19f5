/** Requests that are no HTTP: nothing of the framework has seen them, so the answer is written on the socket itself. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { failure, failureResponse, type Failure } from '../http/errors.ts';
import type { FailureSettings } from './failures.ts';
import { idOfUnreadable, isUnderWay, recordUnreadable } from './records.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { fhirJson } from '../http/respond.ts';

/** Node's `clientError`: it carries the unreadable bytes received so far. */
type ConnectionFault = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

/**
 * Answers on a socket whose request could not be read, in the language that it asks for, and closes it.
 * @param count called with the error, unless it is a part of a request that is under way
 */
export function refuseConnection(
  settings: FailureSettings,
  error: ConnectionFault,
  socket: Socket,
  count: (error: unknown) => void,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const received = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('utf8') : '';
  const [, wanted] = /^accept-language: *([^\r\n]*)/im.exec(received) ?? [];
  const language = chooseLanguage(wanted, settings.defaultLanguage);
  const failed = failureOf(error, received);
  const { status, headers, body } = failureResponse(failed, language, settings.baseUrl, settings.errorPages);
  const id = idOfUnreadable(socket);
  const lines = Object.entries({
    ...settings.securityHeaders,
    ...headers,
    'content-type': fhirJson,
    'x-request-id': id,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
  if (!isUnderWay(socket)) count(failed);
  recordUnreadable(settings, socket, { id, status, bytes: Buffer.byteLength(answer) });
  socket.end(answer);
}

function failureOf(error: ConnectionFault, received: string): Failure {
  const diagnostics = `${error.message} (${error.code ?? 'no code'}).`;
  if (error.code === 'HPE_HEADER_OVERFLOW') return failure('headers-too-large', {}, { diagnostics });
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return failure('request-timeout', {}, { diagnostics });
  const address = encodedAddress(received);
  if (address === undefined) return failure('request-malformed', {}, { diagnostics });
  return failure('url-malformed', {}, { diagnostics: `Only ASCII without spaces may stand in an address: ${address}` });
}

/**
 * The correctly encoded address of a request that was sent as somebody typed it: a name in Cyrillic, a space (RFC 9112 section 3.2, RFC
 * 3986 section 2.1). Undefined if the address was not the error.
 */
function encodedAddress(received: string): string | undefined {
  const [, typed] = /^[A-Z]+ (.{1,2000}) HTTP\/1\.[01]\r?\n/.exec(received) ?? [];
  // U+FFFD: bytes that are no UTF-8, whose meaning nobody knows.
  if (typed === undefined || typed.includes('\ufffd')) return undefined;
  const encoded = typed.replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
  return encoded === typed ? undefined : encoded;
}
