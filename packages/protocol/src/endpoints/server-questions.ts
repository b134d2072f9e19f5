/**
 * Endpoints for requests of the installation's FHIR servers. They sign each request, including its digest, for one use, with the key of the
 * feed of revocations; the answer is signed with the same key and bound to the request. docs/decisions/0103-rights-that-outlive-tokens.md
 */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SignJWT, type JWTPayload } from 'jose';
import { useOnce } from '@dhp/grants/artifacts';
import type { Sql } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import type { Limits } from '../limits/limits.ts';
import type { RevocationOptions } from './revocation.ts';
import { bearerIn, serverClaims, tolerance } from './server-token.ts';

type Refusal = Parameters<typeof sendRefusal>[1];

/** One endpoint. */
export interface QuestionEndpoint {
  readonly path: string;
  /** Of the tokens: `NAME+jwt` is a question, `NAME-answer+jwt` an answer. */
  readonly typ: string;
  /** Subject under which the requests of servers are limited; it cannot be a client id. */
  readonly limited: string;
  readonly mostBytes: number;
  readonly refusals: { readonly stranger: Refusal; readonly malformed: Refusal };
  /** @returns claims of the answer; undefined for a body of another form */
  answer(body: Buffer, environment: EnvironmentName): Promise<object | undefined>;
}

export interface QuestionOptions extends Pick<RevocationOptions, 'issuer' | 'record'> {
  readonly sql: Sql;
  readonly environments: Partial<Record<EnvironmentName, string>>;
  readonly clock: () => Date;
  readonly limits: Limits;
  readonly feedKey: Buffer;
}

/** A server of the installation, identified by its signature. */
interface Asker {
  readonly claims: JWTPayload;
  readonly environment: EnvironmentName;
}

export function addQuestions(app: FastifyInstance, endpoint: QuestionEndpoint, o: QuestionOptions): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post<{ Body: Buffer | undefined }>(
      endpoint.path,
      {
        bodyLimit: endpoint.mostBytes,
        // Of a stranger no body is read.
        async onRequest(request, reply) {
          await admit(request, reply, endpoint, o);
        },
      },
      (request, reply) => answer(request, reply, endpoint, o),
    );
    refuseOtherMethods(scope, endpoint.path, 'POST');
    done();
  });
}

async function askerOf(
  { headers }: FastifyRequest,
  { path, typ }: QuestionEndpoint,
  o: QuestionOptions,
): Promise<Asker | undefined> {
  const token = bearerIn(headers.authorization);
  const of = { key: o.feedKey, typ: `${typ}+jwt`, audience: o.issuer + path, now: o.clock() };
  const claims = token === undefined ? undefined : await serverClaims(token, of);
  const environment = claims && environmentOf(claims, o);
  if (claims === undefined || environment === undefined) return undefined;
  const { jti } = claims;
  return typeof jti === 'string' && jti !== '' && jti.length <= 100 ? { claims, environment } : undefined;
}

/** Counts the request, with separate quotas for strangers and servers, and refuses strangers. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: QuestionEndpoint,
  o: QuestionOptions,
): Promise<void> {
  const asker = await askerOf(request, endpoint, o);
  const isAdmitted =
    asker === undefined
      ? o.limits.admitAddress(request.ip, reply.raw)
      : o.limits.admitClient(`${endpoint.limited}${asker.environment}`, request.ip, reply.raw);
  if (!isAdmitted) await sendRefusal(reply, 'too-many-requests');
  else if (asker === undefined) await refuse(request, reply, 'invalid-token', endpoint, o);
}

function environmentOf({ iss }: JWTPayload, { environments }: QuestionOptions): EnvironmentName | undefined {
  return (['playground', 'production'] as const).find(
    (one) => environments[one] !== undefined && environments[one] === iss,
  );
}

/** @param why the reason for refusing the token, for the audit trail */
function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  why: string,
  { path, refusals }: QuestionEndpoint,
  o: QuestionOptions,
): FastifyReply {
  const isSent = bearerIn(request.headers.authorization) !== undefined;
  if (isSent) o.record({ event: 'client.refused', reason: `${why} at ${path}` }, request.ip);
  reply.header('WWW-Authenticate', isSent ? 'Bearer error="invalid_token"' : 'Bearer');
  return sendRefusal(reply, refusals.stranger);
}

async function answer(
  request: FastifyRequest<{ Body: Buffer | undefined }>,
  reply: FastifyReply,
  endpoint: QuestionEndpoint,
  o: QuestionOptions,
): Promise<FastifyReply> {
  const asker = await askerOf(request, endpoint, o);
  if (asker === undefined) return refuse(request, reply, 'invalid-token', endpoint, o);
  const { iss = '', jti = '', exp = 0, digest } = asker.claims;
  const body = request.body ?? Buffer.alloc(0);
  if (digest !== hash('sha256', body, 'base64url')) return refuse(request, reply, 'other-body', endpoint, o);
  // Before anything is answered: a recorded request must not be answered a second time.
  const now = o.clock();
  const once = { now, isUnwaited: true };
  if (!(await useOnce(o.sql, `${endpoint.path} ${iss} ${jti}`, new Date(1000 * (exp + tolerance)), once)))
    return refuse(request, reply, 'replayed', endpoint, o);
  const told = await endpoint.answer(body, asker.environment);
  if (told === undefined) return sendRefusal(reply, endpoint.refusals.malformed);
  const seconds = Math.floor(now.getTime() / 1000);
  const signed = await new SignJWT({ ...told, now: now.getTime() })
    .setProtectedHeader({ alg: 'HS256', typ: `${endpoint.typ}-answer+jwt` })
    .setIssuer(o.issuer)
    .setAudience(iss)
    .setJti(jti)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .sign(o.feedKey);
  return reply.header('Cache-Control', 'no-store').type('application/jwt').send(signed);
}

/** The body as a JSON object; undefined if it is not one. */
export function objectIn(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const sent = JSON.parse(body.toString('utf8')) as unknown;
    return typeof sent === 'object' && sent !== null && !Array.isArray(sent)
      ? (sent as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
