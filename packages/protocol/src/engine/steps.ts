/** Steps around the engine's own work on a request, by its address. */
import type { EngineContext, Provider } from 'oidc-provider';
import { EndedMeanwhile, heldAnswer, requestState } from '@dhp/sso-kit/request';
import { completeAuthorizationRequest } from './authorization-request.ts';
import type { FindRegistration } from '@dhp/clients';
import type { EngineOptions } from './options.ts';
import { answerFault } from './faults.ts';
import { guardAnswerForm, rememberUserCode, type EnginePages } from './pages.ts';
import { enginePaths } from './paths.ts';
import { programPaths, type AnswerProgram } from './program-answers.ts';
import { endGrantsOfSession } from './session-binding.ts';
import { withoutBrowser } from './resumption.ts';
import type { SignInReads } from './sign-in-reads.ts';

type Next = () => Promise<void>;

/** Path at which the engine continues after a sign-in, followed by its id. */
const resumed = `${enginePaths.authorize}/`;

export function installSteps(
  provider: Provider,
  o: {
    options: EngineOptions;
    pages: EnginePages;
    answerProgram: AnswerProgram;
    signIns: SignInReads;
  },
): void {
  const { options, pages } = o;
  const resumeCookie = provider.cookieName('resume');
  provider.use(async (ctx, next) => {
    const { resumption } = requestState();
    if (resumption !== undefined) return withoutBrowser(ctx, next, { resumption, resumeCookie });
    try {
      await next().finally(heldAnswer); // failed requests have audit records, too
    } catch (error) {
      if (!(error instanceof EndedMeanwhile)) options.onFault(error);
      answerFault(ctx, error, options);
      if (programPaths.has(ctx.path)) await options.cors.markRefusal(ctx.req, ctx.res);
    }
  });
  provider.use(async (ctx, next) => {
    if (programPaths.has(ctx.path)) return o.answerProgram(ctx, next);
    if (ctx.path === enginePaths.device) return askForUserCode(ctx, next);
    if (ctx.path === enginePaths.logout) return askToSignOut(ctx, next);
    if (ctx.path === `${enginePaths.logout}/confirm`) {
      await next();
      return endGrantsOfSession(ctx, options);
    }
    if (ctx.path === enginePaths.authorize) await completeAuthorizationRequest(ctx, findOnce);
    // The engine needs the session first, which is read with the sign-in.
    else if (ctx.path.startsWith(resumed)) await o.signIns.find(ctx.path.slice(resumed.length));
    await next();
    if (isAnotherPerson(ctx)) pages.anotherPerson(ctx);
    else guardAnswerForm(ctx);
  });

  /** Looks up the registration and keeps it for the engine. */
  async function findOnce(clientId: string): ReturnType<FindRegistration> {
    const registration = await options.findRegistration(clientId);
    const { exchange } = requestState();
    if (exchange !== undefined) exchange.read = { clientId, registration };
    return registration;
  }

  /** Limits the attempts at user codes: after wrong ones the wait grows, as with passwords. */
  async function askForUserCode(ctx: EngineContext, next: Next): Promise<void> {
    rememberUserCode(ctx);
    const { address } = requestState().exchange!;
    if (ctx.method !== 'POST') {
      await next();
      return;
    }
    const begun = await options.limits.beginUserCode(address, ctx.res);
    if (begun === undefined) {
      pages.tooManyCodes(ctx);
      return;
    }
    await next();
    if (pages.wasWrongCode()) begun.wrong();
    else await begun.right();
  }

  /** Also asks people who are not signed in; the engine's own page for them would submit itself by a script. */
  async function askToSignOut(ctx: EngineContext, next: Next): Promise<void> {
    await next();
    const { session } = ctx.oidc;
    if (ctx.status === 200 && session?.accountId === undefined && session?.state !== undefined) pages.logout(ctx);
  }
}

/** Whether somebody has signed in over the session of another person, which the engine then wants to end first. */
function isAnotherPerson(ctx: EngineContext): boolean {
  // The context exists once the engine has begun processing the request.
  const oidc = ctx.oidc as EngineContext['oidc'] | undefined;
  const signedIn = oidc?.entities.Interaction?.result?.login?.accountId;
  const before = oidc?.session?.accountId;
  const isAsked = ctx.status === 200 && oidc?.session?.state !== undefined;
  return isAsked && signedIn !== undefined && before !== undefined && before !== signedIn;
}
