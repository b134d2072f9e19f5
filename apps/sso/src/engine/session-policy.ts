/** When a session is not enough: it is too old, or the client asks for more than it was begun with. */
import { interactionPolicy, type EngineClient, type EngineContext, type InteractionPolicy } from 'oidc-provider';
import type { Registration } from '../store/clients.ts';
import { allowsMethod, methodOf } from './sign-in-methods.ts';

/** Authentication context classes: what `acr_values` may ask for and the `acr` claim says (OpenID Connect Core 2). */
export const acr = { oneFactor: 'urn:dhp:acr:one-factor', twoFactors: 'urn:dhp:acr:two-factors' } as const;

/** Why a session is not good enough for this client: another way to sign in would be. */
const otherMethodReason = 'other_method';

export const stepUpReason = 'second_factor';

export interface SessionPolicy {
  /** Seconds after which a person signs in anew, however busy the session was. */
  absoluteLimit: number;
  clock: () => Date;
  registrationOf: (client: EngineClient) => Registration;
}

/** The values of the parameter, in the order that the client prefers. */
export function acrsOf(value: unknown): string[] {
  return typeof value === 'string' ? value.split(' ') : [];
}

/** The engine's own checks and three of ours; each asks for a sign-in, or answers `login_required` where none may be shown. */
export function sessionPolicy({ absoluteLimit, clock, registrationOf }: SessionPolicy): InteractionPolicy {
  const { Check, base } = interactionPolicy;
  const policy = base();
  const login = policy.get('login')!;
  const isNew = ({ oidc }: EngineContext): boolean => oidc.result?.login !== undefined;
  login.checks.add(
    new Check('session_too_old', 'the session has lasted as long as it may', 'login_required', (ctx) => {
      const begun = ctx.oidc.session?.loginTs;
      const isOld = begun !== undefined && begun + absoluteLimit <= clock().getTime() / 1000;
      return isOld && !isNew(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check(stepUpReason, 'the client asks for a second factor', 'login_required', (ctx) => {
      const { session, params } = ctx.oidc;
      const isAsked = acrsOf(params?.['acr_values']).includes(acr.twoFactors);
      const isMissing = isAsked && session?.accountId !== undefined && session.acr !== acr.twoFactors;
      return isMissing && !isNew(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check(otherMethodReason, 'the client takes another way to sign in', 'login_required', (ctx) => {
      const { session, client } = ctx.oidc;
      const isOther =
        client !== undefined &&
        session?.accountId !== undefined &&
        !allowsMethod(registrationOf(client), methodOf(session.amr ?? []));
      return isOther && !isNew(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  return policy;
}
