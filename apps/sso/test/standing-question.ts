/** Questions of FHIR servers to `POST /oauth/standing`, and its answer. */
import { hash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { answer, issuer, playground, type Answer } from './support.ts';

export const standingAddress = `${issuer}/oauth/standing`;

interface Asking {
  readonly key: Buffer;
  readonly claims?: Record<string, unknown> & { readonly iss?: string | undefined };
  readonly header?: Record<string, unknown>;
}

/** @param body of which the token has the digest */
export function questionToken(body: string, { key, claims = {}, header = {} }: Asking): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const digest = hash('sha256', body, 'base64url');
  const made = { iss: playground, aud: standingAddress, iat: now, exp: now + 60, jti: randomUUID(), digest, ...claims };
  return new SignJWT(made as JWTPayload)
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-standing+jwt', ...header })
    .sign(key);
}

export async function sendQuestion(url: string, authorization: string | undefined, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
  return answer(await fetch(`${url}/oauth/standing`, { method: 'POST', headers, body }));
}

/** The status of each owner, from an answer signed for this query. */
export async function standingOf(url: string, owners: readonly object[], asking: Asking): Promise<object[]> {
  const body = JSON.stringify({ owners });
  const jti = randomUUID();
  const token = await questionToken(body, { ...asking, claims: { jti, ...asking.claims } });
  const { status, text } = await sendQuestion(url, `Bearer ${token}`, body);
  if (status !== 200) throw new Error(`${String(status)} ${text}`);
  const { payload } = await jwtVerify(text, asking.key, {
    ...{ algorithms: ['HS256'], typ: 'dhp-standing-answer+jwt', issuer },
    audience: asking.claims?.iss ?? playground,
  });
  if (payload.jti !== jti) throw new Error('the answer is to another question');
  return payload['standing'] as object[];
}

/** An owner made from the claims of a token, as a FHIR server stores it. @param renewed the token has ended */
export function ownerOf(claims: Record<string, unknown>, renewed = true): object {
  const { client_id: client, sub, scope, gid, fhirUser, patient, patient_policies: byRoles, policies, roles } = claims;
  const scopes = String(scope).split(' ');
  if (sub === client) {
    const { organization } = claims;
    return { client, scopes, organization };
  }
  const record = typeof fhirUser === 'string' ? fhirUser.split('/').slice(-2).join('/') : undefined;
  return {
    client,
    scopes,
    person: { id: sub, grant: gid, fhirUser: record, patient, byRoles, policies, roles, renewed },
  };
}
