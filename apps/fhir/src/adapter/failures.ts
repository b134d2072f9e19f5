/** Sends failures, from handlers and from the framework before any route. */
import type { HttpReply, HttpRequest } from '../contract/http.ts';
import { formLimit, isForm } from '../http/content-type.ts';
import { asFailure, failureResponse } from '../http/errors.ts';
import { chooseLanguage } from '@dhp/negotiation';
import type { Language } from '@dhp/negotiation';
import { present } from '../presentation/present.ts';
import { deliver } from '../http/deliver.ts';
import type { Query } from '../contract/query.ts';
import { nameRequest, requestIdOf } from '../http/request-id.ts';
import { fhirJson } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import type { RecordSink } from '../contract/record.ts';
import { wantedForError } from '../presentation/wanted.ts';

export interface FailureSettings {
  baseUrl: string;
  /** The address below which each code has its page. */
  errorPages: string | undefined;
  bodyLimit: number;
  /** Header fields of every answer. */
  securityHeaders: Readonly<Record<string, string>>;
  defaultLanguage: Language;
  /** Receives errors that belong in the log and nowhere else. */
  report: (incident: string, error: unknown, requestId: string | undefined) => void;
  /** Takes a record of each request; undefined if nobody asks for them. */
  sink: RecordSink | undefined;
  clock: () => Date;
}

/** Answers with the OperationOutcome of the failure, in the language of the caller. */
export function sendFailure(settings: FailureSettings, error: unknown, request: HttpRequest, reply: HttpReply): void {
  // Requests that the framework refuses have not passed the hooks.
  if (!reply.hasHeader('x-request-id')) {
    nameRequest(request, reply);
    reply.headers(settings.securityHeaders);
  }
  const bodyLimit = isForm(request.headers) ? formLimit : settings.bodyLimit;
  const failed = asFailure(error, bodyLimit, settings.report, requestIdOf(request.headers));
  const language = chooseLanguage(request.headers['accept-language'], settings.defaultLanguage);
  const { status, headers, body } = failureResponse(failed, language, settings.baseUrl, settings.errorPages);
  const answer = { status, headers: { ...headers, 'content-type': fhirJson }, body };
  deliver(request, reply, inFormat(answer, request));
}

/** In the format the client wants, JSON if that is unknown. */
function inFormat(answer: Answer, { headers, query }: HttpRequest): Answer {
  return present(answer, wantedForError(headers.accept, query as Query | undefined));
}
