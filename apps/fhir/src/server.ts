import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { formatInstant } from '@dhp/fhir-model/instant';
import Fastify, { type FastifyInstance, type FastifyPluginCallback } from 'fastify';
import { createAccessControl } from './access/access-control.ts';
import { Caller } from './access/caller.ts';
import { openKnownPolicies, watchPolicies } from './access/known-policies.ts';
import { watchMembers } from './access/watch-members.ts';
import { anonymousAccess } from './access/open-terminology.ts';
import { openPublishing } from './operations/publish/open-publishing.ts';
import { openLabelling } from './access/labelling.ts';
import { failureSettings, frameworkOptions } from './framework.ts';
import { defaultRoom, openAdmission } from './http/admission.ts';
import { defaultConcurrency, openGates } from './http/busy.ts';
import { createAuthenticator, type Authenticator } from './http/authenticate.ts';
import { defaultCosts } from './http/cost.ts';
import { corsFor, type Cors } from './http/cors.ts';
import { asFailure, failureResponse } from './http/errors.ts';
import type { FailureResponse } from './contract/failure.ts';
import type { Access } from './contract/access.ts';
import { sendFailure, type FailureSettings } from './adapter/failures.ts';
import { createWeightedSemaphore, createKeyedMutex } from './http/turns.ts';
import { readBodiesAsBytes } from './adapter/incoming.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { openLimits } from './http/limits.ts';
import { openRequestLog } from './request-log/request-log.ts';
import { trailReader } from './audit/reading/trail-reader.ts';
import { createRecorder, type OpenRecorder } from './audit/recorder.ts';
import { openJobs, type OpenJobs } from './jobs/open-jobs.ts';
import { openSubscriptions, type OpenSubscriptions } from './subscriptions/open-subscriptions.ts';
import { takeUpgrades, type Upgrades } from './subscriptions/upgrades.ts';
import { changeCursors } from './operations/changes/cursors.ts';
import { changeWaiters } from './operations/changes/waiters.ts';
import { openExports } from './operations/export/open-exports.ts';
import { openImports } from './operations/import/open-imports.ts';
import { createPipeline } from './pipeline/handle.ts';
import { createMatcher } from './pipeline/matcher.ts';
import { describeMisses, type Misses } from './pipeline/misses.ts';
import { createProofNonces } from './http/proof-nonces.ts';
import { writePositions } from './pipeline/freshness.ts';
import { requestIdOf } from './http/request-id.ts';
import { headerOf, type Call, type Services, type Interaction } from './contract/interaction.ts';
import { definitionId, operationDefinition } from './operations/definitions.ts';
import { operations, operationsAt } from './operations/operations.ts';
import { basePathOf, keepsReferences, validationPolicyOf, type FhirOptions } from './options.ts';
import type { Route } from './contract/route.ts';
import { endpointTypes, routes as allRoutes } from './routes.ts';
import { openSqlEngine } from './operations/sql/engine.ts';
import { createConverter } from './presentation/converter.ts';
import { pageLinks } from './search/page-links.ts';
import { serve } from './adapter/serve.ts';
import type { ArrivingRequest, ServeSettings } from './adapter/arrival.ts';
import { addressOf } from './adapter/address-of.ts';
import { busyAnswers } from './adapter/busy-answers.ts';
import { entrance } from './adapter/entrance.ts';
import { quickHandler, type QuickHandler } from './adapter/quick.ts';
import type { HttpReply } from './contract/http.ts';
import { openSignatures } from './signatures/signatures.ts';
import { smartConfigurationOf } from './smart-configuration.ts';
import { statementOf, statementsOf } from './tools/statements.ts';
import { conformanceOf } from './validation/conformance.ts';

export interface FhirServer {
  readonly app: FastifyInstance;
  /** Answers a request from another listener than that of `app`. */
  readonly handler: RequestListener;
  /** Takes websockets from another listener than that of `app`; undefined if there are none. */
  readonly upgrades: Upgrades | undefined;
  readonly close: () => Promise<void>;
}

