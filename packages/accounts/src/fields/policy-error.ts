/** An act that is not possible; the message says which value and why. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly kind = 'invalid-policy';
}
