/** Token introspection (RFC 7662, SMART App Launch 2.2): whether an access token is valid, and its rights. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { personOf } from '../engine/person.ts';
import { basicChallenge } from '@dhp/sso-pages/refusals';
import type { Registration } from '@dhp/clients/rows';
import { liveToken, type LiveToken, type TokenOptions } from '../tokens.ts';
import { authenticateClient, authenticatesInForm, type ClientAuthenticationOptions } from './client-authentication.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import { acceptProgramForms } from './program-forms.ts';
import {
  challenge,
  presentsToken,
  refusalReason,
  resourceToken,
  type ResourceTokenOptions,
  type TokenRefusal,
} from './resource-token.ts';

export const introspectionPath = '/oauth/introspect';

type IntrospectionOptions = ResourceTokenOptions & ClientAuthenticationOptions;

export function addIntrospection(app: FastifyInstance, o: IntrospectionOptions): void {
  void app.register((scope, _options, done) => {
    acceptProgramForms(scope);
    scope.post<{ Body: URLSearchParams | undefined }>(introspectionPath, async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const isHolder = presentsToken(request) && !authenticatesInForm(request);
      const asker = isHolder ? await tokenHolder(request, reply, o) : await client(request, reply, o);
      if (asker === 'too-many-requests') return sendRefusal(reply, asker);
      if (asker === undefined) {
        challenge(reply, { scheme: 'Bearer' }, [basicChallenge(o.issuer)]);
        return sendRefusal(reply, 'client-authentication-failed');
      }
      if ('scheme' in asker) return challenge(reply, asker).send({ error: asker.error ?? 'invalid_token' });
      const token = request.body?.get('token');
      if (token === null || token === undefined || token === '') return sendRefusal(reply, 'token-parameter-missing');
      return answer(reply, await seenBy(asker, await liveToken(token, o), o));
    });
    refuseOtherMethods(scope, introspectionPath, 'POST');
    done();
  });
}

/** The client of the live token that the request presents (SMART App Launch 2.2, Token Introspection, demands Bearer). */
async function tokenHolder(
  request: FastifyRequest,
  reply: FastifyReply,
  o: IntrospectionOptions,
): Promise<Registration | 'too-many-requests' | TokenRefusal> {
  const presented = await resourceToken({ request, reply }, { ...o, onlyReads: true });
  if ('refused' in presented) {
    o.record(
      { event: 'client.refused', reason: `${refusalReason(presented.refused)} at ${introspectionPath}` },
      request.ip,
    );
    return presented.refused;
  }
  const { client } = presented.live;
  return o.limits.admitClient(client.client_id, request.ip, reply.raw) ? client : 'too-many-requests';
}

/** A confidential client that authenticates; undefined if authentication fails or the client is public. */
async function client(
  request: FastifyRequest,
  reply: FastifyReply,
  o: IntrospectionOptions,
): Promise<Registration | 'too-many-requests' | undefined> {
  const result = await authenticateClient({ request, reply }, introspectionPath, { ...o, onlyReads: true });
  if ('refused' in result && result.refused === 'too-many-requests') return 'too-many-requests';
  if ('refused' in result) return undefined;
  if (!result.client.public) return result.client;
  const clientId = result.client.client_id;
  o.record({ event: 'client.refused', clientId, reason: `public-client at ${introspectionPath}` }, request.ip);
  return undefined;
}

/**
 * A client sees its own tokens; a resource server (a client with a `system/` scope for every type) sees those of its environment. All other
 * tokens are reported as inactive.
 */
async function seenBy(
  asker: Registration,
  live: LiveToken | undefined,
  o: TokenOptions,
): Promise<Record<string, unknown> | undefined> {
  if (live === undefined) return undefined;
  const { claims, client } = live;
  const isServer = asker.scopes.some((one) => one.startsWith('system/*.')) && asker.environment === client.environment;
  if (asker.client_id !== client.client_id && !isServer) return undefined;
  const isPerson = claims.sub !== claims.client_id;
  const person = isPerson ? await personOf(o, client, claims.sub) : undefined;
  if (isPerson && person === undefined) return undefined; // the account is gone or disabled
  const { gid: _internal, ...told } = claims;
  const saysWho = claims.scope.split(' ').includes('fhirUser') && person?.fhirUser !== undefined;
  return {
    ...told,
    ...(saysWho ? { fhirUser: person.fhirUser } : {}),
    token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP',
  };
}

function answer(reply: FastifyReply, claims: Record<string, unknown> | undefined): FastifyReply {
  return reply.send(claims === undefined ? { active: false } : { active: true, ...claims });
}
