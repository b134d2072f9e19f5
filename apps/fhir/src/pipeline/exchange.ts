import type { Budget } from '@dhp/budget';
import type { Permission } from '../contract/permission.ts';
import type { FhirRequest } from '../contract/request.ts';
import type { Target } from '../contract/target.ts';
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Interaction, Services } from '../contract/interaction.ts';
import { plainJson } from '../presentation/presentation.ts';
import type { Presentation } from '../contract/presentation.ts';

/** The one on whose behalf a request is. */
export interface Bearer {
  readonly access: Access;
  services(reading: Permission): Services;
}

/** How a request gets from the one who brings it to the steps, and its answer back. */
export interface Port {
  /** At once where the token is known, or the caller is. Throws, or rejects with, a Failure. */
  authenticate(): Bearer | Promise<Bearer>;
  /** Reads the body, where the route takes one, and calls `go` with it, which ends with the answer. */
  receive(exchange: Exchange, go: (received: Received) => Promise<void> | void): void;
  answer(exchange: Exchange, answer: Answer): void;
  refuse(exchange: Exchange, error: unknown): void;
}

export interface Received {
  /** Bytes, a form, or undefined where there is none. */
  readonly body: unknown;
  readonly budget: Budget;
}

/** One request on its way through the steps. Each fills in what the next ones need; nothing of a request is kept elsewhere. */
export class Exchange {
  readonly request: FhirRequest;
  readonly port: Port;
  /** Set by `match`; undefined when no route has the address, which those who are known are told. */
  target: Target<Interaction> | undefined;
  /** Set by `authenticate`, unless the route is public. */
  bearer: Bearer | undefined;
  /** How the answer is to look. Set by `negotiate`. */
  presentation: Presentation = plainJson;
  /** Set by `receive`. */
  call: Call | undefined;
  /** Set by `run`, and made as it is to look by `present`. */
  answer: Answer | undefined;

  constructor(request: FhirRequest, port: Port) {
    this.request = request;
    this.port = port;
  }
}
