import type { Budget } from '@dhp/budget';
import type { Access } from './access.ts';
import type { Answer } from './answer.ts';
import type { Freshness } from './changes.ts';
import type { Call, Interaction, Services } from './interaction.ts';
import type { Work } from './jobs.ts';
import type { Permission } from './permission.ts';
import type { Presentation } from './presentation.ts';
import type { Recording } from './recording.ts';
import type { Refused } from './refused.ts';
import type { FhirRequest } from './request.ts';
import type { Target } from './target.ts';

/** The one on whose behalf a request is. */
export interface Bearer {
  readonly access: Access;
  /**
   * @param budget of the request; without it, access decisions are not charged
   * @param refused notes the rule that hides a resource
   */
  services(reading: Permission, budget?: Budget, refused?: Refused): Services;
  /** The same caller with the purpose that the request states; undefined for an entry, which has that of its Bundle. */
  readonly acting?: (access: Access) => Bearer;
}

/** Connects a caller with the steps: brings a request to them and its answer back. */
export interface Port {
  /**
   * At once where the token is known, or the caller is. Throws, or rejects with, a Failure.
   * @param target the route that is requested, of which some are open to callers without a token
   */
  authenticate(target: Exchange['target']): Bearer | Promise<Bearer>;
  /**
   * Reads the body, where the route takes one, and calls `go` with it, which ends with the answer. An entry of a Bundle continues when all of
   * them are admitted; a read of a transaction that its writes may change continues twice, before and after them.
   */
  receive(exchange: Exchange, go: (received: Received) => Promise<void> | void): void;
  /** Header fields of the answer, also if the request fails; absent if the answer has none, such as that of an entry of a Bundle. */
  tell?(headers: Readonly<Record<string, string>>): void;
  answer(exchange: Exchange, answer: Answer): void;
  refuse(exchange: Exchange, error: unknown): void;
}

export interface Received {
  /** Bytes, a form, the text of an entry's resource, or undefined without a body. */
  readonly body: unknown;
  readonly budget: Budget;
  /** Of an entry, whether the answer of its Bundle is converted; else as the answer is to look. */
  readonly isConverted?: boolean | undefined;
  /** The job that it runs as; undefined if somebody waits for the answer. */
  readonly work?: Work | undefined;
}

/** One request on its way through the steps. Each fills in the fields that the next ones need; nothing of a request is kept elsewhere. */
export interface Exchange {
  readonly request: FhirRequest;
  readonly port: Port;
  /** Set by `match`; undefined if no route has the address, which is only disclosed to authenticated callers. */
  target: Target<Interaction> | undefined;
  /** Set by `authenticate`, unless the route is public. */
  bearer: Bearer | undefined;
  /** How the answer is to look. Set by `negotiate`. */
  presentation: Presentation;
  /** How old the answer may be, where the request says it; undefined if it is to be the newest. Set by `conditions`. */
  freshness: Freshness | undefined;
  /** Set by `receive`. */
  call: Call | undefined;
  /** Its records; undefined if none are kept. */
  readonly recording: Recording | undefined;
  /** Set by `run`, and made as it is to look by `present`. */
  answer: Answer | undefined;
}
