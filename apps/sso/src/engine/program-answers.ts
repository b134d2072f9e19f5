/** How programs are answered at the token endpoint and its like: refusals in our words, the launch context, CORS, what is recorded. */
import type { EngineContext } from 'oidc-provider';
import { heldAnswer, requestState } from '@dhp/sso-kit/request';
import { basicChallenge, oauthErrorBody, oauthErrors } from '../oauth-errors.ts';
import { decisionOf } from './decision.ts';
import { burnGuessedCode } from './code-guessing.ts';
import { isTooSoon, pollInterval } from './device-codes.ts';
import { ownWords, refusal, refusalKind } from './refusal.ts';
import type { EngineAdapter } from './adapter.ts';
import { registrationOf } from './engine-client.ts';
import type { EngineOptions } from './options.ts';
import { enginePaths } from './paths.ts';
import type { Redemptions } from './redemptions.ts';
import { endingIn, endStandingGrant } from './standing-of-requests.ts';
import { endGrant, endedWords, lostCode, reuseIn, type Reuse } from './reuse.ts';

/** Endpoints for programs, which are answered as the token endpoint is. */
export const programPaths: ReadonlySet<string> = new Set([
  enginePaths.token,
  enginePaths.par,
  enginePaths.deviceAuthorization,
]);

export type AnswerProgram = (ctx: EngineContext, next: () => Promise<void>) => Promise<void>;

export function programAnswers(o: {
  options: EngineOptions;
  codes: EngineAdapter;
  redemptions: Redemptions;
}): AnswerProgram {
  const { options, codes, redemptions } = o;
  const { issuer, clock } = options;

  async function answerProgram(ctx: EngineContext, next: () => Promise<void>): Promise<void> {
    const exchange = requestState().exchange!;
    ctx.set('Pragma', 'no-cache'); // RFC 6749 5.1 beside the engine's Cache-Control: no-store
    for (const step of [next, () => redemptions.settle()]) {
      try {
        await step();
      } catch (error) {
        exchange.error ??= error instanceof Error ? error : new Error('thrown', { cause: error });
      }
    }
    ctx.remove('Access-Control-Allow-Origin');
    ctx.remove('Access-Control-Expose-Headers');
    ctx.remove('Vary');
    const { client } = ctx.oidc;
    options.cors.mark(ctx.req, ctx.res, client && registrationOf(client));
    const { error, clientId, address } = exchange;
    let kind = error && refusalKind(error);
    if (kind === 'client-authentication-failed' && clientId !== undefined) {
      if (await options.limits.noteWrongSecret(clientId, address, ctx.res)) {
        kind = 'too-many-requests';
        exchange.error = refusal(kind);
      }
    }
    if (exchange.error !== undefined) {
      await burnGuessedCode(ctx, exchange.error, codes);
      await endLostCode(ctx, exchange.error);
      await endWhatStoodOn(ctx, exchange.error);
      const isWaiting = await refuse(ctx, exchange.error);
      if (isWaiting) return;
    } else if (ctx.path === enginePaths.deviceAuthorization) {
      Object.assign(ctx.body as object, { interval: pollInterval });
    } else await addLaunchContext(ctx);
    // Too many requests are recorded once, not each time.
    if (kind === 'too-many-requests') return;
    if (exchange.error === undefined && ctx.path !== enginePaths.token) return;
    const reused = exchange.error && reuseOf(ctx, exchange.error);
    options.onDecision({ ...decisionOf(ctx, exchange), ...(reused && { reused }) });
    try {
      await heldAnswer();
    } catch (cause) {
      // A decision that cannot be recorded is withdrawn; this refusal itself needs no record.
      await refuse(ctx, cause instanceof Error ? cause : new Error('not recorded', { cause }));
    }
  }

  /** Ends the grant of a code that parallel requests use: all but one of them count as repeated uses, like later ones. */
  async function endLostCode(ctx: EngineContext, error: Error): Promise<void> {
    const grantId = lostCode(ctx, error);
    if (grantId === undefined) return;
    redemptions.noteEnded(await endGrant(options.sql, grantId, clock()));
  }

  /** A refresh token that was refused since something has ended ends with all that came of the same authorization. */
  async function endWhatStoodOn(ctx: EngineContext, error: Error): Promise<void> {
    const ending = endingIn(error);
    const token = ctx.oidc.entities.RefreshToken;
    if (ending === undefined || token === undefined) return;
    const { grantId, accountId } = token;
    await endStandingGrant(options, { grantId, ending, accountId, clientId: ctx.oidc.client?.clientId, now: clock() });
  }

  function reuseOf(ctx: EngineContext, error: Error): Reuse | undefined {
    const event = reuseIn(ctx, error);
    if (event === undefined) return undefined;
    const { ended, accountId } = redemptions.endedBy();
    return { event, ended: endedWords(ended), accountId };
  }

  /** SMART App Launch 2.2, launch context: what the token is about is told beside it. */
  async function addLaunchContext(ctx: EngineContext): Promise<void> {
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

  /** @returns whether a device is told to wait, which is no decision */
  async function refuse(ctx: EngineContext, error: Error): Promise<boolean> {
    const waits = refusalKind(error) === 'authorization-pending';
    const deviceCode = ctx.oidc.params?.['device_code'];
    const isHasty = waits && typeof deviceCode === 'string' && (await isTooSoon(options.sql, deviceCode, clock()));
    const kind = isHasty ? 'slow-down' : refusalKind(error);
    const { status } = oauthErrors[kind];
    if (status >= 500) options.onFault(error);
    // The rest of the body is not read, so the connection cannot be used again.
    if (status === 413) ctx.set('Connection', 'close');
    if (status === 503) ctx.set('Retry-After', '5');
    if (status === 401 && ctx.get('Authorization') !== '') ctx.set('WWW-Authenticate', basicChallenge(issuer));
    ctx.status = status;
    await options.cors.markRefusal(ctx.req, ctx.res);
    // The developer of the client reads the fault of an authorization request here, as on the page of the authorization endpoint.
    const isRequest = /^(?:invalid-request|missing-parameter)$/.test(kind) && ctx.path !== enginePaths.token;
    ctx.body = isRequest ? ownWords(error) : oauthErrorBody(kind);
    return waits;
  }

  return answerProgram;
}
