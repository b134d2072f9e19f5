/** Tokens by which FHIR servers of the installation show that they are: a minute long, signed with a key that both sides derive from its secret. */
import { jwtVerify, type JWTPayload } from 'jose';

/** Seconds by which the clocks of servers may differ. */
export const tolerance = 300;

/**
 * @param o.typ and `o.audience` are of one endpoint: what was signed for another one is refused
 * @returns the claims; undefined for a token that nobody with the key has made for this endpoint and moment
 */
export async function serverClaims(
  token: string,
  o: { readonly key: Buffer; readonly typ: string; readonly audience: string; readonly now: Date },
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, o.key, {
      algorithms: ['HS256'],
      typ: o.typ,
      audience: o.audience,
      requiredClaims: ['iss', 'iat', 'exp'],
      maxTokenAge: 60,
      clockTolerance: tolerance,
      currentDate: o.now,
    });
    return payload;
  } catch {
    return undefined;
  }
}

/** The token of a header field; undefined if there is none of that form. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.-]+)$/i.exec(authorization ?? '')?.[1];
}
