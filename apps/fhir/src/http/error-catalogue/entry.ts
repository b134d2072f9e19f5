/**
 * The shape of one entry of the error catalogue.
 *
 * Issue codes are FHIR's issue-type codes (https://hl7.org/fhir/R5/valueset-issue-type.html). The sentence for the person who sees the
 * error is the message of the same key in messages/error; its causes and its remedy, for docs/errors.md and its page at the portal, are in
 * messages/error-cause and messages/error-remedy.
 */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'security'
  | 'login'
  | 'expired'
  | 'forbidden'
  | 'not-supported'
  | 'not-found'
  | 'deleted'
  | 'duplicate'
  | 'multiple-matches'
  | 'conflict'
  | 'business-rule'
  | 'too-long'
  | 'too-costly'
  | 'transient'
  | 'no-store'
  | 'timeout'
  | 'throttled'
  | 'exception';

export interface CatalogueEntry {
  readonly status: number;
  readonly issue: IssueCode;
  readonly severity: 'fatal' | 'error';
  /** The `error` of RFC 6750 section 3.1 that goes into WWW-Authenticate; `none` is a challenge without an error. */
  readonly challenge?:
    | 'insufficient_user_authentication'
    | 'none'
    | 'invalid_token'
    | 'invalid_request'
    | 'insufficient_scope'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce';
  /** The scheme of the challenge where it is not Bearer: of a token that is bound to a key. */
  readonly scheme?: 'DPoP';
  /** Seconds after which trying again is sensible (Retry-After). */
  readonly retryAfter?: number;
  /** Values for the example body. */
  readonly example: {
    readonly values: Readonly<Record<string, string>>;
    readonly diagnostics: string;
    readonly expression?: string;
  };
}
