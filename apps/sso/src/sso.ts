/** The Single Sign-On server: opens what it needs, wires it to the routes, and closes it again. */
import { createSecretKey, hkdfSync } from 'node:crypto';
import type { Server } from 'node:http';
import Fastify, { LogController, type FastifyInstance, type FastifyHttpOptions } from 'fastify';
import { createDatabaseMemory } from '@dhp/postgres';
import { keyRecoveryCodes, temporarySeconds } from '@dhp/accounts/sign-in';
import { openAuditTrail, type AuditTrail } from '@dhp/audit';
import { openClientKeys } from './clients/client-keys.ts';
import { openPublicOrigins } from './clients/public-origins.ts';
import { registrationReader, type FindRegistration } from './clients/registration-reader.ts';
import { supportedGrants } from './clients/grants-and-scopes.ts';
import { clientIdShape } from './clients/validate.ts';
import type { TokenDecision } from './engine/decision.ts';
import { createEngine, enginePaths } from './engine/engine.ts';
import { defaultSession } from './engine/session-limits.ts';
import { ownClientId, ownRegistration } from './http/account/own-client.ts';
import { keepChaining } from '@dhp/audit/chain';
import { addCorrelation, ipAddress } from '@dhp/sso-kit/request';
import { addAuthorizationEndpoint } from './http/authorize.ts';
import { addEngineEndpoints } from './http/engine-endpoints.ts';
import { addCorsOfRefusals, openCors } from './http/cors.ts';
import { addClientLogos } from './http/client-logo.ts';
import { compressPages } from '@dhp/web-kit';
import { commonTexts } from './pages/common-texts.ts';
import { addErrorHandlers, kindOf, sendTrouble } from './http/errors.ts';
import { refuseConnection } from './http/unreadable.ts';
import { addAdministration } from './http/admin.ts';
import { addHealth } from './http/health.ts';
import { addIntrospection } from './http/introspection.ts';
import { enginePageLanguage } from './http/page-language.ts';
import { addLaunch } from './http/launch.ts';
import { addLimits } from './http/limits.ts';
import { refuseUnreadableQueries } from './http/readable-query.ts';
import { addMetadata } from './http/metadata.ts';
import { addSecurityHeaders, setSecurityHeaders } from './http/security.ts';
import { addRegistration } from './http/registration.ts';
import { addRevocation, revocationPath, type RevocationOptions } from './http/revocation.ts';
import { addRevocationFeed } from './http/revocation-feed.ts';
import { addFavicon } from './http/favicon.ts';
import { addStartPage } from './http/start-page.ts';
import { addTokenEndpoint, tokenPath } from './http/token.ts';
import { addUserInfo } from './http/user-info.ts';
import { migrations } from './migrations.ts';
import { openLimits } from './limits/limits.ts';
import { openKeyRing } from '@dhp/signing-keys';
import { createOutbound, type Outbound } from '@dhp/outbound';
import { fhirPatients } from '@dhp/accounts/records';
import { checkOptions, type SsoOptions } from './options.ts';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { invalidRequestPage } from './pages/sign-in-pages.ts';
import type { Environment } from '@dhp/sso-kit';
import { startBackground } from './background.ts';
import { addPeople } from './people.ts';

/**
 * Opens the server on a migrated database; the caller makes `app` listen. `close` stops taking requests, lets those
 * under way finish and writes what is left of the audit trail; the pool stays open.
 * @throws TypeError for a wrong option, Error when the signing keys cannot be opened
 */
