/**
 * Token revocation (RFC 7009), and the feed by which the FHIR servers learn of it: `GET /oauth/revocations` names what no longer
 * counts, by identifiers that are no credentials.
 */
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { basicChallenge } from '../oauth-errors.ts';
import type { AuditEvent } from '../store/audit-events.ts';
import { deleteByGrant, selectOwner } from '../store/artifacts.ts';
import { insertRevocation, selectRevocations } from '../store/revocations.ts';
import { grantClaim, liveToken, type TokenOptions } from '../tokens.ts';
import { authenticateClient, type ClientAuthenticationOptions } from './client-authentication.ts';
import { answerPreflights, type Cors } from './cors.ts';
import { refuseOtherMethods, sendRefusal } from './errors.ts';
import { acceptForms } from './form.ts';

export const revocationPath = '/oauth/revoke';
export const revocationFeedPath = '/oauth/revocations';

export interface RevocationOptions extends TokenOptions, ClientAuthenticationOptions {
  cors: Cors;
}

export function addRevocation(app: FastifyInstance, o: RevocationOptions): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);
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
      // A token that does not exist is no error: it does not count, which is what was asked for (RFC 7009 section 2.2).
      return reply.code(200).header('Cache-Control', 'no-store').send();
    });
    answerPreflights(scope, revocationPath, 'POST');
    refuseOtherMethods(scope, revocationPath, 'POST');
    done();
  });

  app.get<{ Querystring: { since?: unknown } }>(revocationFeedPath, async (request, reply) => {
    const { since } = request.query;
    const from = since === undefined ? undefined : timeOf(since);
    if (from === 'malformed') return sendRefusal(reply, 'malformed-since');
    const now = o.clock();
    const rows = await selectRevocations(o.sql, from, now);
    const revocations = rows.map(({ subject, revoked_at: at }) => ({ subject, revoked_at: at.toISOString() }));
    return reply.header('Cache-Control', 'no-store').send({ now: now.toISOString(), revocations });
  });
  refuseOtherMethods(app, revocationFeedPath, 'GET, HEAD');
}

function timeOf(since: unknown): Date | 'malformed' {
  if (typeof since !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(since))
    return 'malformed';
  const time = new Date(since);
  return Number.isNaN(time.getTime()) ? 'malformed' : time;
}

type Revoked = Pick<AuditEvent, 'jti' | 'accountId'>;

/** With a refresh token ends all that came of the same sign-in, access tokens too (RFC 7009 section 2.1). */
async function revokeRefreshToken(token: string, clientId: string, o: RevocationOptions): Promise<Revoked | undefined> {
  const owner = await selectOwner(o.sql, 'RefreshToken', hash('sha256', token, 'buffer'));
  if (owner?.client_id !== clientId || owner.grant_id === null) return undefined;
  await insertRevocation(o.sql, `grant:${grantClaim(owner.grant_id)}`, o.clock());
  await deleteByGrant(o.sql, owner.grant_id, o.clock());
  return { accountId: owner.account_id ?? undefined };
}

async function revokeAccessToken(token: string, clientId: string, o: RevocationOptions): Promise<Revoked | undefined> {
  const live = await liveToken(token, o);
  if (live?.client.client_id !== clientId) return undefined;
  const { jti, sub } = live.claims;
  await insertRevocation(o.sql, `jti:${jti}`, o.clock());
  return { jti, accountId: sub === clientId ? undefined : sub };
}
