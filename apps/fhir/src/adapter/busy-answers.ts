/**
 * Refuses requests of a caller whose part is used up before anything else is done with them: when three times as many come as can be answered, each
 * microsecond of a refusal is taken from the answers. All else, such as a refusal in XML or to a program in a browser, goes the usual way.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { chooseLanguage, languages, type Language } from '@dhp/negotiation';
import { latest, serverBusy, type BusyGates } from '../http/busy.ts';
import { failureResponse } from '../http/errors.ts';
import { fhirJson } from '../http/respond.ts';
import { newRequestId } from '../http/request-id.ts';
import type { Bearer } from '../contract/exchange.ts';
import type { Pipeline } from '../contract/pipeline.ts';
import type { FailureSettings } from './failures.ts';

/** Answers a request that will not be admitted; returns false for any other request. */
export type BusyAnswers = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Means {
  readonly gates: BusyGates;
  readonly known: (authorization: string | undefined) => Bearer | undefined;
  readonly pipeline: Pipeline;
  readonly failures: Pick<FailureSettings, 'baseUrl' | 'errorPages' | 'securityHeaders' | 'defaultLanguage' | 'clock'>;
}

export function busyAnswers({ gates, known, pipeline, failures }: Means): BusyAnswers {
  const { defaultLanguage, clock } = failures;
  const answers = new Map(languages.map((language) => [language, answersIn(language, failures)]));
  return (request, response) => {
    const { method, headers, url = '' } = request;
    const gate = method === 'GET' || method === 'HEAD' ? gates.reads : gates.writes;
    if (gate === undefined || gate.state.waiting === 0 || !isPlain(headers, url)) return false;
    const bearer = known(headers.authorization);
    if (bearer === undefined || !gate.isFullFor(bearer.access.clientId)) return false;
    const language = chooseLanguage(headers['accept-language'], defaultLanguage);
    const those = answers.get(language)!;
    const { fields, body, error } = those[Math.floor(Math.random() * those.length)]!;
    response.writeHead(503, { ...fields, 'x-request-id': idOf(headers) });
    response.end(method === 'HEAD' ? undefined : body);
    void pipeline.refused(undefined, error);
    if (pipeline.isRecorded) {
      const outcome = { time: clock().getTime(), status: 503, bytes: body.length, milliseconds: 0 };
      pipeline.after({ method, url, headers }, { target: undefined, bearer }, outcome, error);
    }
    return true;
  };
}

function isPlain({ accept, origin }: IncomingHttpHeaders, url: string): boolean {
  return origin === undefined && (accept === undefined || jsonOnly.test(accept)) && !url.includes('_format=');
}

const jsonOnly = /^(?:\*\/\*|application\/(?:fhir\+)?json)$/;

const wellFormed = /^[\w.~:/+=@-]{1,128}$/;

function idOf({ 'x-request-id': given }: IncomingHttpHeaders): string {
  return typeof given === 'string' && wellFormed.test(given) ? given : newRequestId();
}

/** One for each time to come again. */
function answersIn(
  language: Language,
  { baseUrl, errorPages, securityHeaders }: Means['failures'],
): { fields: Record<string, string>; body: Buffer; error: ReturnType<typeof serverBusy> }[] {
  return Array.from({ length: latest }, (_, n) => {
    const error = serverBusy(n + 1);
    const { headers, body } = failureResponse(error, language, baseUrl, errorPages);
    const bytes = Buffer.from(body);
    const own = { 'content-type': fhirJson, 'content-length': String(bytes.length) };
    return {
      fields: { ...securityHeaders, ...headers, ...own, vary: `Accept, Accept-Encoding, ${headers['vary'] ?? ''}` },
      body: bytes,
      error,
    };
  });
}
