/** Tokens by which FHIR servers of the installation show that they are: a minute long, signed with a key that both sides derive from its secret. */
import { jwtVerify, type JWTPayload } from 'jose';

/** Seconds by which the clocks of servers may differ. */
export const tolerance = 300;

/**
 * @param o.typ and `o.audience` belong to one endpoint: a token signed for another endpoint is refused
 * @returns the claims; undefined if the token was not signed with the key for this endpoint, or is not valid now
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

/** The token of a header field; undefined if the field has another form. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.-]+)$/i.exec(authorization ?? '')?.[1];
}
