/**
 * Issues tokens of clients acting for themselves without the engine, in the cases in which the engine would simply grant them. Requests
 * that may be refused, or that have another form, go to the engine unchanged. docs/decisions/0085-tokens-of-clients.md
 */
import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { recordChannel } from '@dhp/audit';
import { createBatcher } from '@dhp/postgres';
import { hasKeys, insertClientTokens, type ClientToken, type Registration } from '@dhp/clients/rows';
import { liveSecrets, secretMatches } from '@dhp/clients/authentication';
import { isAdminScope } from '@dhp/clients/fields';
import type { SigningKey } from '@dhp/signing-keys';
import { correlationId, ipAddress } from '@dhp/sso-kit/request';
import { refuseByJson, sendJson } from '@dhp/sso-pages/answers';
import { faultKind } from '@dhp/sso-pages/refusals';
import { callerOf } from '../limits/busy.ts';
import { admit } from './admission.ts';
import { grantsOfTokens } from './decision.ts';
import type { EngineOptions } from './options.ts';
import { claimsOfClient } from './people-of-requests.ts';
import { isPlainHead, giveBack, plainTokenRequest, readBody, type PlainTokenRequest } from './plain-token-request.ts';
import { accessTokenSeconds, isOfPart } from './resource-servers.ts';
import { grantSystemScopes } from './scopes.ts';
import { signatureOf } from './signing.ts';
import type { Exchange } from './state.ts';