export async function createSso(options: SsoOptions): Promise<{ app: FastifyInstance; close: () => Promise<void> }> {
  checkOptions(options);
  const { sql, issuer, environments, encryptionKey, defaultLanguage, clock = () => new Date() } = options;
  const keys = await openKeyRing({ sql, encryptionKey, clock });
  await keyRecoveryCodes(sql, encryptionKey);
  const app = createApp(options);
  const audit = openAuditTrail(sql, (error) => app.log.error(error, 'audit events were lost'));

  const memory = createDatabaseMemory();
  // A key that was lost with the last commits must sign nothing: other nodes publish no such key.
  memory.onChange(() => void keys.refresh().catch((error: unknown) => app.log.error(error)));
  const registrations = registrationReader(sql, memory);
  const find = withOwn(registrations.find, options);
  const guard = (hosts: readonly string[]): Outbound =>
    createOutbound({ allowedHosts: [...(options.allowedHosts ?? []), ...hosts] });
  const outbound = guard([]);
  const clientKeys = openClientKeys(outbound, clock);
  const record: RevocationOptions['record'] = (event, address) =>
    audit.record({ ...event, recorded: clock(), address: ipAddress(address) });
  const limits = openLimits(options.limits, {
    sql,
    clock,
    record: ({ clientId, ...event }, address) => record({ ...event, clientId: knownShape(clientId) }, address),
  });
  const cors = openCors(options.corsOrigins ?? [], openPublicOrigins(sql));
  const patients = options.patients ?? fhirPatients({ issuer, environments, fhirUrls: options.fhirUrls, keys, clock });
  const engine = createEngine({
    issuer,
    environments,
    grants: supportedGrants,
    keys,
    sql,
    encryptionKey: createSecretKey(encryptionKey),
    findRegistration: find,
    keptRegistration: registrations.kept,
    clientKeys,
    patients,
    resourceTypes: options.resourceTypes && new Set(options.resourceTypes),
    session: options.session ?? defaultSession,
    clock,
    onDecision: (decision) => recordDecision(audit, decision, clock()),
    onSignedOut: ({ address, ...who }) => record({ event: 'sign-out', ...who }, address),
    onFault: (error) => app.log.error(error),
    errorPage: invalidRequestPage,
    languageOf: (request) => enginePageLanguage(request, defaultLanguage),
    requireDpopNonce: options.requireDpopNonce ?? false,
    requirePkce: options.requirePkce ?? false,
    limits,
    cors,
  });

  addCorrelation(app);
  addSecurityHeaders(app, issuer);
  compressPages(app, commonTexts);
  addCorsOfRefusals(app, cors, new Set([tokenPath, enginePaths.par, enginePaths.deviceAuthorization, revocationPath]));
  addLimits(app, limits, defaultLanguage);
  refuseUnreadableQueries(app, defaultLanguage);
  addErrorHandlers(app, defaultLanguage);
  addTokenEndpoint(app, { engine, issuer });
  addAuthorizationEndpoint(app, engine, audit.beginUnitOfWork);
  addEngineEndpoints(app, engine);
  const { outbox, tell, invite } = addPeople(app, {
    options,
    engine,
    patients,
    keys,
    outbound,
    guard,
    audit,
    clock,
    record,
  });
  const tokens = { issuer, environments, keys, sql, clock };
  addUserInfo(app, { ...tokens, engine });
  addIntrospection(app, { ...tokens, engine, find, clientKeys, limits, record });
  addAdministration(app, {
    ...tokens,
    engine,
    encryptionKey,
    resourceTypes: options.resourceTypes,
    outbound,
    tell,
    invite,
    temporaryPasswordSeconds: options.temporaryPasswordSeconds ?? temporarySeconds,
    breachedPasswords: options.breachedPasswords,
    record,
  });
  addClientLogos(app, sql);
  addRegistration(app, {
    ...{ issuer, sql, clock, resourceTypes: options.resourceTypes, outbound, limits, record },
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso registration access tokens', 32)),
  });
  addLaunch(app, { issuer, environments, find, clientKeys, sql, clock, record, limits });
  addRevocation(app, { ...tokens, find, clientKeys, record, limits, cors });
  addRevocationFeed(app, {
    ...tokens,
    find,
    clientKeys,
    record,
    limits,
    cors,
    feedKey: revocationFeedKey(encryptionKey),
  });
  addMetadata(app, { issuer, grants: supportedGrants, keys });
  addHealth(app, { sql, keys, migrations });
  addFavicon(app);
  addStartPage(app, { issuer, defaultLanguage });

  const stopChaining = keepChaining(sql, {
    seconds: options.chainSeconds ?? 2,
    heads: options.auditHeads,
    clock,
    onError: (error) => app.log.error(error, 'audit events could not be chained'),
    onBroken: () => app.log.error('the audit trail does not hold its kept head: run dhp audit verify'),
  });
  const stopBackground = startBackground(app, { options, keys, outbound, audit, clock });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopBackground();
    await app.close();
    await outbox?.close();
    await audit.close();
    await stopChaining();
  };
  return { app, close: () => (closing ??= close()) };
}

function createApp({ logger = false, trustProxy = false, defaultLanguage, issuer }: SsoOptions): FastifyInstance {
  const serverOptions: FastifyHttpOptions<Server> = {
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    // While closing, what still comes over an open connection is served and the connection then ended.
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

/** The pages of the account are a client too, and no row of the table. */
function withOwn(find: FindRegistration, { issuer, environments }: SsoOptions): FindRegistration {
  const [environment] = Object.keys(environments) as [Environment];
  const own = ownRegistration(issuer, environment);
  return (clientId) => (clientId === ownClientId ? Promise.resolve(own) : find(clientId));
}

function recordDecision(audit: AuditTrail, decision: TokenDecision, recorded: Date): void {
  const { address, clientId, issued, refused, reused } = decision;
  audit.record({
    recorded,
    event: issued ? 'token.issued' : (reused?.event ?? 'token.refused'),
    reason: reused?.ended ?? refused ?? issued?.remark,
    clientId: knownShape(clientId),
    address: ipAddress(address),
    jti: issued?.jti,
    scope: issued?.scope,
    accountId: issued?.accountId ?? reused?.accountId,
  });
}

/** Returns the client id of a request if it has the form of one; the parameter may be anything. */
function knownShape(clientId: string | undefined): string | undefined {
  return clientId !== undefined && clientIdShape.test(clientId) ? clientId : undefined;
}
