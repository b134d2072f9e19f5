/** What a request must pass before its body is read: a token, a known type, the permission, and headers we can honour. */
import { isId } from '@dhp/fhir-model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { plainJson } from '../presentation/presentation.ts';
import type { Route } from '../contract/route.ts';
import type { Permission } from '../contract/permission.ts';
import type { Caller } from '../access/caller.ts';
import { missingPermission, requireAny, requireSearch } from '../http/access.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { ProvenRequest } from '../http/dpop-proof.ts';
import { fail, type Failure, failure } from '../http/errors.ts';
import type { Limits } from '../http/limits.ts';
import type { Misses } from '../http/misses.ts';
import { isForm, requireContentType, type BodyKind } from '../http/content-type.ts';
import type { Query } from '../contract/query.ts';
import { requireKnownParameters } from '../http/negotiate.ts';
import { presentationByAccept, wantedPresentation, type Asked } from '../http/wanted.ts';

export interface PathParameters {
  compartment?: string;
  type?: string;
  id?: string;
  versionId?: string;
}

export type Done = (error?: Error) => void;

/** Checks a request for a route, at once when its token is known, and calls `done` with the failure if there is one. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: Done) => void;

export function guardOf(
  route: Route,
  o: {
    authenticator: Authenticator<Caller>;
    limits: Limits;
    types: ReadonlySet<string>;
    misses: Misses;
    baseUrl: string;
    basePath: string;
  },
): Guard {
  const { permission } = route;
  if (permission === 'public')
    return (request, _reply, done) => {
      settle(() => {
        requireUnderstood(route, request);
      }, done);
    };

  function admit(request: FastifyRequest, caller: Caller): void {
    const { access } = caller;
    const { compartment, type, id, versionId } = request.params as PathParameters;
    const isServed =
      type === undefined ||
      (o.types.has(type) && route.types?.includes(type) !== false) ||
      (type === '*' && compartment !== undefined);
    if (!isServed || (compartment !== undefined && !o.types.has(compartment)))
      throw o.misses.explain(request.method, pathOf(request, o.basePath));
    if ((id !== undefined && !isId(id)) || (versionId !== undefined && !isId(versionId))) {
      throw o.misses.explain(request.method, pathOf(request, o.basePath));
    }
    request.caller = caller;
    if (permission === 'types') requireSearch(access, type ?? '*', route.interaction);
    else if (permission === 'any') requireAny(access, type ?? '*', route.interaction);
    else if (permission !== 'entries') {
      const missing = missingPermission(access, permission as Permission, type ?? '*', route.interaction);
      if (missing !== undefined) throw missing;
    }
    requireUnderstood(route, request);
  }

  return (request, reply, done) => {
    withAccess({ request, reply }, o, done, (caller) => {
      admit(request, caller);
    });
  };
}

/** Authenticates and counts the request, then goes on with `next`; a failure of any of them goes to `done`. */
export function withAccess(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { authenticator, limits, baseUrl }: { authenticator: Authenticator<Caller>; limits: Limits; baseUrl: string },
  done: Done,
  next: (caller: Caller) => void,
): void {
  const misplaced = tokenInUrl(request);
  if (misplaced !== undefined) {
    done(misplaced);
    return;
  }
  const { authorization } = request.headers;
  const goOn = (caller: Caller): void => {
    const refused = limits.admitClient(caller.access.clientId, request, reply);
    if (refused !== undefined) done(refused);
    else
      settle(() => {
        next(caller);
      }, done);
  };
  const caller = authenticator.known(authorization);
  if (caller !== undefined) {
    goOn(caller);
    return;
  }
  authenticator.verify(authorization, provenRequest({ request, reply }, baseUrl)).then(goOn, (error: unknown) => {
    done(error instanceof Error ? error : new Error(String(error)));
  });
}