/**
 * The FHIR server on a Fastify instance of its own. `app` is not listening yet, and other plugins may be added to it.
 * `close` ends the listener after the requests that are under way; the store stays open.
 * @throws TypeError for options that cannot work, such as a base URL with a slash at the end
 */
export async function createFhirServer(options: FhirOptions): Promise<FhirServer> {
  let ahead: Ahead = { quick: undefined, upgrades: undefined, count: () => undefined };
  const count = (error: unknown): void => {
    ahead.count(error);
  };
  const app = Fastify(frameworkOptions(options, count)) as unknown as FastifyInstance;
  await app.register(fhirPlugin(options, allRoutes, (made) => (ahead = made)));
  const handler: RequestListener = (request, response) => {
    if (ahead.quick?.(request, response) !== true) app.routing(request, response);
  };
  // Without a listener Node itself answers an unknown Expect, by 417 without a body.
  app.server.removeAllListeners('request').on('request', handler).on('checkExpectation', handler);
  const { upgrades } = ahead;
  if (upgrades !== undefined) takeUpgrades(app.server, upgrades);
  return { app, handler, upgrades, close: () => app.close() };
}

/** The parts of the server that run before the framework. */
export interface Ahead {
  /** Undefined if all requests go through the framework. */
  readonly quick: QuickHandler | undefined;
  readonly upgrades: Upgrades | undefined;
  /** Called for each request that the framework itself refuses, for the trail of requests. */
  readonly count: (error: unknown) => void;
}

/**
 * The FHIR server as a plugin; it mounts itself at the path of the base URL and leaves the rest of the instance alone.
 * @param takeAhead receives the parts that may run before the framework; without it all requests pass through the framework
 * @throws TypeError for a base URL, an origin or a route that cannot work
 */
export function fhirPlugin(
  options: FhirOptions,
  routes: readonly Route<Interaction>[] = allRoutes,
  takeAhead?: (ahead: Ahead) => void,
): FastifyPluginCallback {
  const basePath = basePathOf(options.baseUrl);
  for (const route of routes) requirePermission(route);
  const cors = corsFor(options.corsOrigins ?? []);
  return (app, _, done) => {
    app.register(mount({ options, basePath, routes, cors, takeAhead }), { prefix: basePath });
    done();
  };
}

interface Mounted {
  readonly options: FhirOptions;
  readonly basePath: string;
  readonly routes: readonly Route<Interaction>[];
  readonly cors: Cors;
  readonly takeAhead: ((ahead: Ahead) => void) | undefined;
}

function mount({ options, basePath, routes, cors, takeAhead }: Mounted): FastifyPluginCallback {
  return (app, _, done) => {
    const parts = assemble(app, options, routes);
    const { failures, misses, serving, services } = parts;
    const { clock, isClosing } = services;
    const { securityHeaders } = failures;
    const enter = entrance({ serving, basePath, misses, cors, securityHeaders, clock });
    const fail = (error: unknown, request: ArrivingRequest, reply: HttpReply): void => {
      const send = (shown: unknown): void => {
        if (request.arrival !== undefined) request.arrival.refusal = shown;
        sendFailure(failures, shown, request, reply);
      };
      // A body that cannot be read, for instance: the pipeline has not seen it fail.
      const recorded = serving.pipeline.refused(request.arrival?.exchange, error);
      if (recorded === undefined) send(error);
      else
        void recorded.then(() => {
          send(error);
        }, send);
    };
    beginAndEnd(app, parts);
    readBodiesAsBytes(app, options.bodyLimit, services.convertApart);
    app.setErrorHandler(fail);
    app.addHook('onRequest', enter);
    serve(app, options.bodyLimit);
    const known = addressOf(options.trustProxy);
    const { authenticator, gates, pipeline } = serving;
    const refuses = busyAnswers({ gates, known: authenticator.known, pipeline, failures });
    const { bodyLimit } = options;
    takeAhead?.({
      quick:
        known && quickHandler({ basePath, bodyLimit, enter, refuses, addressOf: known, sendFailure: fail, isClosing }),
      upgrades: parts.subscriptions?.upgrades,
      count: (error) => void serving.pipeline.refused(undefined, error),
    });
    done();
  };
}

