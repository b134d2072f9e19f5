/** An act that is not possible; the message says which value and why. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly status: number;
  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}