/** Answers a request, or leaves it to the engine. @returns whether it was answered */
type AnswerClient = (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => Promise<boolean>;

/** The access that a client may have by a request. */
interface Decision {
  readonly registration: Registration;
  readonly scope: string;
  readonly audience: string;
}

// One commit at a time: requests that arrive during one share the next. If a commit fails, it fails for all its requests, and none of their
// tokens is sent.
const pace = { name: 'tokens of clients', concurrency: 1, maxBatch: 500, gather: true, onError: 'fail' } as const;

const records = channel(recordChannel);

export function clientTokens(options: EngineOptions): AnswerClient {
  const decide = decisions(options);
  const recorder = createBatcher<ClientToken, boolean>({
    ...pace,
    async run(tokens) {
      const recorded = await insertClientTokens(options.sql, tokens);
      if (records.hasSubscribers) for (const _ of recorded) records.publish('token.issued');
      return tokens.map(({ jti }) => recorded.has(jti));
    },
  });
  return async (request, response, exchange) => {
    if (!isPlainHead(request)) return false;
    const body = await readBody(request).catch((error: unknown) => error as Error);
    const asked = body instanceof Error ? undefined : plainTokenRequest(request.headers, body);
    const decided = asked && decide(asked);
    if (decided !== undefined && !(await hasPlace(decided, options, { request, response, exchange }))) return true;
    if (decided === undefined || !isAdmitted(decided, options, { exchange, response })) {
      giveBack(request, body);
      return false;
    }
    const { registration, scope } = decided;
    exchange.registration = registration;
    try {
      const made = sign(decided, options);
      const record = { jti: made.jti, scope, issued: made.issued, clientId: registration.client_id };
      const at = { address: ipAddress(exchange.address), correlationId: correlationId() };
      if (!(await recorder.submit({ ...record, ...at, version: registration.row_version }))) {
        giveBack(request, body); // the registration has changed since: the engine reads it again
        return false;
      }
      exchange.clientId = registration.client_id;
      options.cors.mark(request, response, registration);
      grantsOfTokens.publish('client_credentials');
      const [seconds, type] = [accessTokenSeconds.usual, 'Bearer'];
      response.setHeader('Pragma', 'no-cache');
      sendJson(response, 200, { access_token: made.token, expires_in: seconds, scope, token_type: type });
    } catch (error) {
      await withdraw(error, options, { request, response });
    }
    return true;
  };
}

/** A client that has shown its secret competes only with its own requests. @returns whether it is admitted; otherwise it was refused */
async function hasPlace(
  { registration: { client_id: id } }: Decision,
  options: EngineOptions,
  { request, response, exchange }: { request: IncomingMessage; response: ServerResponse; exchange: Exchange },
): Promise<boolean> {
  const { programs } = options.gates;
  if (programs === undefined) return true;
  exchange.isInside = true;
  return admit(programs, callerOf.client(id), { request, response }, options);
}

/** Counts the request for its client, once: the engine refuses a request that is refused here without counting it again. */
function isAdmitted(
  { registration: { client_id: id } }: Decision,
  { limits }: EngineOptions,
  { exchange, response }: { exchange: Exchange; response: ServerResponse },
): boolean {
  return (exchange.isAdmitted = limits.admitClient(id, exchange.address, response));
}

/** Number of cached decisions, each for a version of a registration and the requested scopes. */
const mostKept = 2_000;

/** Decides as the engine would with our callbacks; undefined if the engine must decide. */
function decisions(o: EngineOptions): (asked: PlainTokenRequest) => Decision | undefined {
  const kept = new LRUCache<string, { readonly decision: Decision | undefined }>({ max: mostKept });
  return ({ clientId, secret, scope }) => {
    const registration = o.lastRegistration(clientId);
    // The same work for an unknown client as for a wrong secret.
    const isRight = secretMatches(secret, liveSecrets(registration, o.clock()));
    if (registration === undefined || !isRight) return undefined;
    const key = `${clientId} ${registration.row_version} ${scope ?? ''}`;
    const known = kept.get(key);
    if (known !== undefined) return known.decision;
    const decision = mayHaveTokens(registration, o) ? decisionOf(registration, scope, o) : undefined;
    kept.set(key, { decision });
    return decision;
  };
}

function mayHaveTokens(registration: Registration, { grants }: EngineOptions): boolean {
  const { public: isPublic, disabled, awaits_approval: isWaiting, dpop_bound: isBound } = registration;
  const isOther = isPublic || disabled || isWaiting || isBound || hasKeys(registration);
  return !isOther && [grants, registration.grants].every((of) => of.includes('client_credentials'));
}

function decisionOf(
  registration: Registration,
  asked: string | undefined,
  { environments, resourceTypes }: EngineOptions,
): Decision | undefined {
  const { scopes: registered, environment } = registration;
  const audience = environments[environment];
  if (audience === undefined || (asked?.split(' ') ?? registered).every(isAdminScope)) return undefined;
  const granted = grantSystemScopes(registered.filter(isOfPart.environment), asked, resourceTypes);
  return granted.length === 0 ? undefined : { registration, scope: [...new Set(granted)].join(' '), audience };
}

/** A token like the engine's (RFC 9068): the same members in the same order. */
function sign(
  { registration, scope, audience }: Decision,
  { issuer, keys, clock }: EngineOptions,
): { token: string; jti: string; issued: Date } {
  const issued = clock();
  const seconds = Math.floor(issued.getTime() / 1000);
  const jti = nextId();
  const { client_id: clientId } = registration;
  const claims = {
    ...claimsOfClient(registration),
    ...{ jti, sub: clientId, iat: seconds, exp: seconds + accessTokenSeconds.usual, scope },
    ...{ client_id: clientId, iss: issuer, aud: audience, iat_ms: issued.getTime() },
  };
  const key = keys.signing('ES256');
  const signed = `${headOf(key)}.${encoded(claims)}`;
  return { token: `${signed}.${signatureOf(key, Buffer.from(signed)).toString('base64url')}`, jti, issued };
}

/**
 * Bytes of an id, and the number of ids whose bytes are generated at once: a system call for each would take longer than all other work on
 * its claims.
 */
const [idLength, idsAhead] = [32, 128];
let ahead = Buffer.alloc(0);

/** Returns an unguessable id; no random byte is used twice. */
function nextId(): string {
  if (ahead.length === 0) ahead = randomBytes(idLength * idsAhead);
  const id = ahead.toString('base64url', 0, idLength);
  ahead = ahead.subarray(idLength);
  return id;
}

function headOf({ kid }: SigningKey): string {
  return encoded({ alg: 'ES256', typ: 'at+jwt', kid });
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token that could not be recorded is not handed out, and the refusal itself needs no record. */
async function withdraw(
  error: unknown,
  { cors, onFault, errorPages }: EngineOptions,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  onFault(error);
  await cors.markRefusal(request, response);
  response.setHeader('Pragma', 'no-cache');
  const kind = faultKind(error instanceof Error ? error : new Error('thrown', { cause: error }));
  refuseByJson(response, kind, errorPages);
}