/** All that the hooks of the framework work with. */
interface Parts {
  readonly authenticator: Authenticator<Caller>;
  readonly services: Services;
  readonly failures: FailureSettings;
  readonly misses: Misses;
  /** Undefined if no trail of requests is kept. */
  readonly recorder: OpenRecorder | undefined;
  /** Undefined if all requests are answered at once. */
  readonly jobs: OpenJobs | undefined;
  /** Undefined if no notifications are sent. */
  readonly subscriptions: OpenSubscriptions | undefined;
  readonly serving: ServeSettings;
  /** From here on requests hear that the server is closing. */
  readonly closing: () => void;
  readonly closed: () => Promise<unknown>;
  /** Begins to watch the access policies. @returns a function that ends it */
  readonly watch: () => () => Promise<void>;
}

function assemble(app: FastifyInstance, options: FhirOptions, routes: readonly Route<Interaction>[]): Parts {
  const clock = options.clock ?? (() => new Date(Date.now()));
  const control = createAccessControl(options.store, options.accessRules);
  const authenticator = authenticatorOf(options, clock, (access) => new Caller(services, access, control));
  const matcher = createMatcher(routes);
  const misses = describeMisses(matcher, { types: endpointTypes, baseUrl: options.baseUrl, operationsAt });
  const failures = failureSettings(options, app);
  const converter = createConverter();
  const { baseUrl, bodyLimit, bytesInFlight = defaultRoom(bodyLimit) } = options;
  const recorder = options.audit && createRecorder(options.store, options.audit, { baseUrl, clock });
  const types: ReadonlySet<string> = new Set(endpointTypes);
  const log = requestLogOf(app, options, types);
  const pipeline = createPipeline(routes, {
    ...{ matcher, misses, types, clock, log },
    largeWork: createWeightedSemaphore(bodyLimit),
    ...{ sink: options.onRequest, takesRecords: options.takesRecords },
    recorder,
    services: () => services,
  });
  let isClosing = false;
  const admission = openAdmission(bytesInFlight, bodyLimit);
  options.onMemory?.(() => ({ bytes: admission.whole.used.bytes, limit: admission.whole.limits.bytes! }));
  const jobs = openJobs(options.store, options.jobs, () => {
    const { again: bearerOf, goesOn } = authenticator;
    return { services, costs: services.costs, whole: admission.whole, bearerOf, goesOn };
  });
  const subscriptions = openSubscriptions(
    options.store,
    options.subscriptions,
    { ...options, clock, addressOf: addressOf(options.trustProxy) },
    () => {
      const bearerOf = (access: Access): Caller => new Caller(services, access, control);
      const { doubt, doubtBesidePerson, standings } = authenticator;
      return { services, costs: services.costs, doubt, doubtBesidePerson, standings, bearerOf };
    },
  );
  const sql = openSqlEngine(options.sql);
  const services: Services = {
    ...servicesOf(options, routes, clock),
    jobs,
    subscriptions,
    exports: openExports(options.store, options.exports),
    imports: openImports(options.store, options.imports, { bodyLimit, key: options.linkKey }),
    deletions: options.store.deletions,
    publishing: publishingOf(options, clock),
    sql,
    reading: () => services,
    seen: (versions) => Promise.resolve([...versions]),
    over: (unguarded) => ({ ...services, unguarded, store: unguarded }),
    from: () => services,
    rules: undefined,
    requireStanding: async (access) => {
      await authenticator.again(access);
    },
    keysReady: authenticator.ready,
    isClosing: () => isClosing,
    pipeline,
    failed: (error: unknown, call: Pick<Call, 'headers'>) => failedCall(failures, error, call),
    convertApart: converter.convert,
  };
  const anonymous = nobody(options, services, (access) => new Caller(services, access, control));
  const limits = openLimits(options.limits, (refusal) => {
    app.log.warn(refusal, 'too many requests');
  });
  const gates = openGates(options.concurrency ?? defaultConcurrency);
  const { costs } = services;
  return {
    ...{ authenticator, services, failures, misses, recorder, jobs, subscriptions },
    serving: { pipeline, authenticator, anonymous, limits, gates, costs, admission, bodyLimit, baseUrl },
    closing: () => (isClosing = true),
    watch: () =>
      options.watchesPolicies === true ? watched(app, options.store, services.policies) : () => Promise.resolve(),
    closed: () => {
      sql.close();
      services.exports?.files.close();
      return Promise.all([converter.close(), services.conformance.close(), recorder?.close(), log?.close()]);
    },
  };
}

