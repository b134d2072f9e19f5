/** Makes the options of an environment's FHIR server from the settings and the addresses of the platform. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FhirOptions } from '@dhp/fhir';
import type { FhirStore } from '@dhp/fhir-store';
import { trailKeys } from '@dhp/trail';
import type { Addresses } from './addresses.ts';
import { accessLog, toStandardError } from './access-log.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import { logging } from './logging.ts';
import type { SettingName } from './settings.ts';
import { ConfigurationError } from './settings/setting.ts';
import { settingMessages } from './texts/setting.ts';
import type { ServerKeys } from './server-keys.ts';
import type { Assigned } from './servers/assigned.ts';
import { processorWaits } from './servers/processor-waits.ts';
import { keepsTrail, trailHeadsOf, type EnvironmentName } from './trail-heads.ts';

export interface FhirServerParts {
  readonly addresses: Addresses;
  /** In base64. */
  readonly keys: Readonly<Record<keyof ServerKeys, string>>;
  readonly environment: 'playground' | 'production';
  readonly store: FhirStore;
  /** Whether this process stores the heads of the trail outside the database: one of the processes of a server does. */
  readonly keepsHeads: boolean;
  /** Whether this process runs jobs and answers no requests. */
  readonly isForJobs?: boolean;
}

/** Configured cost limits; the FHIR server has the defaults. */
function costsOf(settings: Assigned['settings']): NonNullable<FhirOptions['costs']> {
  return {
    ...(settings.DHP_REQUEST_WORK !== undefined && { work: settings.DHP_REQUEST_WORK }),
    ...(settings.DHP_REQUEST_MEMORY !== undefined && { bytes: settings.DHP_REQUEST_MEMORY }),
    ...(settings.DHP_REQUEST_ROWS !== undefined && { rows: settings.DHP_REQUEST_ROWS }),
    ...(settings.DHP_REQUEST_SECONDS !== undefined && { milliseconds: 1000 * settings.DHP_REQUEST_SECONDS }),
    ...(settings.DHP_RESOURCE_WORK !== undefined && { resourceWork: settings.DHP_RESOURCE_WORK }),
  };
}

/** Without keys no signature is verified; if unverified signatures are refused, all are. */
function signaturesOf({
  DHP_SIGNER_KEYS: keys,
  DHP_SIGNATURES: unchecked = 'record',
}: Assigned['settings']): Pick<FhirOptions, 'signatures'> {
  if (keys === undefined && unchecked === 'record') return {};
  return { signatures: { keys: keys ?? '{"keys":[]}', unchecked } };
}

function auditOf(
  context: Pick<Assigned, 'settings' | 'data' | 'warn'>,
  o: { environment: 'playground' | 'production'; secret: Buffer; keepsHeads: boolean },
): NonNullable<FhirOptions['audit']> {
  const heads = trailHeadsOf(context, o.environment);
  const { environment } = o;
  const { cut, failed } = operationMessages[spokenLanguage()].trail;
  return {
    keys: trailKeys(o.secret),
    onError: (error) => {
      context.warn(failed({ environment, reason: error instanceof Error ? error.message : String(error) }));
    },
    ...(o.keepsHeads && {
      onHead: (head) => {
        if (!heads.keep(head)) context.warn(cut({ environment }));
      },
    }),
  };
}

function jobsOf(
  { DHP_JOBS: jobs = 'on', DHP_JOB_MINUTES: minutes = 60 }: Assigned['settings'],
  warn: Assigned['warn'],
  { environment, isForJobs = false }: Pick<FhirServerParts, 'environment' | 'isForJobs'>,
): NonNullable<FhirOptions['jobs']> {
  const { failed } = operationMessages[spokenLanguage()].jobs;
  const onError = (error: unknown): void => {
    warn(failed({ environment, reason: error instanceof Error ? error.message : String(error) }));
  };
  // A separate process yields the processor to others by its priority; its statements have the normal priority.
  return {
    works: jobs === 'on' || isForJobs,
    minutes,
    onError,
    ...(isForJobs && { pace: { share: 1, waited: processorWaits() } }),
  };
}

