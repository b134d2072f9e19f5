/** Questions to the SSO that are signed once, with the key of its feed of revocations. docs/decisions/0103-rights-that-outlive-tokens.md */
import { hash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';

export interface SsoEndpoint {
  /** Where this process reaches it. */
  readonly uri: string;
  /** Its path below the issuer. */
  readonly path: string;
  /** Of the tokens: `NAME+jwt` is a question, `NAME-answer+jwt` an answer. */
  readonly typ: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface AskingServer {
  readonly key: Buffer;
  readonly issuer: string;
  /** The base URL of this server. */
  readonly audience: string;
  readonly clock: () => Date;
}

/**
 * @param body JSON
 * @returns the claims of the answer
 * @throws where there is no answer, or none that is signed for this question
 */
export async function askSso(
  body: string,
  { uri, path, typ, timeout }: SsoEndpoint,
  { key, issuer, audience, clock }: AskingServer,
): Promise<JWTPayload> {
  const jti = randomUUID();
  const seconds = Math.floor(clock().getTime() / 1000);
  const token = await new SignJWT({ digest: hash('sha256', body, 'base64url') })
    .setProtectedHeader({ alg: 'HS256', typ: `${typ}+jwt` })
    .setIssuer(audience)
    .setAudience(`${issuer}${path}`)
    .setJti(jti)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .sign(key);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(timeout);
  const response = await fetch(uri, { method: 'POST', headers, body, redirect: 'error', signal });
  if (!response.ok) throw new Error(`the SSO answered ${String(response.status)}`);
  const { payload } = await jwtVerify(await response.text(), key, {
    ...{ algorithms: ['HS256'], typ: `${typ}-answer+jwt`, issuer, audience },
    ...{ requiredClaims: ['iat', 'exp'], maxTokenAge: 60, clockTolerance: 300, currentDate: clock() },
  });
  if (payload.jti !== jti) throw new Error('the answer is to another question');
  return payload;
}
