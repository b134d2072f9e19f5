/** An act that cannot be done, as the Single Sign-On server is told of it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}
