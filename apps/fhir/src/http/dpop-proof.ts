/** Proofs of possession (RFC 9449): the sender of a bound token has the key that it is bound to. */
import { hash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWK } from 'jose';
import type { StoreAdmin } from '@dhp/fhir-store';
import { failure, type Failure } from './errors.ts';
import type { ProofNonces } from './proof-nonces.ts';
import { createTokenCache } from './token-cache.ts';

/** The request that a proof is bound to. */
export interface ProvenRequest {
  method: string;
  /** The public URL, without query and fragment. */
  url: string;
  /** The header DPoP; several are joined by commas, which no proof is. */
  proof: string | undefined;
  /** Tells the sender which nonce the next proof must have. */
  offerNonce: (nonce: string) => void;
}

export interface ProofSettings {
  readonly clock: () => Date;
  /** Notes a use on behalf of all nodes until it is of no use any more, and says whether it is the first. */
  readonly useOnce: StoreAdmin['useOnce'];
  /** Every proof must have one of these; absent: none is requested. */
  readonly nonces?: ProofNonces;
}

export interface ProofChecker {
  /** Rejects with a Failure unless the request proves that its sender has the key. */
  readonly check: (request: ProvenRequest, bound: { token: string; thumbprint: string }) => Promise<void>;
}

export const proofAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];

/** Seconds: how old a proof may be, and by how much clocks may differ. */
const lifetime = { old: 60, ahead: 5 };
/** Seconds by which the clocks of nodes may differ: another one may have taken the proof so much earlier. */
const apart = 5;

/**
 * A proof is valid once. A proof that this process has seen is refused at once; the database of the environment, which remembers proofs as
 * long as they are valid, shows whether another node has seen it.
 */
export function createProofChecker({ clock, useOnce, nonces }: ProofSettings): ProofChecker {
  const seen = createTokenCache<{ expiresAt: number }>({ entries: 200_000, characters: 32 * 1024 * 1024 });

  async function check(
    { method, url, proof, offerNonce }: ProvenRequest,
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
    if (nonces !== undefined) requireNonce(payload['nonce'], nonces, offerNonce);
    await requireFirstUse(`${thumbprint} ${jti}`, now, age);
  }

  async function requireFirstUse(name: string, now: number, age: number): Promise<void> {
    const usedBefore = 'The proof was used before (jti).';
    if (seen.get(name, now) !== undefined) throw invalid(usedBefore);
    const expiresAt = now + (lifetime.old + lifetime.ahead) * 1000;
    seen.set(name, { expiresAt });
    const possibleFor = (age + lifetime.ahead + apart) * 1000;
    const use = await useOnce(name, { until: new Date(expiresAt), possibleFor });
    if (use === 'used') throw invalid(usedBefore);
    if (use === 'unknown') throw failure('proof-undecided', {}, { diagnostics: undecided });
  }

  return { check };
}

/** RFC 9449 section 9: proofs that were made ahead of time do not know the nonce. */
function requireNonce(nonce: unknown, nonces: ProofNonces, offer: (nonce: string) => void): void {
  const next = nonces.current();
  if (nonce !== next) offer(next);
  if (typeof nonce === 'string' && nonces.isGood(nonce)) return;
  const diagnostics =
    nonce === undefined
      ? 'The proof has no nonce; use that of the header DPoP-Nonce.'
      : 'The nonce of the proof is old.';
  throw failure('proof-nonce-needed', {}, { diagnostics });
}

async function verified(proof: string): Promise<{ payload: Record<string, unknown> & { iat?: number }; jwk: JWK }> {
  try {
    const options = { typ: 'dpop+jwt', algorithms: [...proofAlgorithms], currentDate: new Date(Date.now()) };
    // The times are checked by the caller: a proof has iat and no exp.
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options);
    return { payload, jwk: protectedHeader.jwk! };
  } catch (error) {
    throw invalid(`The proof is not a signed dpop+jwt: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

const undecided = 'The database has begun anew since the proof was made, and does not know whether it was used before.';

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
