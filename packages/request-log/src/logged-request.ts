/** A request as the developers of its application read it: never a header, a body, a token, a code or a secret. */
export interface LoggedRequest {
  /** When it arrived, in milliseconds since 1970. */
  readonly time: number;
  /** The application: the client of the request's token, or the client that requested a token. */
  readonly client: string;
  readonly method: string;
  readonly path: string;
  /** Without its question mark, masked if values may be patient data; undefined if there is none. */
  readonly query: string | undefined;
  /** Undefined if the client went away before it was answered. */
  readonly status: number | undefined;
  readonly milliseconds: number | undefined;
  readonly requestId: string | undefined;
  /** The index of an entry of a Bundle; undefined for a separate request. */
  readonly entry?: number | undefined;
  /** The issues of the OperationOutcome, or the OAuth error, in the answer; empty for a success. */
  readonly issues: readonly LoggedIssue[];
}

export interface LoggedIssue {
  readonly severity: string;
  /** Of FHIR or of OAuth: `required`, `invalid_grant`. */
  readonly code: string;
  /** The stable code of this platform, which has a page. */
  readonly error?: string | undefined;
  readonly text: string;
  /** FHIRPath, or the name of a parameter. */
  readonly expression?: string | undefined;
}
