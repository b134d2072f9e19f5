/**
 * The state of one request to the SSO: all that one part of the server notes about a request for another one, in one place. It is made at
 * the door (`correlation.ts`), and ends with the answer. docs/decisions/0029 says why it is reached by the asynchronous context.
 */
import type { Exchange, Person, Resumption, SentForm, SignInMemory, TokenRedemption } from './engine/state.ts';
import type { UnitOfWork } from './unit-of-work.ts';

export interface RequestState {
  /** The answer waits for these records of the audit trail, which are being written. */
  records?: Promise<undefined>[] | undefined;
  /** The changes of the request, where they are put off to its end. */
  unit?: UnitOfWork | undefined;
  /** The sign-in that a request of its pages is about; there as long as the unit of work. */
  signIn?: SignInMemory | undefined;
  /** Set while the engine serves the request. */
  exchange?: Exchange | undefined;
  /** The form that a program sent, which its client's registration may complete. */
  form?: SentForm;
  redemption?: TokenRedemption;
  /** The person of the request's client: it does not change while the request is answered. */
  person?: Person;
  /** In which session the grant that is being saved was given; the engine's model has no member for it. */
  sessionOfGrant?: string | undefined;
  /** Set while the authorization goes on that the request answered. */
  resumption?: Resumption | undefined;
  /** A user code that a link carried, to be put into the field. */
  userCode?: string;
  /** The answer says that there is no such user code. */
  isWrongUserCode?: boolean;
}
