/** Parts of the server that its routes share: keys, the audit trail, clients, limits, and the engine. */
import { createSecretKey } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { openAuditTrail, type AuditTrail } from '@dhp/audit';
import { createOutbound, type Outbound } from '@dhp/outbound';
import { createDatabaseMemory } from '@dhp/postgres';
import { type NoteRequest, requestNotes } from '@dhp/applications';
import { keepRequestLog, type RequestLog, type RequestLogStore } from '@dhp/request-log';
import { openRequestLogStore } from '@dhp/request-log/store';
import type { KeyRing } from '@dhp/signing-keys';
import type { EnvironmentName } from '@dhp/sso-kit';
import { ipAddress } from '@dhp/sso-kit/request';
import { openClientKeys, type ClientKeys } from '@dhp/clients/authentication';
import { supportedGrants } from '@dhp/clients/fields';
import { openPublicOrigins, registrationReader, type FindRegistration, clientIdShape } from '@dhp/clients';
import { type BusyGates, openGates } from '@dhp/protocol/ahead';
import {
  openCors,
  type Cors,
  type TokenDecision,
  createEngine,
  type Engine,
  type EngineTemplates,
  defaultSession,
  openLimits,
  type Limits,
} from '@dhp/protocol';
import { ownClientId, ownRegistration } from '@dhp/sign-in';
import { enginePageLanguage } from '@dhp/sso-pages/answers';
import type { addRevocation } from '@dhp/protocol/endpoints';
import type { SsoOptions } from './options.ts';
import {
  confirmDevicePage,
  deviceDonePage,
  deviceEndedPage,
  deviceWaitPage,
  userCodePage,
  anotherPersonPage,
  goOnScript,
  logoutPage,
  signedOutPage,
} from '@dhp/protocol/pages';
import { invalidRequestPage } from '@dhp/sign-in/pages';
import {
  type AccessAdministration,
  fhirAccessAdministration,
  fhirPatients,
  type Patients,
} from '@dhp/accounts/records';

interface RequestNotes {
  readonly store: RequestLogStore;
  readonly log: RequestLog;
  readonly note: NoteRequest;
}

export interface SsoParts {
  readonly options: SsoOptions;
  readonly keys: KeyRing;
  readonly audit: AuditTrail;
  readonly clock: () => Date;
  readonly record: Parameters<typeof addRevocation>[1]['record'];
  readonly find: FindRegistration;
  readonly clientKeys: ClientKeys;
  readonly outbound: Outbound;
  /** Returns an outbound client that may also call these hosts, in addition to the allowed addresses. */
  readonly guard: (hosts: readonly string[]) => Outbound;
  readonly limits: Limits;
  readonly gates: BusyGates;
  readonly cors: Cors;
  readonly patients: Patients;
  readonly accessAdministration: AccessAdministration;
  readonly requestLog: RequestNotes | undefined;
  readonly engine: Engine;
}

export function openParts(app: FastifyInstance, options: SsoOptions, keys: KeyRing): SsoParts {
  const { sql, issuer, environments, clock = () => new Date(Date.now()) } = options;
  const audit = openAuditTrail(sql, (error) => app.log.error(error, 'audit events were lost'));
  const memory = createDatabaseMemory();
  // A key that was lost with the last commits must not sign anything: other nodes do not publish it.
  memory.onChange(() => void keys.refresh().catch((error: unknown) => app.log.error(error)));
  const registrations = registrationReader(sql, memory);
  const guard = (hosts: readonly string[]): Outbound =>
    createOutbound({ allowedHosts: [...(options.allowedHosts ?? []), ...hosts] });
  const outbound = guard([]);
  const record: SsoParts['record'] = (event, address) =>
    audit.record({ ...event, recorded: clock(), address: ipAddress(address) });
  const { timeZone } = options;
  const records = { issuer, environments, fhirUrls: options.fhirUrls, keys, clock, timeZone };
  const parts = {
    ...{ options, keys, audit, clock, record, outbound, guard },
    find: withOwn(registrations.find, options),
    clientKeys: openClientKeys(outbound, clock),
    requestLog: options.requestLog && openLog(app, options, clock),
    limits: openLimits(options.limits, {
      sql,
      clock,
      record: ({ clientId, ...event }, address) => record({ ...event, clientId: knownShape(clientId) }, address),
    }),
    gates: openGates(options.concurrency ?? 0),
    cors: openCors(options.corsOrigins ?? [], openPublicOrigins(sql)),
    patients: options.patients ?? fhirPatients(records),
    accessAdministration: options.accessAdministration ?? fhirAccessAdministration(records),
  };
  return { ...parts, engine: openEngine(app, parts, registrations) };
}

function openLog(app: FastifyInstance, { sql, requestLog }: SsoOptions, clock: () => Date): RequestNotes {
  const store = openRequestLogStore({ writes: sql, reads: sql, schema: 'sso' });
  const onError = (error: unknown): void => {
    app.log.warn(error, 'requests could not be logged');
  };
  const log = keepRequestLog({ ...requestLog, store, onError });
  return { store, log, note: requestNotes({ log, clock }) };
}

const templates: EngineTemplates = {
  userCode: userCodePage,
  confirmDevice: confirmDevicePage,
  deviceDone: deviceDonePage,
  deviceEnded: deviceEndedPage,
  deviceWait: deviceWaitPage,
  logout: logoutPage,
  signedOut: signedOutPage,
  anotherPerson: anotherPersonPage,
  goOnScript,
  invalidRequest: invalidRequestPage,
};

function openEngine(
  app: FastifyInstance,
  parts: Omit<SsoParts, 'engine'>,
  registrations: ReturnType<typeof registrationReader>,
): Engine {
  const { options, audit, clock, record, keys, find, clientKeys, patients, limits, gates, cors } = parts;
  return createEngine({
    issuer: options.issuer,
    environments: options.environments,
    grants: supportedGrants,
    keys,
    sql: options.sql,
    encryptionKey: createSecretKey(options.encryptionKey),
    findRegistration: find,
    keptRegistration: registrations.kept,
    lastRegistration: registrations.last,
    clientKeys,
    patients,
    resourceTypes: options.resourceTypes && new Set(options.resourceTypes),
    session: options.session ?? defaultSession,
    clock,
    onDecision: (decision) => recordDecision(audit, decision, clock()),
    onSignedOut: ({ address, ...who }) => record({ event: 'sign-out', ...who }, address),
    onFault: (error) => app.log.error(error),
    templates,
    languageOf: (request) => enginePageLanguage(request, options.defaultLanguage),
    requireDpopNonce: options.requireDpopNonce ?? false,
    requirePkce: options.requirePkce ?? false,
    secondFactorFor: options.secondFactorFor ?? [],
    errorPages: options.errorPages,
    limits,
    gates,
    cors,
  });
}

/** The pages of the account are a client too, but have no row in the table. */
function withOwn(find: FindRegistration, { issuer, environments }: SsoOptions): FindRegistration {
  const [environment] = Object.keys(environments) as [EnvironmentName];
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