/** Events are made and delivered where jobs run; without jobs, in each process. */
function subscriptionsOf(
  settings: Assigned['settings'],
  warn: Assigned['warn'],
  {
    environment,
    keys,
    addresses,
    ssoInternal,
    isForJobs = false,
  }: Pick<FhirServerParts, 'environment' | 'keys' | 'addresses' | 'isForJobs'> & { readonly ssoInternal: string },
): Pick<FhirOptions, 'subscriptions'> {
  const { DHP_SUBSCRIPTIONS: subscriptions = 'on', DHP_JOBS: jobs = 'on' } = settings;
  if (subscriptions === 'off') return {};
  const { DHP_SUBSCRIPTION_LIMIT: perClient, DHP_EVENT_DAYS: days, DHP_OUTBOUND_HOSTS: allowedHosts } = settings;
  const { failed } = operationMessages[spokenLanguage()].subscriptions;
  return {
    subscriptions: {
      key: Buffer.from(keys.channels, 'base64'),
      mails: { uri: `${ssoInternal}/oauth/mails` },
      works: subscriptions === 'on' && (jobs === 'on' || jobs === 'off' || isForJobs),
      ...(environment === 'playground' && { receivers: `${addresses.urls.portal.replace(/\/$/, '')}/test-receivers` }),
      ...(perClient !== undefined && { perClient }),
      ...(days !== undefined && { days }),
      ...(allowedHosts !== undefined && { allowedHosts }),
      ...tlsOf(settings),
      onError: (error) => {
        warn(failed({ environment, reason: error instanceof Error ? error.message : String(error) }));
      },
    },
  };
}

/** @throws ConfigurationError for a file that cannot be read */
function tlsOf({
  DHP_SUBSCRIPTION_CERTIFICATE: certificate,
  DHP_SUBSCRIPTION_KEY: key,
  DHP_SUBSCRIPTION_CA: authorities,
}: Assigned['settings']): Pick<NonNullable<FhirOptions['subscriptions']>, 'tls'> {
  if (certificate === undefined && key === undefined && authorities === undefined) return {};
  return {
    tls: {
      ...(certificate !== undefined && { certificate: read('DHP_SUBSCRIPTION_CERTIFICATE', certificate) }),
      ...(key !== undefined && { key: read('DHP_SUBSCRIPTION_KEY', key) }),
      ...(authorities !== undefined && { authorities: read('DHP_SUBSCRIPTION_CA', authorities) }),
    },
  };
}

/** @throws ConfigurationError that names the setting and the file */
function read(name: SettingName, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { fileUnreadable } = settingMessages[spokenLanguage()];
    throw new ConfigurationError(fileUnreadable({ name, path, reason: (error as Error).message }));
  }
}

/** @throws ConfigurationError without an access key, and for a file of authorities that cannot be read @returns undefined if files are in a folder */
export function bucketOf(
  settings: Assigned['settings'],
  environment: FhirServerParts['environment'],
): Exclude<NonNullable<FhirOptions['exports']>['folder'], string> | undefined {
  const { DHP_EXPORT_BUCKET: address, DHP_EXPORT_BUCKET_CREDENTIALS: credentials } = settings;
  if (address === undefined) return undefined;
  if (credentials === undefined) throw new ConfigurationError(settingMessages[spokenLanguage()].bucketKey);
  const { DHP_EXPORT_BUCKET_REGION: region = 'us-east-1', DHP_EXPORT_BUCKET_CA: authorities } = settings;
  const { endpoint, bucket, prefix } = address;
  return {
    ...{ endpoint, bucket, region, credentials: resolve(credentials) },
    prefix: `${prefix === '' ? '' : `${prefix}/`}${environment}/`,
    ...(authorities !== undefined && { authorities: read('DHP_EXPORT_BUCKET_CA', authorities) }),
  };
}