/** Callers without a token. */
function nobody(
  { openTerminology }: FhirOptions,
  { publishing }: Pick<Services, 'publishing'>,
  callerOf: (access: Access) => Caller,
): ServeSettings['anonymous'] {
  return {
    open: openTerminology === true ? callerOf(anonymousAccess()) : undefined,
    published: publishing?.isPublic === true ? callerOf(anonymousAccess(publishing.types)) : undefined,
  };
}

function publishingOf(
  { publish = { access: 'token' }, store }: FhirOptions,
  clock: () => Date,
): Services['publishing'] {
  return openPublishing(store.snapshots, publish === 'off' ? undefined : publish, clock);
}

function requestLogOf(
  { log }: FastifyInstance,
  { store, requestLog, baseUrl, defaultLanguage }: FhirOptions,
  types: ReadonlySet<string>,
): ReturnType<typeof openRequestLog> | undefined {
  if (requestLog === undefined) return undefined;
  return openRequestLog(store, requestLog, {
    ...{ types, defaultLanguage, basePath: basePathOf(baseUrl) },
    onError: (error) => {
      log.warn(error, 'requests could not be logged');
    },
  });
}

/** Keeps the policies and the memberships up to date. @returns a function that ends it */
function watched(
  { log }: FastifyInstance,
  store: FhirOptions['store'],
  policies: Services['policies'],
): () => Promise<void> {
  const onError = (error: unknown): void => {
    log.warn(error, 'links of members could not be made anew');
  };
  const [ended, ending] = [watchPolicies(policies), watchMembers(store, policies, onError)];
  return () => {
    ended();
    return ending();
  };
}

function authenticatorOf(
  options: FhirOptions,
  clock: () => Date,
  callerOf: (access: Access) => Caller,
): Authenticator<Caller> {
  const { baseUrl: audience, issuer, jwksUri, revocations, standing, dpopNonceKey } = options;
  return createAuthenticator({
    ...{ issuer, audience, jwksUri, clock, callerOf },
    trustsHealthWorkers: options.healthWorkers === 'as-scoped',
    useOnce: (name, use) => options.store.useOnce(name, use),
    ...(dpopNonceKey && { proofNonces: createProofNonces(dpopNonceKey, clock) }),
    ...(revocations && { revocations }),
    ...(standing && { standing }),
  });
}

