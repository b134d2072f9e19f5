/**
 * The UserInfo endpoint (OpenID Connect Core section 5.3): who the person of an access token is. The tokens are our own JWTs
 * for a FHIR environment, which the engine would not take.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { claimsOfPerson, personOf, type Person } from '../engine/person.ts';
import type { Engine } from '../engine/engine.ts';
import type { ProofError } from '../engine/proof.ts';
import { liveToken, type TokenOptions } from '../tokens.ts';
import { answerPreflights } from './cors.ts';
import { refuseOtherMethods } from './errors.ts';
import { acceptForms } from './form.ts';

export const userInfoPath = '/oauth/userinfo';

type UserInfoOptions = TokenOptions & { engine: Engine };

export function addUserInfo(app: FastifyInstance, o: UserInfoOptions): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.headers({
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'DPoP-Nonce, WWW-Authenticate',
    });
    const sent = tokenOf(request);
    if (sent === undefined) return challenge(reply, 'Bearer', 401);
    const { scheme } = sent;
    const verified = await verify({ request, reply }, sent, o);
    if ('error' in verified) return challenge(reply, scheme, 401, verified.error);
    const scopes = verified.scope.split(' ');
    if (!scopes.includes('openid')) return challenge(reply, scheme, 403, 'insufficient_scope');
    const { sub, name, fhirUser } = claimsOfPerson(verified.person);
    return reply.send({
      sub,
      ...(scopes.includes('profile') ? { name } : {}),
      ...(scopes.includes('fhirUser') && fhirUser !== undefined ? { fhirUser } : {}),
    });
  };
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.get(userInfoPath, answer);
    scope.post(userInfoPath, answer);
    answerPreflights(scope, userInfoPath, 'GET, POST');
    refuseOtherMethods(scope, userInfoPath, 'GET, HEAD, POST, OPTIONS');
    done();
  });
}

type Scheme = 'Bearer' | 'DPoP';

interface SentToken {
  scheme: Scheme;
  token: string;
}

/** RFC 6750: in the header, or in the body of a form; never in the URL. A bound token in the header only (RFC 9449 section 7.1). */
function tokenOf({ headers, body }: FastifyRequest): SentToken | undefined {
  const [, scheme = '', token] = /^(bearer|dpop) +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
  const inForm = body instanceof URLSearchParams ? body.get('access_token') : null;
  return inForm === null ? undefined : { scheme: 'Bearer', token: inForm };
}

type Verified = { person: Person; scope: string } | { error: 'invalid_token' | NonNullable<ProofError> };

async function verify(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { scheme, token }: SentToken,
  o: UserInfoOptions,
): Promise<Verified> {
  const live = await liveToken(token, o);
  // A bound token is no bearer token, and one that is not bound proves nothing.
  if (live === undefined || (live.claims.cnf === undefined) !== (scheme === 'Bearer'))
    return { error: 'invalid_token' };
  const { claims, client } = live;
  if (claims.cnf !== undefined) {
    const at = { request: request.raw, response: reply.raw, url: `${o.issuer}${userInfoPath}` };
    const bound = { token, clientId: claims.client_id, thumbprint: claims.cnf.jkt };
    const error = await o.engine.proofError(at, bound);
    if (error !== undefined) return { error };
  }
  const person = await personOf(o, client, claims.sub);
  return person === undefined ? { error: 'invalid_token' } : { person, scope: claims.scope };
}

function challenge(reply: FastifyReply, scheme: Scheme, status: 401 | 403, error?: string): FastifyReply {
  const text = error === undefined ? scheme : `${scheme} error="${error}"`;
  reply.code(status).header('WWW-Authenticate', scheme === 'DPoP' ? `${text}, algs="ES256 Ed25519 EdDSA"` : text);
  return reply.send(error === undefined ? {} : { error });
}
