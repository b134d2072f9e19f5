import type { AccessTokenClaims } from '../contract/access.ts';
import type { JWTPayload } from 'jose';

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
