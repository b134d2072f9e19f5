/** The Single Sign-On server: opens its parts, wires them to the routes, and closes them again. */
import type { RequestListener, Server } from 'node:http';
import Fastify, { LogController, type FastifyInstance, type FastifyHttpOptions } from 'fastify';
import { keepChaining } from '@dhp/audit/chain';
import { openKeyRing } from '@dhp/signing-keys';
import { keyRecoveryCodes } from '@dhp/accounts/sign-in';
import { markTestPeople } from '@dhp/accounts/identity-systems';
import { tokensAhead } from '@dhp/protocol/ahead';
import { startBackground } from './background.ts';
import { kindOf, leadToErrorPages, sendTrouble, setSecurityHeaders, refuseConnection } from '@dhp/sso-pages/answers';
import { checkOptions, type SsoOptions } from './options.ts';
import { openParts, type SsoParts } from './parts.ts';
import { addRoutes } from './routes.ts';

export interface Sso {
  readonly app: FastifyInstance;
  /** Answers a request of a listener other than that of `app`. */
  readonly handler: RequestListener;
  readonly close: () => Promise<void>;
}

/**
 * Opens the server on a migrated database; the caller makes `app` listen. `close` stops accepting requests, lets those under way finish and
 * writes the rest of the audit trail; the pool stays open.
 * @throws TypeError for an invalid option, Error if the signing keys cannot be opened
 */
export async function createSso(options: SsoOptions): Promise<Sso> {
  checkOptions(options);
  const { sql, encryptionKey, clock = () => new Date(Date.now()) } = options;
  const keys = await openKeyRing({ sql, encryptionKey, clock });
  await keyRecoveryCodes(sql, encryptionKey);
  await markTestPeople({ sql, encryptionKey, pinfls: options.testPeople ?? [], clock });
  const app = createApp(options);
  if (options.errorPages !== undefined) leadToErrorPages(app, options.errorPages);
  const parts = openParts(app, options, keys);
  const { audit, outbound } = parts;
  const { outbox, accessWatches } = addRoutes(app, parts);
  const handler = withTokensAhead(app, parts);
  app.server.removeAllListeners('request').on('request', handler);
  const stopChaining = keepChaining(sql, {
    seconds: options.chainSeconds ?? 2,
    heads: options.auditHeads,
    clock,
    onError: (error) => app.log.error(error, 'audit events could not be chained'),
    onBroken: () => app.log.error('the audit trail does not hold its kept head: run dhp audit verify'),
  });
  const stopBackground = startBackground(app, { options, keys, outbound, audit, clock, outbox, accessWatches });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopBackground();
    await app.close();
    await outbox?.close();
    await parts.requestLog?.log.close();
    await audit.close();
    await stopChaining();
  };
  return { app, handler, close: () => (closing ??= close()) };
}

/**
 * The framework behind plain token requests. If proxies are trusted, only the framework can determine the address of a client, so it
 * handles all requests.
 */
function withTokensAhead(
  app: FastifyInstance,
  { options, engine, limits, gates, cors, requestLog }: SsoParts,
): RequestListener {
  const { issuer, errorPages, trustProxy = false } = options;
  if (trustProxy !== false) return (request, response) => app.routing(request, response);
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  const takes = tokensAhead({
    ...{ issuer, engine, limits, gates, cors, errorPages },
    note: requestLog?.note ?? (() => undefined),
    isClosing: () => isClosing,
    onFault: (error) => app.log.error(error),
  });
  return (request, response) => {
    if (!takes(request, response)) app.routing(request, response);
  };
}

/** No route has a schema of the framework. Without the compilers of these a server loads in 60 ms of CPU less. */
const withoutSchemas = (): never => {
  throw new TypeError('A route has a schema: the framework has no compiler for it');
};

function createApp({ logger = false, trustProxy = false, defaultLanguage, issuer }: SsoOptions): FastifyInstance {
  const serverOptions: FastifyHttpOptions<Server> = {
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: 64 * 1024,
    schemaController: { compilersFactory: { buildValidator: withoutSchemas, buildSerializer: withoutSchemas } },
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    // While closing, requests on open connections are served and the connections then closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A URL that cannot be decoded reaches neither a route nor a hook.
    frameworkErrors: (error, request, reply) => {
      setSecurityHeaders(reply, issuer);
      sendTrouble(request, reply, { kind: kindOf(error), fallback: defaultLanguage });
    },
    clientErrorHandler: refuseConnection,
  };
  return Fastify(serverOptions);
}
