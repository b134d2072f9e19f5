/** Token revocation (RFC 7009). */
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { basicChallenge } from '@dhp/sso-pages/refusals';
import type { AuditEvent } from '@dhp/audit';
import { selectOwner, insertRevocation } from '@dhp/grants/artifacts';
import { endGrant } from '../engine/reuse.ts';
import { liveToken, type TokenOptions } from '../tokens.ts';
import { authenticateClient, type ClientAuthenticationOptions } from './client-authentication.ts';
import type { Cors } from '../cors.ts';
import { answerPreflights } from './cors.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import { acceptProgramForms } from './program-forms.ts';

export const revocationPath = '/oauth/revoke';

export interface RevocationOptions extends TokenOptions, ClientAuthenticationOptions {
  cors: Cors;
}

export function addRevocation(app: FastifyInstance, o: RevocationOptions): void {
  void app.register((scope, _options, done) => {
    acceptProgramForms(scope);
    scope.post<{ Body: URLSearchParams | undefined }>(revocationPath, async (request, reply) => {
      const result = await authenticateClient({ request, reply }, revocationPath, o);
      o.cors.mark(request.raw, reply.raw, 'client' in result ? result.client : undefined);
      if ('refused' in result) {
        if (request.headers.authorization !== undefined) reply.header('WWW-Authenticate', basicChallenge(o.issuer));
        return sendRefusal(reply, result.refused);
      }
      const token = request.body?.get('token');
      if (token === null || token === undefined || token === '') return sendRefusal(reply, 'token-parameter-missing');
      const clientId = result.client.client_id;
      const revoked = (await revokeRefreshToken(token, clientId, o)) ?? (await revokeAccessToken(token, clientId, o));
      if (revoked !== undefined) o.record({ event: 'token.revoked', clientId, ...revoked }, request.ip);
      // A token that does not exist is not an error: it is already invalid, as requested (RFC 7009 section 2.2).
      reply.code(200).header('Cache-Control', 'no-store');
      // The body has no meaning (section 2.2) and is empty; but libraries that accept only JSON need one.
      return /\bapplication\/json\b/i.test(request.headers.accept ?? '') ? reply.send({}) : reply.send();
    });
    answerPreflights(scope, revocationPath, 'POST');
    refuseOtherMethods(scope, revocationPath, 'POST');
    done();
  });
}

type Revoked = Pick<AuditEvent, 'jti' | 'accountId'>;

/** Revoking a refresh token ends all tokens of the same sign-in, including access tokens (RFC 7009 section 2.1). */
async function revokeRefreshToken(token: string, clientId: string, o: RevocationOptions): Promise<Revoked | undefined> {
  const owner = await selectOwner(o.sql, 'RefreshToken', hash('sha256', token, 'buffer'));
  if (owner?.client_id !== clientId || owner.grant_id === null) return undefined;
  // The grant ends too: without it, a token from a concurrent refresh is invalid.
  await endGrant(o.sql, owner.grant_id, o.clock());
  return { accountId: owner.account_id ?? undefined };
}

async function revokeAccessToken(token: string, clientId: string, o: RevocationOptions): Promise<Revoked | undefined> {
  // Includes tokens for this server itself: for its administration, and for the applications of developers.
  const live = await liveToken(token, o, [...Object.values(o.environments), o.issuer]);
  if (live?.client.client_id !== clientId) return undefined;
  const { jti, sub } = live.claims;
  await insertRevocation(o.sql, `jti:${jti}`, o.clock());
  return { jti, accountId: sub === clientId ? undefined : sub };
}