function beginAndEnd(app: FastifyInstance, parts: Parts): void {
  const { authenticator, services, recorder, jobs, subscriptions, closing, closed, watch } = parts;
  let unwatch: () => Promise<void> = () => Promise.resolve();
  let unwatched = Promise.resolve();
  let workEnded: Promise<unknown> | undefined;
  app.addHook('onReady', (ready) => {
    // This is not awaited: the SSO may start later, and requests wait for the keys when they need them.
    void authenticator.ready();
    unwatch = watch();
    // So that the first write need not wait for them; if it fails now, the first write does it.
    if (services.conformance.isEnforced)
      Promise.resolve()
        .then(() => services.conformance.refresh())
        .catch(() => undefined);
    const begin = (): void => {
      jobs?.start();
      subscriptions?.start();
      ready();
    };
    if (recorder === undefined) begin();
    else
      void recorder.ready().then(() => {
        recorder.start();
        begin();
      });
  });
  app.addHook('preClose', (done) => {
    closing();
    unwatched = unwatch();
    workEnded = Promise.all([jobs?.close(), subscriptions?.close()]);
    authenticator.close();
    done();
  });
  app.addHook('onClose', async () => {
    // No request takes a file any more, and no job waits for storage that does not answer.
    services.exports?.files.close();
    await workEnded;
    await Promise.all([closed(), unwatched]);
  });
}

/** Deny by default: a route that does not declare who may use it stops the start. */
function requirePermission(route: Route): void {
  if ((route.permission as string | undefined) === undefined) {
    throw new TypeError(`the route ${route.method} ${route.path} declares no permission`);
  }
}

function servicesOf(
  options: FhirOptions,
  routes: readonly Route<Interaction>[],
  clock: () => Date,
): Omit<
  Services,
  | 'publishing'
  | 'reading'
  | 'seen'
  | 'over'
  | 'from'
  | 'rules'
  | 'requireStanding'
  | 'keysReady'
  | 'isClosing'
  | 'pipeline'
  | 'failed'
  | 'convertApart'
  | 'jobs'
  | 'subscriptions'
  | 'exports'
  | 'imports'
  | 'deletions'
  | 'sql'
> {
  const { baseUrl, timeZone, defaultLanguage, requireIfMatch, linkKey = randomBytes(32) } = options;
  const { store } = options;
  const date = clock();
  const written = formatInstant(date, timeZone);
  const smartConfiguration = Buffer.from(JSON.stringify(smartConfigurationOf(options)));
  const links = pageLinks(linkKey, clock);
  const operationDefinitions = new Map(
    operations.map((each) => [definitionId(each), statementOf(operationDefinition(each, options, written), date)]),
  );
  return {
    ...{ store, baseUrl, timeZone, defaultLanguage, requireIfMatch, smartConfiguration, clock },
    ...statementsOf(options, routes, endpointTypes, clock),
    stopwatch: options.stopwatch ?? (() => performance.now()),
    pageLinks: links,
    changes: {
      cursors: changeCursors(linkKey, baseUrl),
      positions: writePositions(linkKey, baseUrl),
      waiters: changeWaiters(),
    },
    keptSearches: options.store,
    trail: options.audit && trailReader(options.store, options.audit.keys),
    consents: options.consents ?? 'record',
    signatures: options.signatures && openSignatures(options.signatures),
    trustsHealthWorkers: options.healthWorkers === 'as-scoped',
    membershipLimit: options.membershipLimit ?? 100_000,
    flatExpansions: options.flatExpansions ?? false,
    costs: { ...defaultCosts, ...options.costs },
    conformance: conformanceOf(options.store, validationPolicyOf(options), baseUrl),
    operationDefinitions,
    unguarded: store,
    partly: undefined,
    storeState: options.store,
    keepsReferences: keepsReferences(options),
    changeMutex: createKeyedMutex(),
    policies: openKnownPolicies(options.store, undefined, openLabelling(options.store)),
  };
}

function failedCall(settings: FailureSettings, error: unknown, call: Pick<Call, 'headers'>): FailureResponse {
  const failed = asFailure(error, settings.bodyLimit, settings.report, requestIdOf(call.headers));
  const language = chooseLanguage(headerOf(call, 'accept-language'), settings.defaultLanguage);
  return failureResponse(failed, language, settings.baseUrl);
}
