/**
 * Every refusal of the OAuth endpoints: status, error code (RFC 6749 section 5.2, RFC 8707) and a description that says what to do.
 * Descriptions are ASCII without quotes and backslashes, as the RFC requires. The names are the `reason` of the audit trail.
 */

export interface OAuthError {
  status: number;
  error: string;
  description: string;
}

export const oauthErrors = {
  'awaits-approval': {
    status: 400,
    error: 'unauthorized_client',
    description:
      'This client is registered and waits for approval by the operator of the platform. Nothing is wrong: wait, or ask the operator.',
  },
  'launch-not-permitted': {
    status: 403,
    error: 'unauthorized_client',
    description: 'This client may not launch applications. Ask the operator for the scope dhp.launch.',
  },
  'launch-application-missing': {
    status: 400,
    error: 'invalid_request',
    description: 'The parameter application is missing: the client_id of the application that is launched.',
  },
  'launch-unknown-app': {
    status: 400,
    error: 'invalid_request',
    description:
      'The parameter application is not an enabled client of this environment with the grant authorization_code.',
  },
  'launch-context-invalid': {
    status: 400,
    error: 'invalid_request',
    description:
      'Send patient, encounter and practitioner as ids, need_patient_banner as true or false, smart_style_url as an https URL, fhir_context as a JSON list of objects with reference, canonical or identifier; purpose_of_use as ETREAT, with patient, practitioner and purpose_reason in 10 to 500 characters.',
  },
  'client-authentication-failed': {
    status: 401,
    error: 'invalid_client',
    description:
      'Client authentication failed. Check client_id and client_secret, and ask the operator whether the client is enabled.',
  },
  'client-assertion-refused': {
    status: 401,
    error: 'invalid_client',
    description:
      'The client_assertion was not accepted. Sign it by ES384, RS384 or RS256 with a key that is registered for the client; iss and sub are the client_id, aud this endpoint or the issuer and no other server, exp at most 300 seconds ahead, jti another one each time. Its client_assertion_type ends with jwt-bearer.',
  },
  'revocation-feed-key-missing': {
    status: 401,
    error: 'invalid_token',
    description:
      'The revocation feed is for the FHIR servers of this installation, which share its DHP_SECRET_KEY. Ask /oauth/introspect instead.',
  },
  'standing-key-missing': {
    status: 401,
    error: 'invalid_token',
    description:
      'The standing of rights is told to the FHIR servers of this installation, which sign each question once with a key of its DHP_SECRET_KEY. Ask /oauth/introspect instead.',
  },
  'standing-malformed': {
    status: 400,
    error: 'invalid_request',
    description:
      'Send owners as a JSON list of 1 to 500, each with client, scopes, and perhaps organization, or person with id and grant.',
  },
  'mails-key-missing': {
    status: 401,
    error: 'invalid_token',
    description:
      'Mails of Subscriptions are sent for the FHIR servers of this installation, which sign each question once with a key of its DHP_SECRET_KEY. Make a Subscription of the channel email there.',
  },
  'mails-malformed': {
    status: 400,
    error: 'invalid_request',
    description:
      'Send subscription, topic, request, address, client, titles and act: begin, look, or tell with the numbers since and until.',
  },
  'unsupported-authentication': {
    status: 401,
    error: 'invalid_client',
    description: 'Use HTTP Basic in the Authorization header, or client_id and client_secret in the form body.',
  },
  'no-client-authentication': {
    status: 400,
    error: 'invalid_request',
    description:
      'Client authentication is missing. Send client_id and client_secret in the form body or by HTTP Basic.',
  },
  'two-authentications': {
    status: 400,
    error: 'invalid_request',
    description: 'Authenticate the client once: either in the form body or by HTTP Basic, not both.',
  },
  'client-id-mismatch': {
    status: 400,
    error: 'invalid_request',
    description:
      'The client_id of the form body is not the one of the Authorization header. Send the same or only one.',
  },
  'malformed-authorization': {
    status: 400,
    error: 'invalid_request',
    description:
      'The Authorization header is malformed. Send Basic and the base64 of client_id:client_secret, both form-urlencoded.',
  },
  'secret-in-url': {
    status: 400,
    error: 'invalid_request',
    description:
      'A secret was sent in the URL, where logs keep it. Rotate it, and send it in the form body or by HTTP Basic.',
  },
  'not-a-form': {
    status: 400,
    error: 'invalid_request',
    description: 'Send the parameters as a form body with Content-Type: application/x-www-form-urlencoded.',
  },
  'malformed-body': {
    status: 400,
    error: 'invalid_request',
    description: 'The form body could not be read. Send it whole, in UTF-8, as application/x-www-form-urlencoded.',
  },
  'body-too-large': {
    status: 413,
    error: 'invalid_request',
    description: 'The body is too large. A token request has at most 56 KiB.',
  },
  'missing-parameter': {
    status: 400,
    error: 'invalid_request',
    description: 'A required parameter is missing. Send grant_type.',
  },
  'token-parameter-missing': {
    status: 400,
    error: 'invalid_request',
    description: 'A required parameter is missing. Send token.',
  },
  'malformed-since': {
    status: 400,
    error: 'invalid_request',
    description:
      'The parameter since is a time with its zone, such as 2026-11-27T09:00:00Z. Send it once, or not at all.',
  },
  'malformed-page': {
    status: 400,
    error: 'invalid_request',
    description:
      'The parameter count is a number from 1 to 99999, and after, which needs count, is next of the answer before.',
  },
  'pages-needed': {
    status: 400,
    error: 'invalid_request',
    description: 'There are too many revocations for one answer. Send count, and then next of each answer as after.',
  },
  'repeated-parameter': {
    status: 400,
    error: 'invalid_request',
    description: 'A parameter was sent more than once. Send each parameter once.',
  },
  'invalid-request': {
    status: 400,
    error: 'invalid_request',
    description: 'The request is not valid. Compare it with RFC 6749 and the documentation of this server.',
  },
  'unsupported-grant-type': {
    status: 400,
    error: 'unsupported_grant_type',
    description:
      'This server does not support the grant_type. Use one of grant_types_supported of the discovery document.',
  },
  'grant-not-registered': {
    status: 400,
    error: 'unauthorized_client',
    description:
      'The client is not registered for this grant_type. Ask the operator to register it, or use another one.',
  },
  'invalid-grant': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The code or refresh token is not valid: it has expired, was used, was revoked, or was given to another client, redirect_uri or code_verifier. Send the person to sign in again.',
  },
  'refresh-without-client': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The refresh token is not valid, or its client has a secret or keys and must authenticate. Send the client authentication, or send the person to sign in again.',
  },
  'used-already': {
    status: 400,
    error: 'invalid_grant',
    description: 'The code or refresh token was used already. Send the person to sign in again.',
  },
  'malformed-scope': {
    status: 400,
    error: 'invalid_scope',
    description: 'The scope is malformed. Send scope tokens separated by single spaces, such as system/Patient.rs.',
  },
  'forbidden-scope': {
    status: 400,
    error: 'invalid_scope',
    description:
      'The client is not registered for any scope that was asked for. Ask for registered scopes with a space between them, or send no scope to get all of them.',
  },
  'scope-not-granted': {
    status: 400,
    error: 'invalid_scope',
    description:
      'A scope that is asked for was not granted with this refresh token. Ask for scopes as the scope of its answer has them, or send no scope to get all of them.',
  },
  'malformed-resource': {
    status: 400,
    error: 'invalid_target',
    description: 'The resource is not an absolute URI without fragment. Send the FHIR base URL, or send no resource.',
  },
  'person-changed': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The person is not the same in the records as at the sign-in, so this authorization has ended. Ask the person to sign in again.',
  },
  'role-ended': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The person has lost the role with which this authorization was given, so it has ended. Ask the person to sign in again.',
  },
  'relation-ended': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The person does not stand for this patient any longer: the RelatedPerson is gone, inactive or over, or the record of the patient is not in use. This authorization has ended.',
  },
  'relation-changed': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The RelatedPerson names another patient than before. This authorization has ended; an operator has to check the relation and tie the account to the RelatedPerson again.',
  },
  'record-ended': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The record of the patient is not in use any longer: it was deleted, is inactive or was merged into another one. This authorization has ended; ask the operator.',
  },
  'context-not-visible': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The roles of the person do not show the patient, the encounter or another resource in context any longer, or it is not in use. This authorization has ended; ask the person to choose or launch again.',
  },
  'client-narrowed': {
    status: 400,
    error: 'invalid_grant',
    description:
      'The client may not have what this refresh token was given for any longer: a scope, or the way in which the person signed in. Ask the person to sign in again.',
  },
  'records-unreachable': {
    status: 503,
    error: 'temporarily_unavailable',
    description:
      'The FHIR server that holds the records does not answer, so what the tokens stand on cannot be checked. The refresh token is still good: try again in some seconds.',
  },
  'foreign-resource': {
    status: 400,
    error: 'invalid_target',
    description:
      'The client is not registered for this resource. Send the FHIR base URL of its own environment, or send no resource.',
  },
  'environment-not-served': {
    status: 400,
    error: 'invalid_target',
    description: 'The environment of the client is not served here. Ask the operator to switch it on.',
  },
  'authorization-pending': {
    status: 400,
    error: 'authorization_pending',
    description: 'The person has not answered yet. Ask again after the interval.',
  },
  'slow-down': {
    status: 400,
    error: 'slow_down',
    description: 'The device asks too often. Wait five seconds longer between two questions than before.',
  },
  'device-code-expired': {
    status: 400,
    error: 'expired_token',
    description: 'The device code has expired. Start again at the device authorization endpoint.',
  },
  'access-denied': {
    status: 400,
    error: 'access_denied',
    description: 'The user denied the request.',
  },
  'invalid-dpop-proof': {
    status: 400,
    error: 'invalid_dpop_proof',
    description:
      'The proof in the DPoP header is not valid. Sign one for this method and address, now, with a jti of its own (RFC 9449).',
  },
  'dpop-proof-replayed': {
    status: 400,
    error: 'invalid_dpop_proof',
    description: 'The proof in the DPoP header was used before. Sign one for every request.',
  },
  'dpop-proof-missing': {
    status: 400,
    error: 'invalid_dpop_proof',
    description: 'The tokens of this client are bound to a key. Send a proof in the DPoP header (RFC 9449).',
  },
  'dpop-nonce-needed': {
    status: 400,
    error: 'use_dpop_nonce',
    description:
      'The proof needs the nonce of the DPoP-Nonce header of this answer. Sign one with it, and send it again.',
  },
  'too-many-requests': {
    status: 429,
    error: 'temporarily_unavailable',
    description:
      'Too many requests, or too many wrong secrets. Wait for the seconds of Retry-After, and keep tokens until they expire.',
  },
  'method-not-allowed': {
    status: 405,
    error: 'invalid_request',
    description: 'This method is not allowed here. Use one that the Allow header names.',
  },
  'not-found': {
    status: 404,
    error: 'not_found',
    description: 'There is nothing at this address. See /.well-known/openid-configuration for what this server has.',
  },
  'malformed-request': {
    status: 400,
    error: 'invalid_request',
    description: 'The HTTP request is malformed.',
  },
  'malformed-query': {
    status: 400,
    error: 'invalid_request',
    description:
      'The query of the address is no percent-encoded UTF-8. Write every character as its bytes of UTF-8, and a percent sign as %25.',
  },
  'unreadable-request': {
    status: 400,
    error: 'invalid_request',
    description:
      'This cannot be read as HTTP. Only ASCII without spaces may stand in an address: percent-encode every other character.',
  },
  'headers-too-large': {
    status: 431,
    error: 'invalid_request',
    description: 'The address and headers of the request are over 16 KiB together. Shorten them.',
  },
  'request-timeout': {
    status: 408,
    error: 'invalid_request',
    description: 'The request did not arrive completely in time. Send it again.',
  },
  'outcome-unknown': {
    status: 503,
    error: 'temporarily_unavailable',
    description:
      'The database did not say whether the request was carried out. Try again in some seconds: a code, refresh token or assertion may have been used up, then start again.',
  },
  'writes-blocked': {
    status: 503,
    error: 'temporarily_unavailable',
    description:
      'Nothing can be stored now: the standby or the disk of the database does not confirm commits. The request was not carried out; send it again in some seconds.',
  },
  'server-busy': {
    status: 503,
    error: 'temporarily_unavailable',
    description:
      'More requests come than this server can answer in time. Nothing was done: send it again after the seconds of Retry-After, and keep tokens until they expire.',
  },
  unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server cannot reach its database. Try again in some seconds.',
  },
  'server-error': {
    status: 500,
    error: 'server_error',
    description: 'The server failed. Try again; tell the operator the time of the request if it stays so.',
  },
} as const satisfies Record<string, OAuthError>;

export type OAuthErrorKind = keyof typeof oauthErrors;

/** The body of an error response (RFC 6749 section 5.2). */
export function oauthErrorBody(kind: OAuthErrorKind): { error: string; error_description: string } {
  const { error, description } = oauthErrors[kind];
  return { error, error_description: description };
}

const errorsWithPages: ReadonlySet<string> = new Set(Object.values(oauthErrors).map(({ error }) => error));

/**
 * The body of an error response with `error_uri` (RFC 6749 section 5.2), if the error has a page.
 * @param pages the base address of the error pages, in ASCII; absent: no `error_uri`
 */
export function withErrorPage<Body extends { readonly error: string }>(
  body: Body,
  pages: string | undefined,
): Body & { readonly error_uri?: string } {
  return pages === undefined || !errorsWithPages.has(body.error)
    ? body
    : { ...body, error_uri: `${pages}/${body.error}` };
}

/** Returns the challenge of a 401 for a client that tried the Authorization header. */
export function basicChallenge(issuer: string): string {
  return `Basic realm="${issuer}", charset="UTF-8"`;
}
