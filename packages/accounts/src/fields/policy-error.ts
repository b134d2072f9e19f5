/** An act that is not possible; the message names the value and the reason. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly kind = 'invalid-policy';
}
