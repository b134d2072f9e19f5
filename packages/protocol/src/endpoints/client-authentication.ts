/** Client authentication at the endpoints outside the engine (RFC 6749 section 2.3). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { type FindRegistration, clientIdShape } from '@dhp/clients';
import {
  acceptsAssertion,
  assertionType,
  subjectOf,
  type ClientKeys,
  liveSecrets,
  secretMatches,
} from '@dhp/clients/authentication';
import type { Limits } from '../limits/limits.ts';
import type { OAuthErrorKind } from '@dhp/sso-pages/refusals';
import type { AuditEvent } from '@dhp/audit';
import { hasKeys, type Registration } from '@dhp/clients/rows';
import { tokenPath } from './token.ts';

export type ClientAuthentication = { client: Registration } | { refused: OAuthErrorKind };

export interface ClientAuthenticationOptions {
  issuer: string;
  find: FindRegistration;
  clientKeys: ClientKeys;
  sql: Sql;
  clock: () => Date;
  limits: Limits;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** The endpoint changes nothing. */
  onlyReads?: boolean;
}

/**
 * Authenticates a client by HTTP Basic, by `client_id` and `client_secret` in the form, or by a signed assertion; a public client only
 * sends its id.
 * @param path of this endpoint, which an assertion may name as its audience
 */
export async function authenticateClient(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  path: string,
  o: ClientAuthenticationOptions,
): Promise<ClientAuthentication> {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  // RFC 6749 section 3.1: a parameter without a value counts as omitted; the same holds for a secret (section 2.3.1).
  const given = (name: string): string | undefined => form.get(name) || undefined;
  const basic = basicOf(request.headers.authorization);
  if (basic === null) return { refused: 'malformed-authorization' };
  const [assertion, secretInForm] = [given('client_assertion'), given('client_secret')];
  const ways = [basic, secretInForm, assertion].filter((way) => way !== undefined);
  // A header of another scheme, such as an access token, beside a secret or an assertion is a second authentication as well.
  const isOtherScheme = basic === undefined && request.headers.authorization !== undefined;
  if (ways.length > (isOtherScheme ? 0 : 1)) return { refused: 'two-authentications' };
  const [proved, named] = [basic?.id ?? (assertion && subjectOf(assertion)), given('client_id')];
  // RFC 7521 section 4.2: a client_id beside it names the same client.
  if (proved !== undefined && named !== undefined && proved !== named) return { refused: 'client-id-mismatch' };
  const id = proved ?? named;
  const refused = (reason: string): ClientAuthentication => {
    const clientId = id !== undefined && clientIdShape.test(id) ? id : undefined;
    o.record({ event: 'client.refused', clientId, reason: `${reason} at ${path}` }, request.ip);
    return { refused: assertion === undefined ? 'client-authentication-failed' : 'client-assertion-refused' };
  };
  if (id === undefined) return refused('no-client');
  if (!o.limits.admitClient(id, request.ip, reply.raw)) return { refused: 'too-many-requests' };
  const client = await o.find(id);
  const isIn =
    assertion === undefined
      ? hasSecret(client, o.clock(), (basic?.secret || undefined) ?? secretInForm)
      : given('client_assertion_type') === assertionType && (await hasSigned(client, assertion, path, o));
  if (isIn && client?.disabled === false) return { client };
  if (await o.limits.noteWrongSecret(id, request.ip, reply.raw)) return { refused: 'too-many-requests' };
  if (client === undefined) return refused('unknown-client');
  return refused(client.disabled ? 'client-disabled' : assertion === undefined ? 'wrong-secret' : 'wrong-assertion');
}

/** Whether the form has a secret or an assertion: beside an access token this is a second authentication (RFC 6749 section 2.3). */
export function authenticatesInForm({ body }: FastifyRequest): boolean {
  return (
    body instanceof URLSearchParams &&
    ['client_secret', 'client_assertion'].some((name) => (body.get(name) ?? '') !== '')
  );
}

function hasSecret(client: Registration | undefined, now: Date, secret: string | undefined): boolean {
  // The same work for an unknown client as for a wrong secret.
  const right = secretMatches(secret ?? '', liveSecrets(client, now));
  return client?.public === true ? secret === undefined : right;
}

async function hasSigned(
  client: Registration | undefined,
  assertion: string,
  path: string,
  { issuer, clientKeys, sql, clock, onlyReads }: ClientAuthenticationOptions,
): Promise<boolean> {
  if (client === undefined || client.disabled || !hasKeys(client)) return false;
  const audience = [issuer, `${issuer}${tokenPath}`, `${issuer}${path}`];
  const given = { issuer, audience, keys: clientKeys, sql, clock };
  return acceptsAssertion(client, assertion, {
    ...given,
    ...(onlyReads === true && { onlyReads: `${issuer}${path}` }),
  });
}

/** Undefined without the header, null when it cannot be read. */
function basicOf(header: string | undefined): { id: string; secret: string } | undefined | null {
  if (header === undefined || !/^basic(?: |$)/i.test(header)) return undefined;
  const text = Buffer.from(header.slice('basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  try {
    // Both halves are form-encoded first (RFC 6749 section 2.3.1).
    const decode = (half: string): string => decodeURIComponent(half.replaceAll('+', ' '));
    return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  } catch {
    return null;
  }
}
