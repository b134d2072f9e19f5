/** The administration over HTTP: a token of the SSO itself with the scope of the act, JSON, and a reason for every change. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BreachedPasswords } from '@dhp/accounts/sign-in';
import type { Act } from '../acts/act.ts';
import { isActFailure, statusOf } from '../acts/act-failure.ts';
import { acts } from '../acts/acts.ts';
import { carryOutAct } from '../acts/carry-out.ts';
import { dutyOf } from '../acts/duties.ts';
import { DutyError } from '../acts/duty-error.ts';
import { InputError, Input, readJson } from '@dhp/sso-kit/input';
import { checkMembers } from './check-members.ts';
import { openApi } from '../acts/openapi.ts';
import { reasonOf } from '../acts/reason.ts';
import type { Invite, Tell } from '@dhp/accounts/messages';
import type { AuditEvent } from '@dhp/audit';
import type { AccessAdministration } from '@dhp/accounts/records';
import type { Outbound } from '@dhp/outbound';
import { kindOf, refuseOtherMethods, sendRefusal, openDocument } from '@dhp/sso-pages/answers';
import { challenge, refusalReason, resourceToken, type ResourceTokenOptions } from '@dhp/protocol/endpoints';

export interface AdminOptions extends ResourceTokenOptions {
  encryptionKey: Buffer;
  resourceTypes: readonly string[] | undefined;
  outbound: Outbound;
  tell: Tell;
  invite: Invite | undefined;
  /** Lifetime of a password that is set here. */
  temporaryPasswordSeconds: number;
  breachedPasswords: BreachedPasswords | undefined;
  accessAdministration: AccessAdministration;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}

export function addAdministration(app: FastifyInstance, o: AdminOptions): void {
  const described = JSON.stringify(openApi(o.issuer));
  app.get('/admin/openapi.json', (_request, reply) =>
    openDocument(reply, 300).type('application/json').send(described),
  );
  refuseOtherMethods(app, '/admin/openapi.json', 'GET, HEAD');

  void app.register((scope, _options, done) => {
    // An empty body counts as an empty object: the act then reports that its reason is missing.
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => {
      const bytes = body as Buffer;
      try {
        parsed(null, bytes.length === 0 ? {} : readJson(bytes));
      } catch (error) {
        parsed(error as Error);
      }
    });
    scope.setErrorHandler((error, _request, reply) => answerError(reply, error));
    const allowed = new Map<string, string[]>();
    for (const act of acts) {
      dutyOf(act); // an act without a line in the table of duties stops the start
      const url = `/admin${act.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
      scope.route({ method: act.method, url, handler: (request, reply) => carryOut(act, request, reply, o) });
      allowed.set(url, [...(allowed.get(url) ?? []), ...(act.method === 'GET' ? ['GET', 'HEAD'] : [act.method])]);
    }
    for (const [url, methods] of allowed) refuseOtherMethods(scope, url, methods.join(', '));
    done();
  });
}

async function carryOut(
  act: Act,
  request: FastifyRequest,
  reply: FastifyReply,
  o: AdminOptions,
): Promise<FastifyReply> {
  reply.header('Cache-Control', 'no-store');
  const presented = await resourceToken({ request, reply }, { ...o, environments: { production: o.issuer } });
  if ('refused' in presented) {
    const { refused } = presented;
    const reason = `${refusalReason(refused)} for ${act.method} /admin${act.path}`;
    if (refused.error !== undefined) o.record({ event: 'client.refused', reason }, request.ip);
    const description = `Send a token for resource=${o.issuer} with the scope ${act.scope}, with the scheme DPoP and a proof where it is bound to a key.`;
    return challenge(reply, refused).send({
      error: refused.error ?? 'invalid_token',
      error_description: description,
    });
  }
  const { live } = presented;
  if (!live.claims.scope.split(' ').includes(act.scope)) {
    const reason = `without ${act.scope} for ${act.method} /admin${act.path}`;
    o.record({ event: 'client.refused', clientId: live.client.client_id, reason }, request.ip);
    const scheme = live.claims.cnf === undefined ? 'Bearer' : 'DPoP';
    challenge(reply, { scheme, error: 'insufficient_scope', scope: act.scope });
    return refuse(reply, 403, 'insufficient_scope', `This act needs the scope ${act.scope}.`);
  }
  const given = (act.method === 'GET' || act.method === 'DELETE' ? request.query : request.body) ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new InputError('invalid-value', 'The body is a JSON object');
  const values = checkMembers(act, given as Record<string, unknown>);
  const input = new Input(request.params as Record<string, string>, values);
  const needsNone = act.method === 'GET' || (act.isQuestion === true && input.text('reason') === undefined);
  const reason = needsNone ? undefined : reasonOf(input.text('reason'));
  const result = await carryOutAct(act, { ...o, actor: `client:${live.client.client_id}`, reason }, input);
  const status = act.status ?? 200;
  return status === 204 ? reply.code(204).send() : reply.code(status).send(result);
}

function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  reply.header('Cache-Control', 'no-store');
  if (isActFailure(error)) {
    const code = error instanceof DutyError ? 'access_denied' : 'invalid_request';
    return refuse(reply, statusOf(error), code, error.message);
  }
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500) {
    reply.log.error(error);
    return sendRefusal(reply, kindOf(error as Parameters<typeof kindOf>[0]));
  }
  return refuse(reply, statusCode, 'invalid_request', 'The request is not understood: send JSON.');
}

function refuse(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).send({ error, error_description: description });
}
