/**
 * The state of one request to the SSO: everything that one part of the server notes about a request for another part, in one place. It is
 * created when the request arrives (`correlation.ts`), and ends with the answer. docs/decisions/0029 explains why it is found by the
 * asynchronous context, and docs/decisions/0031 how a package above this one adds its members: by declaring them, as plugins of Fastify do.
 */
import type { UnitOfWork } from './request/unit-of-work.ts';

export interface RequestState {
  /** The answer waits for these records of the audit trail, which are being written. */
  records?: Promise<undefined>[] | undefined;
  /** The changes of the request, if they are deferred to its end. */
  unit?: UnitOfWork | undefined;
  /** Notes about the unit of work; present as long as it is. */
  ofUnit?: UnitNotes | undefined;
}

/** Members are declared by the packages that note them. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is empty until a package adds to it
export interface UnitNotes {}
