/**
 * Tokens with which this server itself sends requests to the FHIR servers: valid for a minute, at one of them, with only the scope that the
 * request needs.
 */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { KeyRing } from '@dhp/signing-keys';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface RecordsOptions {
  issuer: string;
  /** FHIR base URL of each environment: the audience of the tokens. */
  environments: Partial<Record<EnvironmentName, string>>;
  /** Address at which this process reaches each server, if it differs. */
  fhirUrls?: Partial<Record<EnvironmentName, string>> | undefined;
  keys: KeyRing;
  clock: () => Date;
  /** IANA name, for dates of relations (default Asia/Tashkent). */
  timeZone?: string | undefined;
  /** Milliseconds that a page waits for the names of organisations (default 1,000). */
  namesTimeout?: number | undefined;
}

/** The person on whose behalf the server asks; without it, it asks for itself. */
export interface Asker {
  accountId: string;
  fhirUser: string;
  /** Permissions of the roles; undefined for a person without a role. */
  policies: string[] | undefined;
  /** The roles themselves, as in tokens. */
  roles?: readonly string[] | undefined;
}

const clientId = 'dhp-sso';
const seconds = 60;

export async function recordsToken(
  { issuer, keys, clock }: RecordsOptions,
  { audience, scope, asker, subject }: { audience: string; scope: string; asker?: Asker; subject?: string },
): Promise<string> {
  const { kid, privateKey } = keys.signing('ES256');
  const milliseconds = clock().getTime();
  const now = Math.floor(milliseconds / 1000);
  const person = asker && {
    fhirUser: asker.fhirUser,
    ...(asker.policies && { policies: asker.policies }),
    ...(asker.roles && { roles: asker.roles }),
  };
  return new SignJWT({ client_id: clientId, scope, iat_ms: milliseconds, ...person })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setSubject(asker?.accountId ?? subject ?? clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(privateKey);
}
