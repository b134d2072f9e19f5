/** Nonces for proofs of possession (RFC 9449 section 9): no node stores one, and each knows those of the others by their common key. */
import { createHmac } from 'node:crypto';

export interface ProofNonces {
  /** The one that the next proof must have. */
  readonly current: () => string;
  /** Whether it is the current one or the one before. */
  readonly isGood: (nonce: string) => boolean;
}

/** Seconds for which a nonce is the current one; it is valid for one to two of them. */
const period = 60;

/** @param key the same on all nodes of an environment, and secret: anyone who knows it can make proofs ahead of time */
export function createProofNonces(key: Buffer, clock: () => Date): ProofNonces {
  const made = new Map<number, string>();

  function nonceOf(turn: number): string {
    let nonce = made.get(turn);
    if (nonce === undefined) {
      nonce = createHmac('sha256', key).update(String(turn)).digest('base64url');
      made.set(turn, nonce);
      for (const old of made.keys()) if (old < turn - 1) made.delete(old);
    }
    return nonce;
  }

  const turn = (): number => Math.floor(clock().getTime() / 1000 / period);
  return {
    current: () => nonceOf(turn()),
    // A nonce is public while it is valid, so the duration of the comparison reveals nothing.
    isGood: (nonce) => nonce === nonceOf(turn()) || nonce === nonceOf(turn() - 1),
  };
}
