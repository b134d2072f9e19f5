/**
 * The UserInfo endpoint (OpenID Connect Core section 5.3): who the person of an access token is. The tokens are our own JWTs
 * for a FHIR environment, which the engine would not take.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { claimsOfPerson, personOf, type Person } from '../engine/person.ts';
import { liveToken, type TokenOptions } from '../tokens.ts';
import { refuseOtherMethods } from './errors.ts';
import { acceptForms } from './form.ts';

export const userInfoPath = '/oauth/userinfo';

export function addUserInfo(app: FastifyInstance, o: TokenOptions): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.header('Cache-Control', 'no-store').header('Access-Control-Allow-Origin', '*');
    const token = bearerOf(request);
    if (token === undefined) return challenge(reply, 401);
    const verified = await verify(token, o);
    if (verified === undefined) return challenge(reply, 401, 'invalid_token');
    const scopes = verified.scope.split(' ');
    if (!scopes.includes('openid')) return challenge(reply, 403, 'insufficient_scope');
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
    scope.options(userInfoPath, (_request, reply) =>
      reply
        .header('Access-Control-Allow-Origin', '*')
        .header('Access-Control-Allow-Methods', 'GET, POST')
        .header('Access-Control-Allow-Headers', 'Authorization')
        .code(204)
        .send(),
    );
    refuseOtherMethods(scope, userInfoPath, 'GET, HEAD, POST, OPTIONS');
    done();
  });
}

/** RFC 6750: in the header, or in the body of a form; never in the URL. */
function bearerOf({ headers, body }: FastifyRequest): string | undefined {
  const [, token] = /^bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? [];
  return token ?? (body instanceof URLSearchParams ? (body.get('access_token') ?? undefined) : undefined);
}

async function verify(token: string, o: TokenOptions): Promise<{ person: Person; scope: string } | undefined> {
  const live = await liveToken(token, o);
  if (live?.claims.cnf !== undefined) return undefined; // a bound token is no bearer token
  const person = live && (await personOf(o, live.client, live.claims.sub));
  return person && { person, scope: live.claims.scope };
}

function challenge(reply: FastifyReply, status: 401 | 403, error?: string): FastifyReply {
  reply.code(status).header('WWW-Authenticate', error === undefined ? 'Bearer' : `Bearer error="${error}"`);
  return reply.send(error === undefined ? {} : { error });
}
