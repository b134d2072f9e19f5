/**
 * The UserInfo endpoint (OpenID Connect Core section 5.3): identifies the person of an access token. The tokens are our own JWTs for a FHIR
 * environment, which the engine would not accept.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { claimsOfPerson, personOf } from '../engine/person.ts';
import { answerPreflights } from './cors.ts';
import { refuseOtherMethods } from '@dhp/sso-pages/answers';
import { acceptProgramForms } from './program-forms.ts';
import { challenge, resourceToken, type ResourceTokenOptions, type TokenRefusal } from './resource-token.ts';

export const userInfoPath = '/oauth/userinfo';

export function addUserInfo(app: FastifyInstance, o: ResourceTokenOptions): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.headers({
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'DPoP-Nonce, WWW-Authenticate',
    });
    const presented = await resourceToken({ request, reply }, { ...o, onlyReads: true });
    if ('refused' in presented) return refuse(reply, presented.refused);
    const { claims, client } = presented.live;
    const scheme = claims.cnf === undefined ? 'Bearer' : 'DPoP';
    const person = await personOf(o, client, claims.sub);
    if (person === undefined) return refuse(reply, { scheme, error: 'invalid_token' });
    const scopes = claims.scope.split(' ');
    if (!scopes.includes('openid')) return refuse(reply, { scheme, error: 'insufficient_scope', scope: 'openid' });
    const { sub, name, fhirUser } = claimsOfPerson(person);
    return reply.send({
      sub,
      ...(scopes.includes('profile') ? { name } : {}),
      ...(scopes.includes('fhirUser') && fhirUser !== undefined ? { fhirUser } : {}),
    });
  };
  void app.register((scope, _options, done) => {
    acceptProgramForms(scope);
    scope.get(userInfoPath, answer);
    scope.post(userInfoPath, answer);
    answerPreflights(scope, userInfoPath, 'GET, POST');
    refuseOtherMethods(scope, userInfoPath, 'GET, HEAD, POST, OPTIONS');
    done();
  });
}

function refuse(reply: FastifyReply, refusal: TokenRefusal): FastifyReply {
  return challenge(reply, refusal).send(refusal.error === undefined ? {} : { error: refusal.error });
}
