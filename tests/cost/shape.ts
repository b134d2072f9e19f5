/** A shape of input that a caller controls, at any size; tests/cost.test.ts sends it at n and 4n, `npm run cost` also at 2n. */

/** One request to one of the servers. */
export interface Sent {
  readonly server?: 'fhir' | 'sso';
  readonly method: string;
  /** Below the base of the FHIR server, or below the origin of the SSO. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** The body; of a redirect without one, where it leads to. */
  readonly text: string;
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export interface World {
  /** Asks with a token for everything at the FHIR server, and without one at the SSO. Redirects are not followed. */
  ask(sent: Sent): Promise<Answer>;
  readonly sso: {
    /** Where it listens, and the URL that it is known by. */
    readonly url: string;
    readonly issuer: string;
  };
  /** A client of the SSO with a secret that may do everything at the FHIR server. */
  readonly client: Credentials;
  /** A client with every scope of the administration. */
  readonly operator: Credentials;
  /**
   * Publishes a JSON document at an address that the SSO may fetch from, for as long as the process lives.
   * @param pieces in which it comes, each after the one before has left
   * @returns the address
   */
  publish(text: string, pieces: number): Promise<string>;
  /** Registers a user with a second factor who may open the operators' pages. @returns the cookies of a session of that user */
  signInOperator(): Promise<string>;
}

/** The answer that a request gets when the work was done that its shape is about. */
export interface Outcome {
  /** Default any success. */
  readonly status?: number;
  /** Words that only this answer has. */
  readonly says?: string;
}

export interface Shape {
  readonly name: string;
  /** The size that the test begins with. It must be so large that a square would show. */
  readonly n: number;
  /** The largest size that is sent, where there is no room for more. */
  readonly most?: number;
  /** Work that is a square by its nature and that a budget ends: too much of it for the tests. */
  readonly isBudgeted?: true;
  /** Work that is done once for a definition that was uploaded, and that its upload has paid: no request after it is charged. */
  readonly isPaidBefore?: true;
  /**
   * The answer at every size; without it any success. A refusal is named with its words, so that a request that is refused before
   * the work is reached does not pass for a cheap one. A limit that ends the growth needs no mention: see `outcomeOf`.
   */
  readonly answer?: Outcome;
  /**
   * Stores the resources that each size needs; it is not measured.
   * @returns a value for `make`
   */
  readonly prepare?: (n: number, world: World) => Promise<string>;
  readonly make: (n: number, world: World, prepared: string) => Sent;
}

/** Shapes of one area under its name in the report. */
export type Shapes = readonly Shape[];

/** Statuses that only a limit of size gives. */
const limits: ReadonlySet<number> = new Set([413, 414, 431]);
/** FHIR's issue types for what is over a limit, in JSON and in XML. */
const limited = /"code": ?"too-(?:costly|long)"|<code value="too-(?:costly|long)"/;

/**
 * Whether a request was worked on or ended by a limit.
 * @throws Error with the answer when it was neither: then its cost says nothing about the shape
 */
export function outcomeOf({ name, answer }: Shape, { status, text }: Answer): 'done' | 'limited' {
  if (limits.has(status) || limited.test(text)) return 'limited';
  const isDone = status === answer?.status || (answer?.status === undefined && status >= 200 && status < 300);
  if (isDone && text.includes(answer?.says ?? '')) return 'done';
  const wanted = `${answer?.status ?? 'a success'} ${answer?.says ?? ''}`.trimEnd();
  throw new Error(`${name}: ${status} instead of ${wanted}: ${text.slice(0, 1_000)}`);
}
