/** Answers to programs at the token endpoint and similar ones: our texts of refusals, the launch context, CORS, audit records. */
import type { EngineContext } from 'oidc-provider';
import { heldAnswer, requestState } from '@dhp/sso-kit/request';
import { basicChallenge, oauthErrorBody, oauthErrors, withErrorPage } from '@dhp/sso-pages/refusals';
import { decisionOf, grantsOfTokens } from './decision.ts';
import { burnGuessedCode, endGrant, endedWords, lostGrant, reuseIn, type Reuse } from './reuse.ts';
import { isTooSoon, pollInterval } from './device-codes.ts';
import { ownWords, refusal, refusalKind } from './refusal.ts';
import type { EngineAdapter } from './adapter.ts';
import { registrationOf } from './engine-client.ts';
import type { EngineOptions } from './options.ts';
import { enginePaths } from './paths.ts';
import type { Redemptions } from './redemptions.ts';
import { endingIn, endStandingGrant } from './standing-of-requests.ts';
import type { Exchange } from './state.ts';

/** Endpoints for programs, which are answered as the token endpoint is. */
export const programPaths: ReadonlySet<string> = new Set([
  enginePaths.token,
  enginePaths.par,
  enginePaths.deviceAuthorization,
]);

export type AnswerProgram = (ctx: EngineContext, next: () => Promise<void>) => Promise<void>;

interface Parts {
  options: EngineOptions;
  codes: EngineAdapter;
  redemptions: Redemptions;
}

export function programAnswers(parts: Parts): AnswerProgram {
  return async (ctx, next) => {
    const { options } = parts;
    const exchange = requestState().exchange!;
    ctx.set('Pragma', 'no-cache'); // RFC 6749 5.1 beside the engine's Cache-Control: no-store
    await carryOut(parts, exchange, next);
    markOrigin(ctx, options);
    const isHasty = await noteWrongSecret(ctx, exchange, options);
    if (exchange.error !== undefined) {
      await endWhatFailed(parts, ctx, exchange.error);
      const isWaiting = await refuseProgram(ctx, exchange.error, options);
      if (isWaiting) return;
    } else if (ctx.path === enginePaths.deviceAuthorization) {
      Object.assign(ctx.body as object, { interval: pollInterval });
    } else await addLaunchContext(ctx, parts.redemptions);
    // A client that is over its limit is recorded once, not for each request.
    if (isHasty) return;
    if (exchange.error === undefined && ctx.path !== enginePaths.token) return;
    const reused = exchange.error && reuseOf(parts, ctx, exchange.error);
    options.onDecision({ ...decisionOf(ctx, exchange), ...(reused && { reused }) });
    if (exchange.error === undefined) grantsOfTokens.publish(ctx.oidc.params?.['grant_type']);
    try {
      await heldAnswer();
    } catch (cause) {
      // A decision that cannot be recorded is withdrawn; this refusal itself needs no record.
      await refuseProgram(ctx, cause instanceof Error ? cause : new Error('not recorded', { cause }), options);
    }
  };
}

/** Lets the engine answer, and writes the tokens that the answer uses up; notes the first error. */
async function carryOut({ redemptions }: Parts, exchange: Exchange, next: () => Promise<void>): Promise<void> {
  for (const step of [next, () => redemptions.settle()]) {
    try {
      await step();
    } catch (error) {
      exchange.error ??= error instanceof Error ? error : new Error('thrown', { cause: error });
    }
  }
}

/** Puts our headers for web pages in the place of the engine's. */
function markOrigin(ctx: EngineContext, { cors }: EngineOptions): void {
  ctx.remove('Access-Control-Allow-Origin');
  ctx.remove('Access-Control-Expose-Headers');
  ctx.remove('Vary');
  const { client } = ctx.oidc;
  cors.mark(ctx.req, ctx.res, client && registrationOf(client));
}

/** Counts a failed client authentication. @returns whether the limit is exceeded */
async function noteWrongSecret(ctx: EngineContext, exchange: Exchange, { limits }: EngineOptions): Promise<boolean> {
  const { error, clientId, address } = exchange;
  const kind = error && refusalKind(error);
  if (kind !== 'client-authentication-failed' || clientId === undefined) return kind === 'too-many-requests';
  if (!(await limits.noteWrongSecret(clientId, address, ctx.res))) return false;
  exchange.error = refusal('too-many-requests');
  return true;
}

