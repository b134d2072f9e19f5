/** Token introspection (RFC 7662, SMART App Launch 2.2): whether an access token counts, and what for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { personOf } from '../engine/person.ts';
import { basicChallenge } from '../oauth-errors.ts';
import type { Registration } from '../store/clients.ts';
import { liveToken, type LiveToken, type TokenOptions } from '../tokens.ts';
import { authenticateClient, type ClientAuthenticationOptions } from './client-authentication.ts';
import { refuseOtherMethods, sendRefusal } from './errors.ts';
import { acceptForms } from './form.ts';

export const introspectionPath = '/oauth/introspect';

export function addIntrospection(app: FastifyInstance, o: TokenOptions & ClientAuthenticationOptions): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<{ Body: URLSearchParams | undefined }>(introspectionPath, async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const asker = await askerOf(request, reply, o);
      if (asker === 'too-many-requests') return sendRefusal(reply, asker);
      if (asker === undefined) {
        reply.header('WWW-Authenticate', [basicChallenge(o.issuer), 'Bearer']);
        return sendRefusal(reply, 'client-authentication-failed');
      }
      const token = request.body?.get('token');
      if (token === null || token === undefined || token === '') return sendRefusal(reply, 'token-parameter-missing');
      return answer(reply, await seenBy(asker, await liveToken(token, o), o));
    });
    refuseOtherMethods(scope, introspectionPath, 'POST');
    done();
  });
}

/** A confidential client, or who holds a live token of one (SMART demands Bearer). */
async function askerOf(
  request: FastifyRequest,
  reply: FastifyReply,
  o: TokenOptions & ClientAuthenticationOptions,
): Promise<Registration | 'too-many-requests' | undefined> {
  const [, bearer] = /^bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (bearer !== undefined) {
    const live = await liveToken(bearer, o);
    // A bound token is no bearer token.
    if (live === undefined || live.claims.cnf !== undefined) {
      o.record({ event: 'client.refused', reason: `invalid-token at ${introspectionPath}` }, request.ip);
      return undefined;
    }
    return o.limits.admitClient(live.client.client_id, request.ip, reply.raw) ? live.client : 'too-many-requests';
  }
  const result = await authenticateClient({ request, reply }, introspectionPath, o);
  if ('refused' in result && result.refused === 'too-many-requests') return 'too-many-requests';
  if ('refused' in result) return undefined;
  if (!result.client.public) return result.client;
  const clientId = result.client.client_id;
  o.record({ event: 'client.refused', clientId, reason: `public-client at ${introspectionPath}` }, request.ip);
  return undefined;
}

/**
 * A client sees its own tokens; a resource server (a client with a `system/` scope for every type) those of its environment.
 * Of all others it learns that they do not count.
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
