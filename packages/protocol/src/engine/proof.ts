/** Proofs of possession (RFC 9449) at endpoints that are not the engine's: its own check, with its own nonces. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '@dhp/postgres';
import { errors, type EngineContext, type Provider } from 'oidc-provider';
import validateDpop from 'oidc-provider/lib/helpers/validate_dpop.js';
import { useOnce } from '@dhp/grants/artifacts';

/** The token of a request, and the key that it is bound to. */
export interface BoundToken {
  readonly token: string;
  readonly clientId: string;
  /** `cnf.jkt` of the token. */
  readonly thumbprint: string;
  /** Nothing is changed by the request, so that the use of its proof is stored without a wait for the commit. */
  readonly onlyReads: boolean;
}

/**
 * Seconds for which the use of a proof is remembered. The engine takes one whose `iat` is up to 300 seconds away, on either side: one from a
 * clock that is ahead is valid for 600 seconds from the first use on (and the engine itself would remember it for 300).
 */
const proofSeconds = 601;

/** Until when something that was used once is remembered, at least. @param asked as the engine would have it */
export function rememberedUntil(asked: Date, now: Date): Date {
  return new Date(Math.max(asked.getTime(), now.getTime() + proofSeconds * 1000));
}

/** Error of a proof; undefined when the sender has proved possession of the key. */
export type ProofError = 'invalid_dpop_proof' | 'use_dpop_nonce' | undefined;

/**
 * Whether a request proves possession of the key of its token, by a proof that was not used before. A nonce that the sender must use
 * next is written to the response.
 * @param url the public URL of the request, without query
 */
export async function proofErrorOf(
  { provider, sql }: { provider: Provider; sql: Session },
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: string },
  { token, clientId, thumbprint, onlyReads }: BoundToken,
): Promise<ProofError> {
  const oidc = { provider, route: 'userinfo', urlFor: () => url };
  const ctx = Object.assign(provider.createContext(request, response), { oidc }) as unknown as EngineContext;
  try {
    const proof = await validateDpop(provider, ctx, token);
    if (proof?.thumbprint !== thumbprint) return 'invalid_dpop_proof';
    const now = new Date(Date.now());
    const expires = rememberedUntil(now, now);
    // The engine's own name of the proof: a proof that was used at one of its endpoints is known here, and the other way round.
    const isNew = await useOnce(sql, `${clientId} ${proof.jti}`, expires, { now, isUnwaited: onlyReads });
    return isNew ? undefined : 'invalid_dpop_proof';
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return error.error === 'use_dpop_nonce' ? error.error : 'invalid_dpop_proof';
  }
}
