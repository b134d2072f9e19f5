/**
 * Access tokens at the resources that this server serves itself: how they are sent (RFC 6750, RFC 9449 section 7) and how they are refused.
 * Every such resource uses this one check, so none accepts a token in a form that another one refuses.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Engine } from '../engine/engine.ts';
import type { ProofError } from '../engine/proof.ts';
import { liveToken, type LiveToken, type TokenOptions } from '../tokens.ts';

/** `environments` are the audiences that the resource accepts. */
export type ResourceTokenOptions = TokenOptions & {
  engine: Pick<Engine, 'proofError'>;
  /** The resource changes nothing. */
  onlyReads?: boolean;
};

type Scheme = 'Bearer' | 'DPoP';

export interface TokenRefusal {
  /** The scheme that the request used; `Bearer` when it carried no token. */
  readonly scheme: Scheme;
  /** Absent when the request carried no token (RFC 6750 section 3.1). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | NonNullable<ProofError>;
  /** The missing scope. */
  readonly scope?: string;
}

interface SentToken {
  readonly scheme: Scheme;
  readonly token: string;
}

/** Proofs that the engine verifies. */
const proofAlgorithms = 'ES256 Ed25519 EdDSA';

const statuses = { invalid_request: 400, insufficient_scope: 403 } as const;

/**
 * Returns the live token of a request. A token bound to a key must come with the scheme DPoP and an unused proof for this request; an
 * unbound token must come as a bearer token.
 */
export async function resourceToken(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  o: ResourceTokenOptions,
): Promise<{ live: LiveToken } | { refused: TokenRefusal }> {
  const sent = sentToken(request);
  if (sent === undefined) return { refused: { scheme: 'Bearer' } };
  if (sent === 'twice') return { refused: { scheme: 'Bearer', error: 'invalid_request' } };
  const { scheme, token } = sent;
  const live = await liveToken(token, o);
  const bound = live?.claims.cnf;
  if (live === undefined || (bound === undefined) !== (scheme === 'Bearer'))
    return { refused: { scheme, error: 'invalid_token' } };
  if (bound === undefined) return { live };
  const url = `${o.issuer}${request.url.split('?', 1)[0]!}`;
  const error = await o.engine.proofError(
    { request: request.raw, response: reply.raw, url },
    { token, clientId: live.claims.client_id, thumbprint: bound.jkt, onlyReads: o.onlyReads ?? false },
  );
  return error === undefined ? { live } : { refused: { scheme, error } };
}

/** Whether the Authorization header presents an access token rather than authenticating a client. */
export function presentsToken({ headers }: FastifyRequest): boolean {
  return /^(?:bearer|dpop)(?: |$)/i.test(headers.authorization ?? '');
}

/** In the header, or as a bearer token in a form (RFC 6750 section 2.2); never in the URL, and never in two places. */
function sentToken({ headers, body }: FastifyRequest): SentToken | 'twice' | undefined {
  const [, scheme = '', token] = /^(bearer|dpop) +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? [];
  const inForm = body instanceof URLSearchParams ? body.get('access_token') : null;
  if (token !== undefined && inForm !== null) return 'twice';
  if (token !== undefined) return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
  return inForm === null ? undefined : { scheme: 'Bearer', token: inForm };
}

/**
 * Sets the status and the challenges of a refusal: first that of the scheme which the request used, with the error, then the other one (RFC
 * 9449 section 7.1).
 * @param others challenges of other authentication methods, which come first
 */
export function challenge(
  reply: FastifyReply,
  { scheme, error, scope }: TokenRefusal,
  others: readonly string[] = [],
): FastifyReply {
  const parameters = (of: Scheme): string[] => [
    ...(of === scheme && error !== undefined ? [`error="${error}"`] : []),
    ...(of === scheme && scope !== undefined ? [`scope="${scope}"`] : []),
    ...(of === 'DPoP' ? [`algs="${proofAlgorithms}"`] : []),
  ];
  const schemes: Scheme[] = scheme === 'DPoP' ? ['DPoP', 'Bearer'] : ['Bearer', 'DPoP'];
  const challenges = schemes.map((one) => [one, parameters(one).join(', ')].filter((part) => part !== '').join(' '));
  const status = error === 'invalid_request' || error === 'insufficient_scope' ? statuses[error] : 401;
  return reply.code(status).header('WWW-Authenticate', [...others, ...challenges]);
}

/** Returns the reason of a refusal for the audit trail. */
export function refusalReason({ error = 'invalid_token' }: TokenRefusal): string {
  return error.replaceAll('_', '-');
}
