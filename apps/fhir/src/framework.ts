/** Settings of the framework, and its answers to requests that it refuses before our code has seen them. */
import type { Server } from 'node:http';
import { inspect } from 'node:util';
import {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyHttpOptions,
} from 'fastify';
import { sendFailure, type FailureSettings } from './adapter/failures.ts';
import { recordRefused } from './adapter/records.ts';
import { queryOf } from './http/query.ts';
import { refuseConnection } from './adapter/unreadable.ts';
import { basePathOf, type FhirOptions } from './options.ts';

/** A request must have arrived completely after five minutes; 64 MiB then need 2 Mbit/s. */
const requestTimeout = 300_000;

/** Header fields are small: a client that needs longer for them only holds the connection. Node looks every second. */
const http = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, optimizeEmptyRequests: true };

/** No route has a schema of the framework. Without the compilers of these a server loads in 60 ms of CPU less. */
const withoutSchemas = (): never => {
  throw new TypeError('A route has a schema: the framework has no compiler for it');
};

/**
 * Options of a Fastify instance that the plugin is registered on. The framework refuses some requests before a plugin sees them. Those
 * below the base URL, and those that are not HTTP and so have no address, get an OperationOutcome as well.
 * @param count called with each of them
 */
export function frameworkOptions(options: FhirOptions, count: (error: unknown) => void): FastifyHttpOptions<Server> {
  const settings = failureSettings(options, undefined);
  const basePath = basePathOf(options.baseUrl);
  return {
    logger: options.logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit,
    requestTimeout,
    http,
    trustProxy: options.trustProxy ?? false,
    schemaController: { compilersFactory: { buildValidator: withoutSchemas, buildSerializer: withoutSchemas } },
    routerOptions: { querystringParser: queryOf },
    // While closing, requests that still come over an open connection are served and the connection is then ended.
    return503OnClosing: false,
    frameworkErrors: (error, request: FastifyRequest, reply: FastifyReply) => {
      recordRefused(settings, request, reply);
      count(error);
      if (request.url.startsWith(`${basePath}/`)) sendFailure(settings, error, request, reply);
      else
        void reply
          .code(error.statusCode ?? 400)
          .type('text/plain; charset=utf-8')
          .send(`${error.message}\n`);
    },
    clientErrorHandler: (error, socket) => {
      refuseConnection(settings, error, socket, count);
    },
  };
}

export function failureSettings(options: FhirOptions, app: FastifyInstance | undefined): FailureSettings {
  const { baseUrl, bodyLimit, defaultLanguage, logger, errorPages } = options;
  const report = (incident: string, error: unknown, requestId: string | undefined): void => {
    if (app !== undefined && logger !== undefined && logger !== false)
      app.log.error({ incident, requestId, err: error }, 'incident');
    else process.stderr.write(`incident ${incident} of request ${requestId ?? '-'}: ${inspect(error)}\n`);
  };
  const { onRequest: sink, clock = () => new Date(Date.now()) } = options;
  return {
    baseUrl,
    bodyLimit,
    errorPages,
    securityHeaders: securityHeaders(baseUrl),
    defaultLanguage,
    report,
    sink,
    clock,
  };
}

/**
 * An answer is data: a browser must not guess another type, run or frame it, or leak its address. Over https the client must not return
 * without TLS (RFC 6797); the field is left out elsewhere, where it would lock a developer out of localhost.
 */
function securityHeaders(baseUrl: string): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(baseUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
}
