import type { JWTPayload } from 'jose';

/** What of a token matters after its signature was checked, for as long as it is remembered. */
export interface AccessTokenClaims {
  /** Milliseconds since 1970: a token of the second in which something was revoked may be older or newer than the revocation. */
  readonly issuedAt: number;
  /** The names by which the SSO may revoke it, as its feed writes them: itself, its sign-in, its person, its client. */
  readonly subjects: readonly string[];
  /** Thumbprint of the key that it is bound to (RFC 9449); absent for a bearer token. */
  readonly thumbprint?: string;
}

/** @param nameOf how the feed of revocations names a subject */
export function accessTokenClaims(
  { jti, sub, iat = 0, ...claims }: JWTPayload,
  nameOf: (subject: string) => string,
): AccessTokenClaims {
  const { client_id: client, gid, cnf, iat_ms: exactly } = claims;
  const thumbprint = (cnf as { jkt?: unknown } | undefined)?.jkt;
  return {
    issuedAt: typeof exactly === 'number' ? exactly : iat * 1000,
    subjects: [
      `jti:${jti ?? ''}`,
      `sub:${sub ?? ''}`,
      `client:${typeof client === 'string' ? client : ''}`,
      ...(typeof gid === 'string' ? [`grant:${gid}`] : []),
    ].map(nameOf),
    ...(typeof thumbprint === 'string' ? { thumbprint } : {}),
  };
}