/** Ends codes and grants that a refused request makes suspicious. */
async function endWhatFailed({ options, codes, redemptions }: Parts, ctx: EngineContext, error: Error): Promise<void> {
  const { sql, clock } = options;
  await burnGuessedCode(ctx, error, codes);
  // Of parallel requests with one code, all but one count as repeated use, like later ones.
  const lost = await lostGrant(ctx, error, sql);
  if (lost !== undefined) redemptions.noteEnded(await endGrant(sql, lost, clock()));
  // A refresh token that was refused because something has ended ends together with everything of the same authorization.
  const ending = endingIn(error);
  const token = ctx.oidc.entities.RefreshToken;
  if (ending === undefined || token === undefined) return;
  const { grantId, accountId } = token;
  await endStandingGrant(options, { grantId, ending, accountId, clientId: ctx.oidc.client?.clientId, now: clock() });
}

function reuseOf({ redemptions }: Parts, ctx: EngineContext, error: Error): Reuse | undefined {
  const event = reuseIn(ctx, error);
  if (event === undefined) return undefined;
  const { ended, accountId } = redemptions.endedBy();
  return { event, ended: endedWords(ended), accountId };
}

/** SMART App Launch 2.2, launch context: the patient, encounter and other context of the token are sent beside it. */
async function addLaunchContext(ctx: EngineContext, redemptions: Redemptions): Promise<void> {
  const { extra, grantId } = ctx.oidc.entities.AccessToken ?? {};
  const { patient, encounter } = extra ?? {};
  const launch = grantId === undefined ? undefined : await redemptions.launchOf(grantId);
  const isLaunched = ctx.oidc.entities.AccessToken?.scope?.split(' ').includes('launch') === true;
  const fhirContext = isLaunched ? (launch?.fhir_context ?? undefined) : undefined;
  if (patient === undefined && encounter === undefined && fhirContext === undefined) return;
  Object.assign(ctx.body as object, {
    patient,
    encounter,
    fhirContext,
    need_patient_banner: launch?.need_patient_banner ?? true,
    smart_style_url: launch?.smart_style_url ?? undefined,
    intent: launch?.intent ?? undefined,
  });
}

/** A client that signs assertions gains nothing from advice about a secret. */
function assertionRefused(ctx: EngineContext, error: Error): 'client-assertion-refused' | undefined {
  const isSigned = (ctx.oidc.params?.['client_assertion'] ?? '') !== '';
  return isSigned && refusalKind(error) === 'client-authentication-failed' ? 'client-assertion-refused' : undefined;
}

/** Answers with our text of the refusal. @returns whether a device is told to wait, which is not a decision */
async function refuseProgram(ctx: EngineContext, error: Error, options: EngineOptions): Promise<boolean> {
  const waits = refusalKind(error) === 'authorization-pending';
  const deviceCode = ctx.oidc.params?.['device_code'];
  const isHasty =
    waits && typeof deviceCode === 'string' && (await isTooSoon(options.sql, deviceCode, options.clock()));
  const kind = isHasty ? 'slow-down' : (assertionRefused(ctx, error) ?? refusalKind(error));
  const { status } = oauthErrors[kind];
  if (status >= 500) options.onFault(error);
  // The rest of the body is not read, so the connection cannot be reused.
  if (status === 413) ctx.set('Connection', 'close');
  if (status === 503) ctx.set('Retry-After', '5');
  if (status === 401 && ctx.get('Authorization') !== '') ctx.set('WWW-Authenticate', basicChallenge(options.issuer));
  ctx.status = status;
  await options.cors.markRefusal(ctx.req, ctx.res);
  // The developer of the client reads the fault of an authorization request here, as on the page of the authorization endpoint.
  const isRequest = /^(?:invalid-request|missing-parameter)$/.test(kind) && ctx.path !== enginePaths.token;
  ctx.body = withErrorPage(isRequest ? ownWords(error) : oauthErrorBody(kind), options.errorPages);
  return waits;
}
