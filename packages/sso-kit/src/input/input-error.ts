export type InputErrorKind = 'invalid-value' | 'not-found';

/**
 * A value of a request that is missing, wrong, or names something that does not exist; the message names the value and the reason.
 * @example
 * new Input({}, { count: 'many' }).number('count'); // throws InputError: count is a number
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly kind: InputErrorKind;
  constructor(kind: InputErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
