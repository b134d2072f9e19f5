/** Proofs of possession (RFC 9449) at endpoints that are not the engine's: its own check, with its own nonces. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type EngineContext, type Provider } from 'oidc-provider';
import validateDpop, { checkDpopReplay } from 'oidc-provider/lib/helpers/validate_dpop.js';

/** The token of a request, and the key that it is bound to. */
export interface BoundToken {
  readonly token: string;
  readonly clientId: string;
  /** `cnf.jkt` of the token. */
  readonly thumbprint: string;
}

/** What a request lacks; undefined when its sender has proven to have the key. */
export type ProofError = 'invalid_dpop_proof' | 'use_dpop_nonce' | undefined;

/**
 * Whether a request proves possession of the key of its token, by a proof that was not used before. A nonce that the sender must use
 * next is written to the response.
 * @param url the public URL of the request, without query
 */
export async function proofErrorOf(
  provider: Provider,
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: string },
  { token, clientId, thumbprint }: BoundToken,
): Promise<ProofError> {
  const oidc = { provider, route: 'userinfo', urlFor: () => url };
  const ctx = Object.assign(provider.createContext(request, response), { oidc }) as unknown as EngineContext;
  try {
    const proof = await validateDpop(provider, ctx, token);
    if (proof?.thumbprint !== thumbprint) return 'invalid_dpop_proof';
    await checkDpopReplay(provider, ctx, proof, clientId);
    return undefined;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return error.error === 'use_dpop_nonce' ? error.error : 'invalid_dpop_proof';
  }
}