function exportsOf(
  settings: Assigned['settings'],
  data: string,
  { environment, keys }: Pick<FhirServerParts, 'environment' | 'keys'>,
): Pick<FhirOptions, 'exports'> {
  if (settings.DHP_EXPORTS === 'off') return {};
  const { DHP_EXPORT_FOLDER: path = join(data, 'exports'), DHP_EXPORT_HOURS: hours = 24 } = settings;
  const { DHP_EXPORT_CLIENT_SIZE: own, DHP_EXPORT_SIZE: all } = settings;
  const most = { ...(own !== undefined && { own }), ...(all !== undefined && { all }) };
  const folder = bucketOf(settings, environment) ?? join(path, environment);
  const { DHP_EXPORT_ENCRYPTION: isOn = typeof folder !== 'string' } = settings;
  const sealing = { key: Buffer.from(keys.files, 'base64'), isOn };
  return { exports: { folder, sealing, minutes: 60 * hours, most } };
}

function importsOf({
  DHP_IMPORTS: imports,
  DHP_OUTBOUND_HOSTS: allowedHosts,
}: Assigned['settings']): Pick<FhirOptions, 'imports'> {
  return imports === 'off' ? {} : { imports: allowedHosts === undefined ? {} : { allowedHosts } };
}

function publishOf({
  DHP_BULK_PUBLISH: access = 'token',
  DHP_BULK_PUBLISH_TYPES: types,
}: Assigned['settings']): NonNullable<FhirOptions['publish']> {
  return access === 'off' ? 'off' : { access, ...(types !== undefined && { types }) };
}

