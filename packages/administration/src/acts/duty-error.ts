/** An act that the table of duties refuses to the actor, whatever scopes the actor has. */
import { guards, type Guard } from './duties.ts';

export class DutyError extends Error {
  override readonly name = 'DutyError';
  readonly kind: Guard;
  constructor(kind: Guard) {
    super(`This act is never done ${guards[kind]}: another platform administrator does it, or the command line.`);
    this.kind = kind;
  }
}
