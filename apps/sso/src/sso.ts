/** The Single Sign-On server: opens what it needs, wires it to the routes, and closes it again. */
import { hkdfSync } from 'node:crypto';
import Fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { openAccounts } from './accounts/accounts.ts';
import { openFactors } from './accounts/factors.ts';
import { openAuditTrail, type AuditTrail } from './audit.ts';
import { openClientKeys } from './clients/client-keys.ts';
import { registrationReader } from './clients/registration-reader.ts';
import { clientIdShape, supportedGrants } from './clients/validate.ts';
import type { FindRegistration } from './engine/clients.ts';
import type { TokenDecision } from './engine/decision.ts';
import { createEngine } from './engine/engine.ts';
import { addAccountPages, ownClientId, ownRegistration } from './http/account.ts';
import { keepChaining } from './audit-chain.ts';
import { indexNames } from './admin/name-search.ts';
import { addCorrelation, ipAddress } from './correlation.ts';
import { addAuthorizationEndpoint } from './http/authorize.ts';
import { addEngineEndpoints } from './http/engine-endpoints.ts';
import { openCors } from './http/cors.ts';
import { addClientLogos } from './http/client-logo.ts';
import { openDevices } from './http/devices.ts';
import { openLockout } from './http/lockout.ts';
import { addCompression } from './http/compress.ts';
import { addErrorHandlers, kindOf, sendRefusal } from './http/errors.ts';
import { addAdministration } from './http/admin.ts';
import { addHealth } from './http/health.ts';
import { addIntrospection } from './http/introspection.ts';
import { enginePageLanguage } from './http/page-language.ts';
import { addLaunch } from './http/launch.ts';
import { addLimits } from './http/limits.ts';
import { addMetadata } from './http/metadata.ts';
import { addOperatorPages } from './http/operate/operate.ts';
import { addSecurityHeaders } from './http/security.ts';
import { addPasswordPages } from './http/password.ts';
import { addRegistration } from './http/registration.ts';
import { addRevocation, type RevocationOptions } from './http/revocation.ts';
import { openSecondFactor } from './http/second-factor.ts';
import { addSignIn } from './http/sign-in.ts';
import { addFavicon } from './http/favicon.ts';
import { addStartPage } from './http/start-page.ts';
import { fhirDirectory } from './records/directory.ts';
import { fhirPatients } from './records/patients.ts';
import { openChoosePatient } from './http/choose-patient.ts';
import { addTestOneId } from './upstream/test-oneid.ts';
import { openUpstreams, upstreamPath } from './upstream/upstreams.ts';
import { deleteExpiredUpstreamStates } from './store/upstreams.ts';
import { addTokenEndpoint } from './http/token.ts';
import { addUserInfo } from './http/user-info.ts';
import { sendLogoutNotices } from './logout/notices.ts';
import { openInvitations } from './messages/invitations.ts';
import { openNotices, type Tell } from './messages/notices.ts';
import { openOutbox } from './messages/outbox.ts';
import { openLimits } from './limits/limits.ts';
import { openKeyRing, type KeyRing } from './keys/key-ring.ts';
import { rotateWhenDue } from './keys/keys.ts';
import { createOutbound, type Outbound } from './outbound/outbound.ts';
import { checkOptions, type SsoOptions } from './options.ts';
import { invalidRequestPage } from './pages/sign-in-pages.ts';
import { deleteOldDevices } from './store/devices.ts';
import { deleteExpired } from './store/artifacts.ts';
import { deleteExpiredSignInSteps } from './store/factors.ts';
import { deleteExpiredPasswordLinks } from './store/password-links.ts';
import { deleteExpiredLaunches } from './store/launches.ts';
import { deleteExpiredRevocations } from './store/revocations.ts';
import type { Environment } from './store/clients.ts';
import { deleteOldSessionDetails, upsertSessionDetail } from './store/sessions.ts';
import { deleteOldAttempts } from './store/throttle.ts';

export const migrations: { directory: URL; schema: 'sso' } = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'sso',
};

/**
 * Opens the server on a migrated database; the caller makes `app` listen. `close` stops taking requests, lets those
 * under way finish and writes what is left of the audit trail; the pool stays open.
 * @throws TypeError for a wrong option, Error when the signing keys cannot be opened
 */
