/** Proofs of possession (RFC 9449) at endpoints outside the engine: the engine's own check, with the engine's nonces. */
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
  /** The request changes nothing, so the use of its proof is stored without waiting for the commit. */
  readonly onlyReads: boolean;
}

/**
 * Seconds for which a used proof is remembered. The engine accepts a proof whose `iat` is up to 300 seconds off in either direction: a
 * proof from a clock that is ahead is valid for 600 seconds after its first use (and the engine itself would remember it for 300).
 */
const proofSeconds = 601;

/** The time until which a used value is remembered, at least. @param asked the time that the engine requests */
export function rememberedUntil(asked: Date, now: Date): Date {
  return new Date(Math.max(asked.getTime(), now.getTime() + proofSeconds * 1000));
}

/** Error of a proof; undefined when the sender has proved possession of the key. */
export type ProofError = 'invalid_dpop_proof' | 'use_dpop_nonce' | undefined;

/**
 * Whether a request proves possession of its token's key by an unused proof. A nonce that the sender must use next is written to the
 * response.
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
    // The engine's own name of the proof: a proof used at one of its endpoints is known here, and vice versa.
    const isNew = await useOnce(sql, `${clientId} ${proof.jti}`, expires, { now, isUnwaited: onlyReads });
    return isNew ? undefined : 'invalid_dpop_proof';
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return error.error === 'use_dpop_nonce' ? error.error : 'invalid_dpop_proof';
  }
}