/** The request as its sender sees it: by the public URL. */
function provenRequest(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  baseUrl: string,
): ProvenRequest {
  const { origin } = new URL(baseUrl);
  const proof = request.headers['dpop'];
  return {
    method: request.method,
    url: origin + request.url,
    proof: typeof proof === 'string' ? proof : undefined,
    offerNonce: (nonce) => void reply.header('DPoP-Nonce', nonce),
  };
}

/** The path below the base URL, without the query. */
export function pathOf(request: FastifyRequest, basePath: string): string {
  const end = request.url.indexOf('?');
  return request.url.slice(basePath.length, end < 0 ? undefined : end);
}

function settle(check: () => void, done: Done): void {
  try {
    check();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done();
}

function requireUnderstood(route: Route, request: FastifyRequest): void {
  const { headers } = request;
  if (route.parameters === 'any') request.presentation = plainJson;
  else {
    const query = request.url.includes('?') ? (request.query as Query) : undefined;
    const isPlain = query === undefined && (request.params as PathParameters).type !== 'Binary';
    request.presentation = isPlain
      ? presentationByAccept(headers.accept)
      : wantedPresentation(askedOf(route, request, query));
    if (query !== undefined && route.parameters !== 'search' && route.ignoresOthers !== true) {
      requireKnownParameters(query, route.parameters, route.interaction, headers['prefer'] as string | undefined);
    }
  }
  requireKnownConditions(route, request);
  if (hasBody(route.method) && !isForm(headers)) requireContentType(headers, bodyKind(route, request));
}

/** How the answer is to look once the form is read, whose parameters count like those of the query. */
export function presentForm(route: Route, request: FastifyRequest, query: Query): void {
  request.presentation = wantedPresentation(askedOf(route, request, query));
}

function askedOf({ method, interaction }: Route, request: FastifyRequest, query: Query | undefined): Asked {
  const isOperation = interaction.startsWith('$');
  // What an operation answers need not be of the type at its address.
  const type = isOperation ? '' : ((request.params as PathParameters).type ?? '');
  const isOneBinary = type === 'Binary' && !interaction.startsWith('history') && !interaction.startsWith('search');
  return {
    accept: request.headers.accept,
    query,
    type,
    isResult: interaction.startsWith('history') || interaction.startsWith('search'),
    binary: isOneBinary ? (method === 'GET' ? 'read' : 'write') : undefined,
  };
}

/** Whether a request of the method has a body that means something. */
export function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

function bodyKind({ method, interaction }: Route, request: FastifyRequest): BodyKind {
  if (interaction.startsWith('search')) return 'form';
  if (method === 'PATCH') return 'patch';
  if (interaction.startsWith('$')) return 'resource';
  return (request.params as PathParameters).type === 'Binary' ? 'binary' : 'resource';
}

const conditions = ['if-match', 'if-unmodified-since', 'if-none-exist'] as const;
const shownNames: Record<string, string> = {
  'if-match': 'If-Match',
  'if-none-match': 'If-None-Match',
  'if-unmodified-since': 'If-Unmodified-Since',
  'if-none-exist': 'If-None-Exist',
};

/** On a read If-None-Match may be ignored without harm (the whole answer is sent); on a write it changes what is asked. */
function requireKnownConditions(route: Route, request: FastifyRequest): void {
  const { headers } = request;
  for (const name of conditions) {
    if (headers[name] !== undefined && !(route.conditions as readonly string[]).includes(name)) refuse(name, route);
  }
  const isHonoured = route.method === 'GET' || (route.conditions as readonly string[]).includes('if-none-match');
  if (!isHonoured && headers['if-none-match'] !== undefined) refuse('if-none-match', route);
}

function refuse(header: string, route: Route): never {
  const name = shownNames[header] ?? header;
  fail('header-unsupported', { name }, { diagnostics: `${route.interaction} does not support ${name}.` });
}

function tokenInUrl(request: FastifyRequest): Failure | undefined {
  if (!request.url.includes('access_token=')) return undefined;
  if (!('access_token' in (request.query as object))) return undefined;
  return failure('token-in-url', {}, { diagnostics: 'The query parameter access_token is not accepted.' });
}
