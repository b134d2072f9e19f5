/** Proofs of possession (RFC 9449): that who sends a bound token has the key that it is bound to. */
import { hash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWK } from 'jose';
import { failure, type Failure } from './errors.ts';
import { createTokenCache } from './token-cache.ts';

/** What a proof is for. */
export interface ProvenRequest {
  method: string;
  /** The public URL, without query and fragment. */
  url: string;
  /** The header DPoP; several are joined by commas, which no proof is. */
  proof: string | undefined;
}

export interface ProofChecker {
  /** Rejects with a Failure unless the request proves that its sender has the key. */
  readonly check: (request: ProvenRequest, bound: { token: string; thumbprint: string }) => Promise<void>;
}

export const proofAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];

/** Seconds: how old a proof may be, and by how much clocks may differ. */
const lifetime = { old: 60, ahead: 5 };

/**
 * A proof is good once, as far as one process can tell: those it has seen are remembered for as long as they would be good. On
 * another node the same proof would do again, within a minute, for the same request with the same token.
 */
export function createProofChecker(clock: () => Date): ProofChecker {
  const seen = createTokenCache<{ expiresAt: number }>({ entries: 200_000, characters: 32 * 1024 * 1024 });

  async function check(
    { method, url, proof }: ProvenRequest,
    { token, thumbprint }: { token: string; thumbprint: string },
  ): Promise<void> {
    if (proof === undefined || proof === '')
      throw invalid('The token is bound to a key, and the header DPoP is missing.');
    const { payload, jwk } = await verified(proof);
    const { htm, htu, ath, jti, iat } = payload;
    if (htm !== method) throw invalid(`The proof is for the method ${JSON.stringify(htm ?? null)}.`);
    if (typeof htu !== 'string' || withoutQuery(htu) !== withoutQuery(url))
      throw invalid(`The proof is not for ${url} (htu).`);
    if (ath !== hash('sha256', token, 'base64url')) throw invalid('The proof is not for this token (ath).');
    if ((await calculateJwkThumbprint(jwk)) !== thumbprint)
      throw invalid('The proof is signed with another key than the token is bound to.');
    const now = clock().getTime();
    const age = now / 1000 - (iat ?? -Infinity);
    if (age > lifetime.old || age < -lifetime.ahead) throw invalid('The proof is too old, or from the future (iat).');
    if (typeof jti !== 'string' || jti === '' || jti.length > 200)
      throw invalid('The proof has no jti of 1 to 200 characters.');
    const name = `${thumbprint} ${jti}`;
    if (seen.get(name, now) !== undefined) throw invalid('The proof was used before (jti).');
    seen.set(name, { expiresAt: now + (lifetime.old + lifetime.ahead) * 1000 });
  }

  return { check };
}

async function verified(proof: string): Promise<{ payload: Record<string, unknown> & { iat?: number }; jwk: JWK }> {
  try {
    const options = { typ: 'dpop+jwt', algorithms: [...proofAlgorithms] };
    // The times are checked by the caller: a proof has iat and no exp.
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options);
    return { payload, jwk: protectedHeader.jwk! };
  } catch (error) {
    throw invalid(`The proof is not a signed dpop+jwt: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function withoutQuery(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}

function invalid(diagnostics: string): Failure {
  return failure('proof-invalid', {}, { diagnostics });
}
