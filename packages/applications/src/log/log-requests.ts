/** Notes requests to the token and the authorization endpoint for the developers of the client, after their answers. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { exchangeOutcome } from '@dhp/protocol/developers';
import { tokenPath } from '@dhp/protocol/endpoints';
import { enginePaths } from '@dhp/protocol';
import { maskedQuery, type RequestLog } from '@dhp/request-log';
import { requestState } from '@dhp/sso-kit/request';
import { createStrangers } from './strangers.ts';

/** Notes a request when it is over. */
export type NoteRequest = (request: { url: string; method: string }, response: ServerResponse) => void;

export function requestNotes({ log, clock }: { log: RequestLog; clock: () => Date }): NoteRequest {
  const strangers = createStrangers();
  return (request, response) => {
    const path = pathOf(request.url);
    if (path !== undefined) noteWhenOver(path, request, response, { log, clock, strangers });
  };
}

export function logRequests(app: FastifyInstance, note: NoteRequest): void {
  app.addHook('onRequest', (request, reply, done) => {
    note(request, reply.raw);
    done();
  });
}

/** Path for the log: the address of the return from a sign-in contains the id of the sign-in, which is removed. */
function pathOf(url: string): string | undefined {
  const [path = ''] = url.split('?', 1);
  if (path === tokenPath || path === enginePaths.authorize) return path;
  return path.startsWith(`${enginePaths.authorize}/`) ? `${enginePaths.authorize}/…` : undefined;
}

interface Parts {
  readonly log: RequestLog;
  readonly clock: () => Date;
  readonly strangers: ReturnType<typeof createStrangers>;
}

function noteWhenOver(
  path: string,
  { url, method }: Parameters<NoteRequest>[0],
  response: ServerResponse,
  parts: Parts,
): void {
  const { log, clock, strangers } = parts;
  const state = requestState();
  const [began, time] = [performance.now(), clock().getTime()];
  response.once('close', () => {
    const outcome = exchangeOutcome(state);
    if (outcome === undefined) return;
    const { clientId: client, environment, refused } = outcome;
    const { statusCode, headersSent } = response;
    const isDone = statusCode < 400 && refused === undefined && path === tokenPath;
    // Anybody can name a client: only a request that gets a token has proved that it comes from the client.
    if (!isDone && !strangers.admit(client, time)) return;
    log.note({
      ...{ time, client, method, path, milliseconds: performance.now() - began },
      query: queryOf(url, environment),
      status: headersSent ? statusCode : undefined,
      requestId: String(response.getHeader('X-Request-Id')),
      issues:
        refused === undefined ? [] : [{ severity: 'error', code: refused.error, text: refused.error_description }],
    });
  });
}

/** Parameters whose values describe the request and give no access. */
const shown: ReadonlySet<string> = new Set([
  ...['client_id', 'response_type', 'response_mode', 'redirect_uri', 'scope', 'resource', 'aud', 'prompt'],
  ...['max_age', 'ui_locales', 'code_challenge_method', 'acr_values'],
]);

/** Names of parameters of an authorization request. */
const names: ReadonlySet<string> = new Set([
  ...shown,
  ...['state', 'nonce', 'code_challenge', 'request', 'request_uri', 'login_hint', 'id_token_hint', 'launch', 'display'],
  ...['claims', 'claims_locales', 'registration', 'consent', 'grant_type', 'dpop_jkt'],
]);

/** No code, state, token, hint or challenge: only names, and in the playground the values of some parameters. */
function queryOf(url: string, environment: string): string | undefined {
  const at = url.indexOf('?');
  if (at < 0) return undefined;
  const query = url.slice(at + 1);
  if (environment === 'production') return maskedQuery(query, names);
  return query
    .split('&')
    .map((part) => (shown.has(part.split('=', 1)[0] ?? '') ? part : maskedQuery(part, names)))
    .join('&');
}
