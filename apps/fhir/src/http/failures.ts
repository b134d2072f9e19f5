/** How failures leave the server: from handlers, from the framework before any route, and from the socket itself. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asFailure, failure, failureResponse, type Failure } from './errors.ts';
import { chooseLanguage, type Language } from './language.ts';
import { present } from '../presentation/present.ts';
import { deliver } from './deliver.ts';
import type { Query } from './negotiate.ts';
import { nameRequest, newRequestId, requestIdOf } from './request-id.ts';
import { fhirJson, type Answer } from './respond.ts';
import { wantedForError } from './wanted.ts';

export interface FailureSettings {
  baseUrl: string;
  bodyLimit: number;
  defaultLanguage: Language;
  /** Takes what must be in the log and nowhere else. */
  report: (incident: string, error: unknown, requestId: string | undefined) => void;
}

/** Answers with the OperationOutcome of the failure, in the language of the caller. */
export function sendFailure(
  settings: FailureSettings,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  // What the framework refuses has not come by the hooks.
  if (!reply.hasHeader('x-request-id')) nameRequest(request, reply);
  const failed = asFailure(error, settings.bodyLimit, settings.report, requestIdOf(request.headers));
  const language = chooseLanguage(request.headers['accept-language'], settings.defaultLanguage);
  const { status, headers, body } = failureResponse(failed, language, settings.baseUrl);
  const answer = { status, headers: { ...headers, 'content-type': fhirJson }, body };
  deliver(request, reply, inFormat(answer, request));
}

/** In the format the client wants, JSON where that cannot be told. */
function inFormat(answer: Answer, { headers, query }: FastifyRequest): Answer {
  return present(answer, wantedForError(headers.accept, query as Query | undefined));
}

/** Answers on a socket whose request could not even be read, and closes it. */
export function refuseConnection(settings: FailureSettings, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = failureResponse(socketFailure(error), settings.defaultLanguage, settings.baseUrl);
  const lines = Object.entries({
    ...headers,
    'content-type': fhirJson,
    'x-request-id': newRequestId(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

function socketFailure(error: NodeJS.ErrnoException): Failure {
  const diagnostics = `${error.message} (${error.code ?? 'no code'}).`;
  if (error.code === 'HPE_HEADER_OVERFLOW') return failure('headers-too-large', {}, { diagnostics });
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return failure('request-timeout', {}, { diagnostics });
  return failure('request-malformed', {}, { diagnostics });
}
