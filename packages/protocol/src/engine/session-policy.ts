/** When a session is not sufficient: it is too old, or the client requires a stronger sign-in. */
import { interactionPolicy, type EngineContext, type InteractionPolicy } from 'oidc-provider';
import { registrationOf } from './engine-client.ts';
import { allowsMethod, methodOf } from './sign-in-methods.ts';

/** Authentication context classes: values that `acr_values` may request and the `acr` claim reports (OpenID Connect Core 2). */
export const acr = { oneFactor: 'urn:dhp:acr:one-factor', twoFactors: 'urn:dhp:acr:two-factors' } as const;

/** Reason why a session is not sufficient for this client: it requires another sign-in method. */
const otherMethodReason = 'other_method';

export const stepUpReason = 'second_factor';

export interface SessionPolicy {
  /** Seconds after which a person signs in again, however busy the session was. */
  absoluteLimit: number;
  clock: () => Date;
  /** Whether the person has a second factor now. */
  hasFactor: (accountId: string) => Promise<boolean>;
  /** Whether the person's record requires two factors, whichever client asks. */
  isHeldToTwo: (ctx: EngineContext, accountId: string) => Promise<boolean>;
}

/** Meaning of `acr_values`: `required` if two factors are necessary, `preferred` if one is enough for a person without a second factor. */
export type TwoFactors = 'required' | 'preferred' | 'unasked';

/**
 * The first class in the order of preference that this server knows is the one to reach; unknown ones are skipped, since all of them are
 * voluntary (OpenID Connect Core 1.0 section 3.1.2.1).
 */
export function twoFactorsOf(acrValues: unknown): TwoFactors {
  const known = (typeof acrValues === 'string' ? acrValues.split(' ') : []).filter(isKnown);
  if (known[0] !== acr.twoFactors) return 'unasked';
  return known.includes(acr.oneFactor) ? 'preferred' : 'required';
}

const isKnown = (value: string): boolean => Object.values<string>(acr).includes(value);

/** The engine's own checks and three of ours; each asks for a sign-in, or answers `login_required` if no page may be shown. */
export function sessionPolicy({ absoluteLimit, clock, hasFactor, isHeldToTwo }: SessionPolicy): InteractionPolicy {
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
    new Check(stepUpReason, 'the client asks for a second factor', 'login_required', async (ctx) => {
      const { session, params } = ctx.oidc;
      const asked = twoFactorsOf(params?.['acr_values']);
      // Without a page, more cannot be reached, and the client reads the reached class in `acr`: an error would turn a preference into a
      // requirement.
      const isSilent = params?.['prompt'] === 'none';
      const isMissing = session?.accountId !== undefined && session.acr !== acr.twoFactors;
      if (!isMissing || isNew(ctx)) return Check.NO_NEED_TO_PROMPT;
      // The session may be older than the record that requires two factors.
      if (await isHeldToTwo(ctx, session.accountId!)) return Check.REQUEST_PROMPT;
      if (asked === 'unasked' || isSilent) return Check.NO_NEED_TO_PROMPT;
      const canReach = asked === 'required' || (await hasFactor(session.accountId!));
      return canReach ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
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
