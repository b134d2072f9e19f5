/**
 * The API by which the portal acts for a signed-in person: JSON, with a token of the person for this server with the scope
 * `dhp.applications`. All decisions are made here; the portal only shows the results.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessAdministration } from '@dhp/accounts/records';
import type { AuditEvent } from '@dhp/audit';
import { challenge, personOfToken, refusalReason, type PersonTokenOptions } from '@dhp/protocol/endpoints';
import { openClients } from '@dhp/clients';
import { applicationsScope, ClientError } from '@dhp/clients/fields';
import { createQuota, type Quota } from '@dhp/rate-limit';
import type { RequestLogStore } from '@dhp/request-log';
import { Input, InputError, readJson } from '@dhp/sso-kit/input';
import { kindOf, refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import { DeveloperError } from '../rules/developer-error.ts';
import {
  defaultLimits,
  noEnds,
  type Act,
  type Context,
  type CredentialEnds,
  type DeveloperLimits,
  type TestPerson,
} from './act.ts';
import { applicationActs } from './application-acts.ts';
import { credentialActs } from './credential-acts.ts';
import { explorerActs } from './explorer-acts.ts';
import { launchActs } from './launch-acts.ts';
import { logActs } from './log-acts.ts';
import { memberActs } from './member-acts.ts';
import { organizationActs } from './organization-acts.ts';
import { productionActs } from './production-acts.ts';
import { receiverActs } from './receiver-acts.ts';

export type DeveloperApiOptions = PersonTokenOptions & {
  readonly record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** Resource types that a scope may name. */
  readonly resourceTypes: readonly string[] | undefined;
  readonly limits?: DeveloperLimits | undefined;
  readonly credentials?: CredentialEnds | undefined;
  readonly isProductionServed: boolean;
  readonly requestLog?: RequestLogStore | undefined;
  readonly accessAdministration: AccessAdministration;
  /** FHIR base URL of each served environment. */
  readonly environments: Partial<Record<'playground' | 'production', string>>;
  /** Test people, as whom anybody may sign in; never together with production. */
  readonly testPeople?: readonly TestPerson[] | undefined;
};

type Served = DeveloperApiOptions & { readonly explorerQuota: Pick<Quota, 'take'> };

const acts: readonly Act[] = [
  ...organizationActs,
  ...memberActs,
  ...applicationActs,
  ...credentialActs,
  ...productionActs,
  ...logActs,
  ...explorerActs,
  ...launchActs,
  ...receiverActs,
];

/** Adds the routes below `/developer`. */
export function addDeveloperApi(app: FastifyInstance, options: DeveloperApiOptions): void {
  const o = { ...options, explorerQuota: createQuota({ name: 'explorer', requests: 120, seconds: 60 }) };
  void app.register((scope, _options, done) => {
    acceptJson(scope);
    scope.setErrorHandler((error, _request, reply) => answerError(reply, error));
    const allowed = new Map<string, string[]>();
    for (const act of acts) {
      const url = `/developer${act.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
      scope.route({ method: act.method, url, handler: (request, reply) => carryOut(act, request, reply, o) });
      allowed.set(url, [...(allowed.get(url) ?? []), ...(act.method === 'GET' ? ['GET', 'HEAD'] : [act.method])]);
    }
    for (const [url, methods] of allowed) refuseOtherMethods(scope, url, methods.join(', '));
    done();
  });
}

function acceptJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => {
    const bytes = body as Buffer;
    try {
      parsed(null, bytes.length === 0 ? {} : readJson(bytes));
    } catch (error) {
      parsed(error as Error);
    }
  });
}

async function carryOut(act: Act, request: FastifyRequest, reply: FastifyReply, o: Served): Promise<FastifyReply> {
  reply.header('Cache-Control', 'no-store');
  const present = await personOfToken({ request, reply }, o, applicationsScope);
  if ('refused' in present) {
    const { refused } = present;
    const reason = `${refusalReason(refused)} for ${act.method} /developer${act.path}`;
    if (refused.error !== undefined) o.record({ event: 'client.refused', reason }, request.ip);
    const description = `Send a token of a person for resource=${o.issuer} with the scope ${applicationsScope}.`;
    return challenge(reply, refused).send({
      error: refused.error ?? 'invalid_token',
      error_description: description,
    });
  }
  const given = (act.method === 'GET' ? request.query : request.body) ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new InputError('invalid-value', 'The body is a JSON object');
  const input = new Input(request.params as Record<string, string>, given as Record<string, unknown>);
  const result = await act.run(contextOf(present, request, o), input.withoutNulls());
  return act.status === 204 ? reply.code(204).send() : reply.code(act.status ?? 200).send(result);
}

type Present = Exclude<Awaited<ReturnType<typeof personOfToken>>, { refused: unknown }>;

function contextOf({ account, clientId, sessionUid }: Present, request: FastifyRequest, o: Served): Context {
  const { sql, clock, resourceTypes, isProductionServed, credentials = noEnds } = o;
  const { secretDays } = credentials;
  const actor = `account:${account.accountId}` as const;
  const types = resourceTypes === undefined ? {} : { resourceTypes };
  const registering = {
    ...{ actor, clock, ...types, approves: false, reason: 'by its developer' },
    secretSeconds: secretDays === undefined ? undefined : secretDays * 86_400,
  };
  return {
    ...{
      sql,
      clock,
      isProductionServed,
      environments: o.environments,
      signing: o,
      testPeople: o.testPeople ?? [],
      explorerQuota: o.explorerQuota,
      requestLog: o.requestLog,
      accessAdministration: o.accessAdministration,
      actor,
      clientId,
      sessionUid,
      person: account,
      limits: o.limits ?? defaultLimits,
      credentials,
    },
    clients: openClients(sql, registering),
    clientsFor: (requirePermitted) => openClients(sql, { ...registering, requirePermitted }),
    record: (event) => o.record(event, request.ip),
  };
}

function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  reply.header('Cache-Control', 'no-store');
  if (error instanceof InputError || error instanceof ClientError || error instanceof DeveloperError) {
    const { kind, message } = error;
    const status = error instanceof DeveloperError ? error.status : kind === 'not-found' ? 404 : 400;
    return reply.code(status).send({ error: 'invalid_request', error_description: message, kind });
  }
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500) {
    reply.log.error(error);
    return sendRefusal(reply, kindOf(error as Parameters<typeof kindOf>[0]));
  }
  const description = 'The request is not understood: send JSON.';
  return reply.code(statusCode).send({ error: 'invalid_request', error_description: description });
}