/** @returns the options of one environment, with its own store */
export function fhirOptions(
  {
    settings,
    data,
    warn,
    createQuota,
    metrics,
    log,
  }: Pick<Assigned, 'settings' | 'data' | 'warn' | 'createQuota' | 'metrics' | 'log'>,
  { addresses, keys, environment, store, keepsHeads, isForJobs }: FhirServerParts,
): FhirOptions {
  const { urls, ssoInternal } = addresses;
  const corsOrigins = settings.DHP_CORS_ORIGINS ?? (environment === 'playground' ? '*' : undefined);
  return {
    environment,
    baseUrl: environment === 'production' ? (urls.production ?? '') : urls.playground,
    issuer: urls.sso,
    jwksUri: `${ssoInternal}/oauth/jwks`,
    watchesPolicies: true,
    revocations: {
      uri: `${ssoInternal}/oauth/revocations`,
      key: Buffer.from(keys.revocationFeed, 'base64'),
      ...(settings.DHP_SSO_SILENCE_SECONDS !== undefined && { patience: settings.DHP_SSO_SILENCE_SECONDS * 1000 }),
    },
    standing: { uri: `${ssoInternal}/oauth/standing` },
    ssoEndpoints: {
      authorize: `${urls.sso}/oauth/authorize`,
      token: `${urls.sso}/oauth/token`,
      jwks: `${urls.sso}/oauth/jwks`,
      introspect: `${urls.sso}/oauth/introspect`,
      revoke: `${urls.sso}/oauth/revoke`,
      register: `${urls.sso}/oauth/register`,
    },
    errorPages: `${urls.portal}/errors`,
    store,
    linkKey: Buffer.from(keys.links, 'base64'),
    ...(settings.DHP_DPOP_NONCE === 'required' && { dpopNonceKey: Buffer.from(keys.dpopNonces, 'base64') }),
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    bodyLimit: settings.DHP_BODY_LIMIT ?? 64 * 1024 ** 2,
    healthWorkers: settings.DHP_HEALTH_WORKERS ?? (environment === 'playground' ? 'as-scoped' : 'refused'),
    requireIfMatch: settings.DHP_IF_MATCH !== 'optional',
    ...(settings.DHP_REFERENCE_INTEGRITY !== undefined && { referenceIntegrity: settings.DHP_REFERENCE_INTEGRITY }),
    flatExpansions: settings.DHP_EXPANSIONS === 'flat',
    openTerminology: settings.DHP_OPEN_TERMINOLOGY === 'on',
    membershipLimit: settings.DHP_MEMBERSHIP_LIMIT ?? 100_000,
    costs: costsOf(settings),
    ...(settings.DHP_CONCURRENCY !== undefined && { concurrency: settings.DHP_CONCURRENCY }),
    ...(settings.DHP_BYTES_IN_FLIGHT !== undefined && { bytesInFlight: settings.DHP_BYTES_IN_FLIGHT }),
    ...(settings.DHP_CONSENT !== undefined && { consents: settings.DHP_CONSENT }),
    ...signaturesOf(settings),
    validation: {
      ...(settings.DHP_VALIDATION !== undefined && { level: settings.DHP_VALIDATION }),
      ...(settings.DHP_MANDATORY_PROFILES !== undefined && { mandatoryProfiles: settings.DHP_MANDATORY_PROFILES }),
      ...(settings.DHP_META_PROFILE !== undefined && { metaProfile: settings.DHP_META_PROFILE }),
      ...(settings.DHP_UNKNOWN_CODES !== undefined && { unknownCodes: settings.DHP_UNKNOWN_CODES }),
      ...(settings.DHP_DISPLAYS !== undefined && { displays: settings.DHP_DISPLAYS }),
      ...(settings.DHP_NATIONAL_IDENTIFIERS !== undefined && {
        nationalIdentifiers: settings.DHP_NATIONAL_IDENTIFIERS,
      }),
      ...(settings.DHP_REFERENCE_TARGETS !== undefined && { referenceTargets: settings.DHP_REFERENCE_TARGETS }),
      ...(settings.DHP_VITAL_SIGNS !== undefined && { vitalSigns: settings.DHP_VITAL_SIGNS }),
      ...(settings.DHP_UNKNOWN_PROFILES !== undefined && { unknownProfiles: settings.DHP_UNKNOWN_PROFILES }),
    },
    ...(corsOrigins !== undefined && { corsOrigins }),
    trustProxy: settings.DHP_TRUST_PROXY ?? false,
    publish: publishOf(settings),
    limits: {
      perClient: settings.DHP_FHIR_CLIENT_RATE ?? 60_000,
      perAddress: settings.DHP_FHIR_ADDRESS_RATE ?? 120_000,
      createQuota,
    },
    logger: logging(log.level, environment),
    ...(settings.DHP_JOBS !== 'off' && {
      jobs: jobsOf(settings, warn, { environment, ...(isForJobs === true && { isForJobs }) }),
      ...exportsOf(settings, data.path, { environment, keys }),
      ...importsOf(settings),
    }),
    ...subscriptionsOf(settings, warn, {
      ...{ environment, keys, addresses, ssoInternal },
      ...(isForJobs === true && { isForJobs }),
    }),
    ...(settings.DHP_REQUEST_LOG !== false && {
      requestLog: { masks: environment === 'production', most: settings.DHP_REQUEST_LOG_ROWS ?? 10_000 },
    }),
    ...(keepsTrail(settings, environment) && {
      audit: auditOf({ settings, data, warn }, { environment, secret: Buffer.from(keys.trail, 'base64'), keepsHeads }),
    }),
    ...recordsOf(log, environment, metrics),
  };
}

/** The receivers of the record of each request: no record is made if there are none. */
function recordsOf(
  control: Assigned['log'],
  environment: EnvironmentName,
  metrics: Assigned['metrics'],
): Pick<FhirOptions, 'onRequest' | 'takesRecords' | 'onMemory'> {
  const log = accessLog({ name: environment, write: toStandardError, share: () => control.share });
  if (metrics === undefined) return { onRequest: log, takesRecords: () => control.share > 0 };
  const { onRequest, watchMemory } = metrics;
  return {
    onMemory: watchMemory,
    onRequest: (record) => {
      onRequest(record);
      log(record);
    },
  };
}
