/**
 * `POST /oauth/standing`: FHIR servers of the installation ask what still stands of rights that they keep beyond a token. They sign what they ask with the key of
 * the feed of revocations, with its digest, once; the answer is signed with the same key, for that question.
 * docs/decisions/0103-rights-that-outlive-tokens.md
 */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SignJWT, type JWTPayload } from 'jose';
import { useOnce } from '@dhp/grants/artifacts';
import type { EnvironmentName } from '@dhp/sso-kit';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import type { Limits } from '../limits/limits.ts';
import { standingOfOwners, type AskedOwner, type AskedPerson, type StandingParts } from './owners-standing.ts';
import type { RevocationOptions } from './revocation.ts';
import { bearerIn, serverClaims, tolerance } from './server-token.ts';

export const standingPath = '/oauth/standing';

/** Subject under which a server is limited; it does not have the form of a client id. */
const asking = 'standing:';
/** Owners of one question, bytes of its body, and of one owner words of a list and characters of a word. */
const most = { owners: 500, bytes: 1024 ** 2, words: 1_000, characters: 2_000 };

type StandingOptions = StandingParts &
  Pick<RevocationOptions, 'issuer' | 'record'> & { limits: Limits; feedKey: Buffer };

/** A server of the installation, by what it has signed. */
interface Asker {
  readonly claims: JWTPayload;
  readonly environment: EnvironmentName;
}

export function addStanding(app: FastifyInstance, o: StandingOptions): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post<{ Body: Buffer | undefined }>(
      standingPath,
      {
        bodyLimit: most.bytes,
        // Of a stranger no body is read.
        async onRequest(request, reply) {
          await admit(request, reply, o);
        },
      },
      (request, reply) => answer(request, reply, o),
    );
    refuseOtherMethods(scope, standingPath, 'POST');
    done();
  });
}

async function askerOf({ headers }: FastifyRequest, o: StandingOptions): Promise<Asker | undefined> {
  const token = bearerIn(headers.authorization);
  const of = { key: o.feedKey, typ: 'dhp-standing+jwt', audience: o.issuer + standingPath, now: o.clock() };
  const claims = token === undefined ? undefined : await serverClaims(token, of);
  const environment = claims && environmentOf(claims, o);
  return claims !== undefined && environment !== undefined && isString(claims.jti, 100)
    ? { claims, environment }
    : undefined;
}

/** Counts the request, of strangers apart from servers, and refuses those of strangers. */
async function admit(request: FastifyRequest, reply: FastifyReply, o: StandingOptions): Promise<void> {
  const asker = await askerOf(request, o);
  const isAdmitted =
    asker === undefined
      ? o.limits.admitAddress(request.ip, reply.raw)
      : o.limits.admitClient(`${asking}${asker.environment}`, request.ip, reply.raw);
  if (!isAdmitted) await sendRefusal(reply, 'too-many-requests');
  else if (asker === undefined) await refuse(request, reply, 'invalid-token', o);
}

function environmentOf({ iss }: JWTPayload, { environments }: StandingOptions): EnvironmentName | undefined {
  return (['playground', 'production'] as const).find(
    (one) => environments[one] !== undefined && environments[one] === iss,
  );
}

/** @param why of a token that was sent; it is in the trail */
function refuse(request: FastifyRequest, reply: FastifyReply, why: string, o: StandingOptions): FastifyReply {
  const isSent = bearerIn(request.headers.authorization) !== undefined;
  if (isSent) o.record({ event: 'client.refused', reason: `${why} at ${standingPath}` }, request.ip);
  reply.header('WWW-Authenticate', isSent ? 'Bearer error="invalid_token"' : 'Bearer');
  return sendRefusal(reply, 'standing-key-missing');
}

async function answer(
  request: FastifyRequest<{ Body: Buffer | undefined }>,
  reply: FastifyReply,
  o: StandingOptions,
): Promise<FastifyReply> {
  const asker = await askerOf(request, o);
  if (asker === undefined) return refuse(request, reply, 'invalid-token', o);
  const { iss = '', jti = '', exp = 0, digest } = asker.claims;
  const body = request.body ?? Buffer.alloc(0);
  if (digest !== hash('sha256', body, 'base64url')) return refuse(request, reply, 'other-body', o);
  // Before anything is told: a question that somebody has overheard is answered to nobody else.
  const now = o.clock();
  const once = { now, isUnwaited: true };
  if (!(await useOnce(o.sql, `${standingPath} ${iss} ${jti}`, new Date(1000 * (exp + tolerance)), once)))
    return refuse(request, reply, 'replayed', o);
  const owners = ownersIn(body);
  if (owners === undefined) return sendRefusal(reply, 'standing-malformed');
  const standing = await standingOfOwners(owners, asker.environment, o);
  const seconds = Math.floor(now.getTime() / 1000);
  const signed = await new SignJWT({ standing, now: now.getTime() })
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-standing-answer+jwt' })
    .setIssuer(o.issuer)
    .setAudience(iss)
    .setJti(jti)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .sign(o.feedKey);
  return reply.header('Cache-Control', 'no-store').type('application/jwt').send(signed);
}

/** Undefined for what has another form, or is too much. */
function ownersIn(body: Buffer): AskedOwner[] | undefined {
  let sent: unknown;
  try {
    sent = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  const { owners } = (sent ?? {}) as { owners?: unknown };
  if (!Array.isArray(owners) || owners.length === 0 || owners.length > most.owners) return undefined;
  return owners.every(isOwner) ? owners : undefined;
}

function isOwner(value: unknown): value is AskedOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { client, scopes, organization, person } = value as Partial<Record<keyof AskedOwner, unknown>>;
  const isClient = isString(client, 200) && isWords(scopes) && isStringIfAny(organization);
  return isClient && (person === undefined || isPerson(person));
}

function isPerson(value: unknown): value is AskedPerson {
  if (typeof value !== 'object' || value === null) return false;
  const { id, grant, fhirUser, patient, byRoles, policies, roles, renewed } = value as Partial<
    Record<keyof AskedPerson, unknown>
  >;
  const isNamed = isString(id, 200) && isString(grant, 200) && isStringIfAny(fhirUser) && isStringIfAny(patient);
  const isListed = [policies, roles].every((list) => list === undefined || isWords(list));
  return isNamed && isListed && [byRoles, renewed].every((one) => one === undefined || typeof one === 'boolean');
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= most.words && value.every((one) => isString(one, most.characters));
}

function isStringIfAny(value: unknown): boolean {
  return value === undefined || isString(value, 200);
}

function isString(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest;
}
