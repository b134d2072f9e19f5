/** FHIR over HTTP as the suites speak it: no client library between the test and the bytes. */
import assert from 'node:assert/strict';
import { ask } from './ask.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body. @throws SyntaxError if it is not JSON */
  json(): Record<string, unknown>;
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/**
 * Returns a function that sends requests to one FHIR endpoint with one token. A string is sent unchanged, anything else as JSON.
 * @param base the base URL, without a trailing slash
 * @param token absent for a caller without one
 */
export function fhirAt(base: string, token?: string): Ask {
  return async (method, path, body, headers) => {
    const answered = await ask(`${base}/${path}`, {
      method,
      headers: {
        accept: 'application/fhir+json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { ...answered, json: () => JSON.parse(answered.text) as Record<string, unknown> };
  };
}

/** The answer has this status; a failure shows its body. */
export function hasStatus(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, `${answer.status} instead of ${status}: ${answer.text.slice(0, 1000)}`);
  return answer;
}

/** The version number of `ETag: W/"3"`. */
export function versionOf(answer: Answer): number {
  const match = /^W\/"(\d+)"$/.exec(answer.headers.get('etag') ?? '');
  assert.ok(match, `ETag ${String(answer.headers.get('etag'))}`);
  return Number(match[1]);
}
