/**
 * Client assertions (RFC 7523, SMART App Launch 2.2: asymmetric client authentication), at endpoints where the engine does not check them.
 */
import { createLocalJWKSet, decodeJwt, errors, jwtVerify, type JWK, type JWTPayload } from 'jose';
import type { Sql } from '@dhp/postgres';
import { useOnce } from '@dhp/grants/artifacts';
import type { Registration } from '../store/clients.ts';
import type { ClientKeys } from './client-keys.ts';
import { assertionAlgorithms } from '../fields/validate-keys.ts';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How far in the future an assertion may expire, in seconds; the second number is the tolerance for clocks that differ. */
const longestAssertion = 300 + 5;

/**
 * Seconds for which a used assertion is remembered after its end: longer than any endpoint accepts it. The engine accepts it for 15 seconds
 * more (its `clockTolerance`), so an assertion used here could otherwise be used there again.
 */
const rememberedAfterEnd = 20;

/** Returns the unverified subject of an assertion; undefined when it cannot be read. */
export function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}

/**
 * Whether claims and header meet the requirements beyond RFC 7523.
 * @param o.issuer of this server: an assertion that also names another server could be forwarded by that one
 */
export function isWithinRules(
  { exp = Infinity, jti, aud = [] }: JWTPayload,
  header: { jku?: unknown },
  client: Registration,
  { issuer, now }: { issuer: string; now: Date },
): boolean {
  if (![aud].flat().every((one) => one === issuer || one.startsWith(`${issuer}/`))) return false;
  // RFC 7519 section 4.1.7: a text. The engine accepts nothing else, and ["x"] would be remembered as "x".
  if (typeof jti !== 'string' || jti === '') return false;
  if (exp - now.getTime() / 1000 > longestAssertion) return false;
  return header.jku === undefined || header.jku === client.jwks_uri;
}

/**
 * Whether it is a valid assertion of this client, used for the first time.
 * @param onlyReads the endpoint, if the request changes nothing. The use of an assertion that is valid only there is stored without waiting
 * for the commit
 * @param audience accepted audiences: the assertion may name the token endpoint, this endpoint or the issuer
 */
export async function acceptsAssertion(
  client: Registration,
  assertion: string,
  o: {
    issuer: string;
    audience: string[];
    onlyReads?: string | undefined;
    keys: ClientKeys;
    sql: Sql;
    clock: () => Date;
  },
): Promise<boolean> {
  const payload = await verifiedClaims(client, assertion, o).catch(() => undefined);
  if (payload === undefined) return false;
  const { jti, exp, aud } = payload;
  const isUnwaited = o.onlyReads !== undefined && [aud].flat().every((one) => one === o.onlyReads);
  return useOnce(o.sql, `${client.client_id} ${jti!}`, new Date((exp! + rememberedAfterEnd) * 1000), {
    now: o.clock(),
    isUnwaited,
  });
}

async function verifiedClaims(
  client: Registration,
  assertion: string,
  { issuer, audience, keys, clock }: { issuer: string; audience: string[]; keys: ClientKeys; clock: () => Date },
): Promise<JWTPayload | undefined> {
  const verify = async (set: readonly JWK[]): Promise<JWTPayload | undefined> => {
    const { payload, protectedHeader } = await jwtVerify(assertion, createLocalJWKSet({ keys: [...set] }), {
      algorithms: [...assertionAlgorithms],
      issuer: client.client_id,
      subject: client.client_id,
      audience,
      requiredClaims: ['exp', 'jti'],
      currentDate: clock(),
    });
    return isWithinRules(payload, protectedHeader, client, { issuer, now: clock() }) ? payload : undefined;
  };
  const known = keys.known(client);
  if (known === undefined) return verify(await keys.fetch(client));
  try {
    return await verify(known);
  } catch (error) {
    // The client may have a new key.
    if (!(error instanceof errors.JWKSNoMatchingKey) || !keys.mayFetch(client)) throw error;
    return verify(await keys.fetch(client));
  }
}
