/** Our own access tokens as they are presented to us: at userinfo, introspection, revocation. */
import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Sql } from '@dhp/postgres';
import type { KeyRing } from '@dhp/signing-keys';
import { selectRegistrations, type Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import { isRevoked, type RevocationSubject } from '@dhp/grants/artifacts';

export interface TokenOptions {
  issuer: string;
  environments: Partial<Record<EnvironmentName, string>>;
  keys: KeyRing;
  sql: Sql;
  clock: () => Date;
}

export interface AccessTokenClaims {
  iss: string;
  aud: string;
  sub: string;
  client_id: string;
  scope: string;
  jti: string;
  iat: number;
  /** `iat` in milliseconds; absent in tokens of the version before. */
  iat_ms?: number;
  exp: number;
  /** Names the sign-in from which it was issued; absent if nobody signed in. */
  gid?: string;
  /** When the person signed in, in seconds. */
  auth_time?: number;
  fhirUser?: string;
  patient?: string;
  /** The key to which it is bound (RFC 9449): without a proof it is invalid. */
  cnf?: { jkt: string };
}

export interface LiveToken {
  claims: AccessTokenClaims;
  client: Registration;
}

/** Returns the name of a grant in tokens: the id itself stays here. */
export function grantClaim(grantId: string): string {
  return createHash('sha256').update(grantId).digest('base64url');
}

/** Returns the subjects whose revocation revokes a token: the token, its sign-in, its person, its client. */
export function subjectsOf({ jti, gid, sub, client_id: clientId }: AccessTokenClaims): RevocationSubject[] {
  return [`jti:${jti}`, ...(gid === undefined ? [] : [`grant:${gid}` as const]), `sub:${sub}`, `client:${clientId}`];
}

/**
 * The claims of a token that we signed, that has not expired, was not revoked, and whose client is enabled; otherwise undefined.
 * @param audiences accepted audiences; the token must have one of them
 */
export async function liveToken(
  token: string,
  o: TokenOptions,
  audiences: readonly string[] = Object.values(o.environments),
): Promise<LiveToken | undefined> {
  const claims = await verifiedClaims(token, o, audiences);
  if (claims === undefined) return undefined;
  const client = (await selectRegistrations(o.sql, [claims.client_id])).get(claims.client_id);
  if (client === undefined || client.disabled) return undefined;
  const issued = new Date(claims.iat_ms ?? claims.iat * 1000);
  if (await isRevoked(o.sql, subjectsOf(claims), issued)) return undefined;
  return { claims, client };
}

async function verifiedClaims(
  token: string,
  o: TokenOptions,
  audiences: readonly string[],
): Promise<AccessTokenClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(o.keys.jwks), {
      issuer: o.issuer,
      audience: [...audiences],
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp'],
      currentDate: o.clock(),
    });
    return payload as unknown as AccessTokenClaims; // our own signature, so the shape is ours too
  } catch {
    return undefined;
  }
}
