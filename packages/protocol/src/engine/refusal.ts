/** One translation of the engine's errors into the refusals of ../oauth-errors. */
import { errors } from 'oidc-provider';
import { faultKind, oauthErrors, type OAuthErrorKind } from '@dhp/sso-pages/refusals';
import type { Ending } from './standing.ts';

const ownKind = Symbol('kind');

/** Never sent to the client by a redirect: it is the browser that must wait. */
class TooManyRequests extends errors.OIDCProviderError {
  allow_redirect = false;

  constructor() {
    const { status, error, description } = oauthErrors['too-many-requests'];
    super(status, error);
    this.error_description = description;
  }
}

/** For the client to hear at either endpoint: it may try again. */
class RecordsUnreachable extends errors.OIDCProviderError {
  constructor() {
    const { status, error, description } = oauthErrors['records-unreachable'];
    super(status, error);
    this.error_description = description;
    this.expose = true;
  }
}

/**
 * Refuses access that was allowed before. The authorization endpoint shows this description; the engine's own text would not explain
 * anything.
 */
class RecordEnded extends errors.AccessDenied {
  constructor() {
    super(oauthErrors['record-ended'].description);
  }
}

/** An error for the engine to throw that is translated to exactly this kind. */
export function refusal(
  kind:
    | 'forbidden-scope'
    | 'foreign-resource'
    | 'environment-not-served'
    | 'grant-not-registered'
    | 'awaits-approval'
    | 'refresh-without-client'
    | 'used-already'
    | 'assertion-refused'
    | 'too-many-requests'
    | 'records-unreachable'
    | 'own-record-ended'
    | Ending,
): Error {
  const classes = {
    'forbidden-scope': errors.InvalidScope,
    'foreign-resource': errors.InvalidTarget,
    'environment-not-served': errors.InvalidTarget,
    'grant-not-registered': errors.UnauthorizedClient,
    'awaits-approval': errors.UnauthorizedClient,
    'refresh-without-client': errors.InvalidGrant,
    'used-already': errors.InvalidGrant,
    'assertion-refused': errors.InvalidClientAuth,
    'too-many-requests': TooManyRequests,
    'records-unreachable': RecordsUnreachable,
    'own-record-ended': RecordEnded,
    'person-changed': errors.InvalidGrant,
    'role-ended': errors.InvalidGrant,
    'relation-ended': errors.InvalidGrant,
    'relation-changed': errors.InvalidGrant,
    'record-ended': errors.InvalidGrant,
    'context-not-visible': errors.InvalidGrant,
    'client-narrowed': errors.InvalidGrant,
  };
  const named = { 'assertion-refused': 'client-authentication-failed', 'own-record-ended': 'access-denied' } as const;
  return Object.assign(new classes[kind](kind), {
    [ownKind]: kind in named ? named[kind as keyof typeof named] : kind,
  });
}

const byErrorCode: ReadonlyMap<string, OAuthErrorKind> = new Map(
  Object.entries<OAuthErrorKind>({
    invalid_client: 'client-authentication-failed',
    unauthorized_client: 'grant-not-registered',
    unsupported_grant_type: 'unsupported-grant-type',
    invalid_grant: 'invalid-grant',
    invalid_scope: 'malformed-scope',
    invalid_target: 'malformed-resource',
    authorization_pending: 'authorization-pending',
    expired_token: 'device-code-expired',
    access_denied: 'access-denied',
    invalid_dpop_proof: 'invalid-dpop-proof',
    use_dpop_nonce: 'dpop-nonce-needed',
  }),
);

// The engine's own messages (exact version) distinguish the causes of invalid_request.
const byDescription: readonly [RegExp, OAuthErrorKind][] = [
  [/^missing required parameter/, 'missing-parameter'],
  [/^requested response_type is not allowed for this client$/, 'grant-not-registered'],
  [/must not be provided twice$/, 'repeated-parameter'],
  [/must only be provided using one mechanism$/, 'two-authentications'],
  [/^client_id mismatch$/, 'client-id-mismatch'],
  [/authorization header/i, 'malformed-authorization'],
  [/^no client authentication mechanism provided$/, 'no-client-authentication'],
  [/^failed to parse the request body$/, 'malformed-body'],
];

/** @param error that the engine caught: one of its own errors, or a fault of ours or of the database */
export function refusalKind(error: Error): OAuthErrorKind {
  if (ownKind in error) return error[ownKind] as OAuthErrorKind;
  if (!(error instanceof errors.OIDCProviderError) || !error.expose) {
    return faultKind(error);
  }
  if (error.error_detail === 'DPoP proof JWT Replay detected') return 'dpop-proof-replayed';
  if (error.error_detail === 'DPoP proof JWT not provided') return 'dpop-proof-missing';
  if (/^refresh token missing requested scope/.test(error.error_description ?? '')) return 'scope-not-granted';
  if (error.error !== 'invalid_request') return byErrorCode.get(error.error) ?? 'invalid-request';
  if (isTooLarge(error.cause)) return 'body-too-large';
  const description = error.error_description ?? '';
  return byDescription.find(([pattern]) => pattern.test(description))?.[1] ?? 'invalid-request';
}

function isTooLarge(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'request entity too large';
}

/** The engine's own error and sentence, which name the parameter of an authorization request. */
export function ownWords(error: Error): { error: string; error_description: string } {
  if (!(error instanceof errors.OIDCProviderError)) throw error;
  const description = error.error_description ?? '';
  const [, missing] = /^missing required parameters? (.*)$/.exec(description) ?? [];
  const cure =
    missing === undefined ? description : `A required parameter is missing. Send ${missing.replaceAll("'", '')}.`;
  return { error: error.error, error_description: cure };
}
