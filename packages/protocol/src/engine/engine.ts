/**
 * The seam to the protocol engine, oidc-provider: only this directory imports it. The engine implements the protocol; the clients, their
 * permissions, the texts of refusals and the audit records are ours.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestState } from '@dhp/sso-kit/request';
import { admitUnknown } from './admission.ts';
import { clientTokens } from './client-tokens.ts';
import { proofErrorOf, type BoundToken, type ProofError } from './proof.ts';
import { acr } from './session-policy.ts';
import { noteUse } from './session-limits.ts';
import { signInOf, type SignIn } from './sign-in.ts';
import type { EngineOptions } from './options.ts';
import { createProvider } from './provider.ts';
import { requireReadableForm } from './forms.ts';
import { readNameInHeader } from './name-in-header.ts';
import { openRedemptions } from './redemptions.ts';
import { answeredHere, goOn } from './resumption.ts';
import { openSignInReads } from './sign-in-reads.ts';
import type { Exchange, Resumption } from './state.ts';

export type { AuthorizationError, EngineTemplates } from './templates.ts';
export { bodyLimit, enginePaths, signInPath } from './paths.ts';

/** As the account pages use it. */
export interface OwnSession {
  uid: string;
  accountId: string;
  /** When the person signed in, in seconds. */
  loginTs: number;
  /** Whether the sign-in used two factors. */
  twoFactors: boolean;
  /** Methods of the sign-in (RFC 8176), with the id of the identity system if there was one. */
  methods: readonly string[];
}

export interface Engine {
  /** Answers a request for one of the engine's routes; the body must not have been read. */
  handle(request: IncomingMessage, response: ServerResponse, address: string): Promise<void>;
  /** Returns the session of the browser if somebody is signed in there and the session has not exceeded its limits. */
  session(request: IncomingMessage, response: ServerResponse): Promise<OwnSession | undefined>;
  /** Checks the proof of a request with a bound token and returns the error, if any; `url` is its public one (RFC 9449). */
  proofError(
    at: { request: IncomingMessage; response: ServerResponse; url: string },
    bound: BoundToken,
  ): Promise<ProofError>;
  /** The sign-in under way in this browser, as its cookie names it; undefined if there is none or it has expired. */
  signIn(request: IncomingMessage, response: ServerResponse): Promise<SignIn | undefined>;
  /**
   * Returns the address to which the last answer to the sign-in redirected the browser, so that a repeated answer leads there again;
   * undefined after that time.
   */
  answered(request: IncomingMessage, response: ServerResponse, uid: string): Promise<string | undefined>;
}

export function createEngine(options: EngineOptions): Engine {
  const redemptions = openRedemptions(options);
  const signIns = openSignInReads({ ...options, kept: options.keptRegistration });
  const parts = { ...options, redemptions, signIns };
  const answerClient = clientTokens(options);
  let provider = createProvider(parts);
  let callback = provider.callback();
  // The engine's keys cannot be changed, and making a new engine takes 2 ms. Requests under way finish with the old one.
  options.keys.onChange(() => {
    provider = createProvider(parts);
    callback = provider.callback();
  });
  return {
    async handle(request, response, address) {
      const exchange: Exchange = { address, began: options.clock() };
      requestState().exchange = exchange;
      if (await answerClient(request, response, exchange)) return;
      if (exchange.isInside !== true && !(await admitUnknown(request, response, address, options))) return;
      requireReadableForm(request);
      await readNameInHeader(request, options.findRegistration);
      return callback(request, response);
    },
    async session(request, response) {
      const found = await provider.Session.get(provider.createContext(request, response));
      const { uid, accountId, loginTs } = found;
      if (accountId === undefined || loginTs === undefined) return undefined;
      const isOld = loginTs + options.session.absolute <= options.clock().getTime() / 1000;
      if (!isOld) await noteUse(options, { uid, accountId, loginTs });
      return isOld
        ? undefined
        : { uid, accountId, loginTs, twoFactors: found.acr === acr.twoFactors, methods: found.amr ?? [] };
    },
    proofError: (at, bound) => proofErrorOf({ provider, sql: options.sql }, at, bound),
    signIn(request, response) {
      const now = { ...parts, provider, callback };
      const goOnHere = (answer: Pick<Resumption, 'interaction' | 'grant'>): Promise<string> =>
        goOn(now, { request, response }, answer);
      return signInOf({ ...now, goOn: goOnHere }, request, response);
    },
    answered: (request, response, uid) => answeredHere({ ...parts, provider, callback }, { request, response }, uid),
  };
}
