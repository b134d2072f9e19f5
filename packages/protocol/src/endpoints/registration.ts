/** Dynamic client registration (RFC 7591) and its management (RFC 7592). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InputError, readJson } from '@dhp/sso-kit/input';
import { ClientError } from '@dhp/clients/fields';
import { type Client, clientIdShape } from '@dhp/clients';
import type { Limits } from '../limits/limits.ts';
import { oauthErrors } from '@dhp/sso-pages/refusals';
import {
  MetadataError,
  shownMetadata,
  openRegistrations,
  type Asker,
  type Registrations,
  type RegistrationsOptions,
} from '@dhp/clients/registration';
import type { AuditEvent } from '@dhp/audit';
import { kindOf, refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';

export const registrationPath = '/oauth/register';

interface RegistrationEndpointOptions extends RegistrationsOptions {
  issuer: string;
  limits: Limits;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}

interface Done {
  status: 200 | 201 | 204;
  body?: object;
}

type ClientRequest = FastifyRequest<{ Params: { client_id: string } }>;

/** Subject under which wrong registration tokens are counted; it cannot be a client id. */
const registering = 'registration:';

export function addRegistration(app: FastifyInstance, o: RegistrationEndpointOptions): void {
  const registrations = openRegistrations(o);
  const carryOut: CarryOut = (request, reply, clientId, work) =>
    answer({ ...o, registrations }, { request, reply, clientId }, work);

  void app.register((scope, _options, done) => {
    acceptJson(scope);
    addRegistering(scope, registrations, carryOut, o.issuer);
    addManagement(scope, registrations, carryOut, o.issuer);
    scope.setErrorHandler((error: Parameters<typeof kindOf>[0], request, reply) => {
      const kind = kindOf(error);
      if (oauthErrors[kind].status >= 500) request.log.error(error);
      return sendRefusal(reply, kind);
    });
    done();
  });
}

/** Passes the body on unparsed: the endpoint itself reports an invalid one. */
function acceptJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
  scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null, undefined));
}

type CarryOut = (
  request: FastifyRequest,
  reply: FastifyReply,
  clientId: string | undefined,
  work: (asker: Asker) => Promise<Done | undefined>,
) => Promise<FastifyReply>;

/** RFC 7591. */
function addRegistering(
  scope: FastifyInstance,
  registrations: Registrations,
  carryOut: CarryOut,
  issuer: string,
): void {
  scope.post(registrationPath, (request, reply) =>
    carryOut(request, reply, undefined, async (asker) => {
      const made = await registrations.register(asker, metadataIn(request));
      if (made === undefined) return undefined;
      const { client, secret, accessToken } = made;
      const credentials = secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 };
      return { status: 201, body: { ...managed(issuer, client, accessToken), ...credentials } };
    }),
  );
  refuseOtherMethods(scope, registrationPath, 'POST');
}

/** RFC 7592. */
function addManagement(scope: FastifyInstance, registrations: Registrations, carryOut: CarryOut, issuer: string): void {
  const path = `${registrationPath}/:client_id`;
  scope.get(path, { exposeHeadRoute: false }, (request: ClientRequest, reply) => {
    const id = request.params.client_id;
    return carryOut(request, reply, id, async (asker) => {
      const client = await registrations.read(id, asker);
      return client && { status: 200, body: managed(issuer, client, asker.token) };
    });
  });
  scope.put(path, (request: ClientRequest, reply) => {
    const id = request.params.client_id;
    return carryOut(request, reply, id, async (asker) => {
      const changed = await registrations.replace(id, asker, metadataIn(request));
      return changed && { status: 200, body: managed(issuer, changed.client, changed.accessToken) };
    });
  });
  scope.delete(path, (request: ClientRequest, reply) => {
    const id = request.params.client_id;
    return carryOut(request, reply, id, async (asker) =>
      (await registrations.remove(id, asker)) ? { status: 204 } : undefined,
    );
  });
  refuseOtherMethods(scope, path, 'GET, PUT, DELETE');
}

/** Checks the token; repeated wrong tokens lead to a wait. Sends the refusal itself if the request may not continue. */
async function answer(
  o: RegistrationEndpointOptions & { registrations: Registrations },
  { request, reply, clientId }: { request: FastifyRequest; reply: FastifyReply; clientId: string | undefined },
  work: (asker: Asker) => Promise<Done | undefined>,
): Promise<FastifyReply> {
  reply.header('Cache-Control', 'no-store').header('Pragma', 'no-cache');
  const counted = clientId ?? registering;
  if (!o.limits.admitClient(counted, request.ip, reply.raw)) return sendRefusal(reply, 'too-many-requests');
  const [, token] = /^bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return refuseToken(reply.header('WWW-Authenticate', 'Bearer'));
  const isName = clientId === undefined || clientIdShape.test(clientId);
  try {
    const done = isName ? await work({ token, address: request.ip }) : undefined;
    if (done !== undefined) return await reply.code(done.status).send(done.body);
  } catch (error) {
    if (!isForCaller(error)) throw error;
    o.record({ event: 'registration.refused', reason: codeOf(error), clientId }, request.ip);
    return reply.code(400).send({ error: codeOf(error), error_description: asDescription(error.message) });
  }
  // A token that was valid once is not a guess.
  const isGuess = clientId !== undefined || !(await o.registrations.knows(token));
  if (isGuess && (await o.limits.noteWrongSecret(counted, request.ip, reply.raw))) {
    return sendRefusal(reply, 'too-many-requests');
  }
  const named = isName ? clientId : undefined;
  o.record({ event: 'registration.refused', reason: 'invalid_token', clientId: named }, request.ip);
  return refuseToken(reply.header('WWW-Authenticate', 'Bearer error="invalid_token"'));
}

/** RFC 7592 section 3. The secret is not included: the server has only its hash. */
function managed(issuer: string, client: Client, accessToken: string): object {
  return {
    ...shownMetadata(client),
    registration_access_token: accessToken,
    registration_client_uri: `${issuer}${registrationPath}/${client.clientId}`,
  };
}

function metadataIn({ body }: FastifyRequest): Readonly<Record<string, unknown>> {
  const value = Buffer.isBuffer(body) ? readJson(body) : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new MetadataError('invalid_client_metadata', 'Send the client metadata as a JSON object, application/json');
}

function isForCaller(error: unknown): error is MetadataError | ClientError | InputError {
  return error instanceof MetadataError || error instanceof ClientError || error instanceof InputError;
}

function codeOf(error: MetadataError | ClientError | InputError): string {
  if (error instanceof MetadataError) return error.code;
  return error instanceof ClientError && error.kind === 'invalid-redirect-uri'
    ? 'invalid_redirect_uri'
    : 'invalid_client_metadata';
}

/** Reduces a text to ASCII, as RFC 7591 section 3.2.2 requires; the text may quote the request. */
function asDescription(message: string): string {
  return message.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]|\\/g, '?');
}

function refuseToken(reply: FastifyReply): FastifyReply {
  const description =
    'The token opens nothing here. To register send a registration token of the operator that is not used up; ' +
    'to read or change a registration send its registration_access_token, the newest.';
  return reply.code(401).send({ error: 'invalid_token', error_description: description });
}
