/** Client authentication at the endpoints that are not the engine's (RFC 6749 section 2.3). */
import type { FastifyRequest } from 'fastify';
import type { FindRegistration } from '../engine/clients.ts';
import { secretMatches } from '../clients/client-secret.ts';
import type { OAuthErrorKind } from '../oauth-errors.ts';
import type { Registration } from '../store/clients.ts';

export type ClientAuthentication = { client: Registration } | { refused: OAuthErrorKind };

/** By HTTP Basic, or by `client_id` and `client_secret` in the form; a public client names itself. */
export async function authenticateClient(
  request: FastifyRequest,
  find: FindRegistration,
): Promise<ClientAuthentication> {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  const basic = basicOf(request.headers.authorization);
  if (basic === null) return { refused: 'malformed-authorization' };
  if (basic !== undefined && form.has('client_secret')) return { refused: 'two-authentications' };
  const id = basic?.id ?? form.get('client_id') ?? undefined;
  if (id === undefined) return { refused: 'client-authentication-failed' };
  const secret = basic?.secret ?? form.get('client_secret') ?? undefined;
  const client = await find(id);
  // The same work for an unknown client as for a wrong secret.
  const right = secretMatches(secret ?? '', [client?.secret_hash ?? null, client?.previous_secret_hash ?? null]);
  const isIn = client !== undefined && !client.disabled && (client.public ? secret === undefined : right);
  return isIn ? { client } : { refused: 'client-authentication-failed' };
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