export async function createSso(options: SsoOptions): Promise<{ app: FastifyInstance; close: () => Promise<void> }> {
  checkOptions(options);
  const { sql, issuer, environments, encryptionKey, defaultLanguage, clock = () => new Date() } = options;
  const keys = await openKeyRing({ sql, encryptionKey, clock });
  const app = createApp(options);
  const audit = openAuditTrail(sql, (error) => app.log.error(error, 'audit events were lost'));

  const find = withOwn(registrationReader(sql), options);
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
  const cors = openCors(options.corsOrigins ?? []);
  const engine = createEngine({
    issuer,
    environments,
    grants: supportedGrants,
    keys,
    sql,
    encryptionKey,
    findRegistration: find,
    clientKeys,
    resourceTypes: options.resourceTypes && new Set(options.resourceTypes),
    session: options.session ?? { idle: 8 * 3600, absolute: 12 * 3600 },
    clock,
    onDecision: (decision) => recordDecision(audit, decision, clock()),
    onSession: (use) => {
      const detail = { ...use, address: use.address && ipAddress(use.address), now: clock() };
      upsertSessionDetail(sql, detail).catch((error: unknown) => app.log.error(error));
    },
    onSignedOut: ({ address, ...who }) => record({ event: 'sign-out', ...who }, address),
    onFault: (error) => app.log.error(error),
    errorPage: invalidRequestPage,
    languageOf: (request) => enginePageLanguage(request, defaultLanguage),
    requireDpopNonce: options.requireDpopNonce ?? false,
    limits,
    cors,
  });

  addCorrelation(app);
  addSecurityHeaders(app, issuer);
  addCompression(app);
  addLimits(app, limits, defaultLanguage);
  addErrorHandlers(app);
  addTokenEndpoint(app, { engine, issuer });
  addAuthorizationEndpoint(app, engine);
  addEngineEndpoints(app, engine);
  const onFault = (error: unknown): void => app.log.error(error);
  const { send } = options;
  const outbox =
    send === undefined
      ? undefined
      : openOutbox({
          ...{ sql, encryptionKey, send, clock, onFault },
          record: (event) => audit.record({ ...event, recorded: clock() }),
          pollSeconds: options.messagePollSeconds ?? 5,
        });
  const timeZone = options.timeZone ?? 'Asia/Tashkent';
  const notify = outbox && openNotices({ sql, queue: outbox.queue, issuer, defaultLanguage, timeZone, clock });
  const tell: Tell = (accountId, kind) => {
    notify?.(accountId, kind).catch(onFault);
  };
  const invite = outbox && openInvitations({ sql, queue: outbox.queue, defaultLanguage });
  const onLocked = openLockout({ sql, tell, clock, record });
  const factors = openFactors({ sql, encryptionKey, issuer, clock, tell });
  const secondFactor = openSecondFactor({
    sql,
    factors,
    issuer,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso challenges', 32)),
    secondFactorFor: options.secondFactorFor ?? [],
    clock,
  });
  const records = { issuer, environments, fhirUrls: options.fhirUrls, keys, clock };
  const directory = options.directory ?? fhirDirectory(records);
  const upstreams = openUpstreams({
    sql,
    upstreams: options.upstreams ?? [],
    issuer,
    encryptionKey,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso upstreams', 32)),
    directory,
    guard,
    clock,
  });
  if (options.testOneId !== undefined) {
    addTestOneId(app, { ...options.testOneId, redirectUri: `${issuer}${upstreamPath}/oneid` });
  }
  addSignIn(app, {
    engine,
    accounts: openAccounts(sql, { clock }),
    secondFactor,
    canReset: outbox !== undefined,
    devices: openDevices({ sql, secure: issuer.startsWith('https:'), tell, clock, onFault }),
    onLocked,
    upstreams,
    choosePatient: openChoosePatient({ sql, patients: options.patients ?? fhirPatients(records) }),
    sql,
    encryptionKey,
    defaultLanguage,
    secure: issuer.startsWith('https:'),
    clock,
    record,
  });
  addAccountPages(app, {
    engine,
    accounts: openAccounts(sql, { clock }),
    factors,
    sql,
    issuer,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso account', 32)),
    defaultLanguage,
    timeZone,
    clock,
    record,
    tell,
    onLocked,
  });
  addOperatorPages(app, {
    engine,
    factors,
    upstreams,
    outbound,
    tell,
    invite,
    sql,
    issuer,
    encryptionKey,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso operators', 32)),
    resourceTypes: options.resourceTypes,
    wantsTwoFactors: options.secondFactorFor?.includes('administrator') ?? false,
    defaultLanguage,
    timeZone,
    keyRotation: options.keyRotation,
    clock,
    record,
  });
  if (outbox !== undefined) {
    addPasswordPages(app, { sql, issuer, outbox, tell, defaultLanguage, clock, record, onFault });
  }
  const tokens = { issuer, environments, keys, sql, clock };
  addUserInfo(app, { ...tokens, engine });
  addIntrospection(app, { ...tokens, find, clientKeys, limits, record });
  addAdministration(app, {
    ...tokens,
    encryptionKey,
    resourceTypes: options.resourceTypes,
    outbound,
    tell,
    invite,
    record,
  });
  addClientLogos(app, sql);
  addRegistration(app, { issuer, sql, clock, resourceTypes: options.resourceTypes, outbound, limits, record });
  addLaunch(app, { issuer, environments, find, clientKeys, sql, clock, record, limits });
  addRevocation(app, { ...tokens, find, clientKeys, record, limits, cors });
  addMetadata(app, { issuer, grants: supportedGrants, keys });
  addHealth(app, { sql, keys, migrations });
  addFavicon(app);
  addStartPage(app, { issuer, defaultLanguage });

  const stopNotices = sendLogoutNotices({
    sql,
    keys,
    issuer,
    outbound,
    clock,
    record: (event) => audit.record({ ...event, recorded: clock() }),
    onFault: (error) => app.log.warn(error, 'notices of signing out could not be sent'),
    pollSeconds: options.noticePollSeconds ?? 2,
  });
  const stopPolling = pollKeys(app, keys, options);
  const stopSweeping = sweep(app, sql, clock);
  const stopChaining = keepChaining(sql, options.chainSeconds ?? 2, (error) => {
    app.log.error(error, 'audit events could not be chained');
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopPolling();
    stopSweeping();
    await stopNotices();
    await app.close();
    await outbox?.close();
    await audit.close();
    await stopChaining();
  };
  return { app, close: () => (closing ??= close()) };
}

function createApp({ logger = false, trustProxy = false }: SsoOptions): FastifyInstance {
  const serverOptions: FastifyServerOptions = {
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // While closing, what still comes over an open connection is served and the connection then ended.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A URL that cannot be decoded never reaches a route.
    frameworkErrors: (error, _request, reply) => {
      sendRefusal(reply, kindOf(error));
    },
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
  const { address, clientId, issued, refused } = decision;
  audit.record({
    recorded,
    event: issued ? 'token.issued' : 'token.refused',
    reason: refused,
    clientId: knownShape(clientId),
    address: ipAddress(address),
    jti: issued?.jti,
    scope: issued?.scope,
    accountId: issued?.accountId,
  });
}

/** What a request gives as its client id may be anything. */
function knownShape(clientId: string | undefined): string | undefined {
  return clientId !== undefined && clientIdShape.test(clientId) ? clientId : undefined;
}

/** Makes the keys that are due, and looks for those that others made. @returns a function that ends it */
function pollKeys(
  app: FastifyInstance,
  keys: KeyRing,
  { sql, encryptionKey, clock = () => new Date(), keyRotation, keyPollSeconds = 30 }: SsoOptions,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (keyRotation !== undefined) {
      const { intervalSeconds, publishAheadSeconds: publishAhead } = keyRotation;
      await rotateWhenDue(sql, { encryptionKey, clock, intervalSeconds, publishAhead });
    }
    await keys.refresh();
  };
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: unknown) => app.log.error(error, 'the signing keys could not be read or made'))
      .finally(() => (running = undefined));
  }, keyPollSeconds * 1000).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

const sweepSeconds = 60;
const sweepRows = 5000;

/** Removes what has expired, a piece at a time. @returns a function that ends it */
function sweep(app: FastifyInstance, sql: Sql, clock: () => Date): () => void {
  let ended = false;
  const run = async (): Promise<void> => {
    while (!ended && (await deleteExpired(sql, clock(), sweepRows)) === sweepRows);
    await deleteExpiredRevocations(sql, clock());
    await deleteExpiredLaunches(sql, clock());
    await deleteExpiredSignInSteps(sql, clock());
    await deleteExpiredUpstreamStates(sql, clock());
    await deleteExpiredPasswordLinks(sql, clock());
    await deleteOldDevices(sql, new Date(clock().getTime() - 400 * 86_400_000));
    await deleteOldSessionDetails(sql, new Date(clock().getTime() - 86_400_000));
    await deleteOldAttempts(sql, new Date(clock().getTime() - 86_400_000));
    while (!ended && (await indexNames(sql)) > 0);
  };
  const timer = setInterval(() => {
    run().catch((error: unknown) => app.log.warn(error, 'what has expired could not be removed'));
  }, sweepSeconds * 1000).unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
