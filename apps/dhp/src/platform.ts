/** The composition root: opens what the roles need, wires it, lets it listen, and closes it in the opposite order. */
import { join } from 'node:path';
import Fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { resourceTypes } from '@dhp/fhir-model';
import { createFhirServer, fhirPlugin, frameworkOptions, type FhirOptions } from '@dhp/fhir';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { portalPlugin } from '@dhp/portal';
import { connect } from '@dhp/postgres';
import { createSso, fileSender, openClients, smtpSender, type Clients, type Sender, type SsoOptions } from '@dhp/sso';
import { demoPatientId, demoPractitionerId } from '@dhp/synthetic-population';
import { openAddresses, type Addresses } from './addresses.ts';
import { breachedPasswordsOf } from './breached-passwords.ts';
import { auditHeadsOf } from './audit-heads.ts';
import { openMigrated, type Context } from './context.ts';
import { openDatabases, refuseSecondPlatform, type Databases } from './databases.ts';
import { fhirOptions } from './fhir-options.ts';
import { identitySystem } from './identity-system.ts';
import { indexInBackground } from './indexing.ts';
import { installAtStart } from './packages/at-start.ts';
import { seedWhenEmpty } from './seeding.ts';
import type { Listener } from './listener.ts';
import { logging } from './logging.ts';
import type { Role } from './settings/roles.ts';

export interface Platform {
  readonly addresses: Addresses;
  readonly embedded: boolean;
  /** Rejects when the platform can go on no more: its embedded database ended and did not start again. */
  readonly lost: Promise<never>;
  /** Whether the patient whom the documents name is in the playground of this process. */
  readonly hasDemoPatient: boolean;
  /** The register of clients, where this process runs the SSO. */
  readonly clients?: Clients;
  /** Drains what is in flight and closes everything. */
  close(): Promise<void>;
}

type Close = () => Promise<unknown>;

/**
 * Starts the platform as the settings say. When a step fails, what was opened before it is closed again.
 *
 * @throws ConfigurationError for settings that cannot work on this machine
 */
export async function startPlatform(context: Context, roles: readonly Role[]): Promise<Platform> {
  const closers: Close[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  if (context.settings.DATABASE_URL === undefined) await refuseSecondPlatform(context.data);
  try {
    const addresses = await openAddresses(context.settings, context.data, roles, (sentence) =>
      context.progress.say(sentence),
    );
    const drain = (context.settings.DHP_DRAIN_SECONDS ?? 10) * 1000;
    const listeners = Object.values<Listener>(addresses.listeners);
    closers.push(() => Promise.all(listeners.map((listener) => listener.close(0))));

    const databases = await openDatabases({
      url: context.settings.DATABASE_URL,
      data: context.data,
      progress: context.progress,
      attach: false,
      create: true,
    });
    closers.push(() => databases.close());
    // The data directory is ours now: only then may the next start be told where this one listens.
    context.data.recordPorts(addresses.ports);

    const clients = roles.includes('sso') ? await startSso(context, addresses, databases, roles, closers) : undefined;
    if (roles.includes('fhir') && addresses.urls.production !== undefined) {
      await startProduction(context, addresses, databases, closers);
    }
    const web = addresses.listeners.web && (await startWeb(context, addresses, databases, roles, closers));

    // The last to open is the first to close: no new connections, then what is in flight, then what it needs.
    closers.push(() => Promise.all(listeners.map((listener) => listener.close(drain))));
    const { embedded, lost } = databases;
    const hasDemoPatient = web?.hasDemoPatient === true;
    return { addresses, embedded, hasDemoPatient, lost, ...(clients && { clients }), close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function startSso(
  context: Context,
  addresses: Addresses,
  databases: Databases,
  roles: readonly Role[],
  closers: Close[],
): Promise<Clients> {
  const { settings } = context;
  const sql = connect(await openMigrated(databases, 'sso', context.progress), { max: 4, applicationName: 'dhp sso' });
  closers.push(() => sql.end({ timeout: 5 }));
  const sso = await createSso({
    sql,
    issuer: addresses.urls.sso,
    environments: {
      playground: addresses.urls.playground,
      ...(addresses.urls.production !== undefined && { production: addresses.urls.production }),
    },
    fhirUrls: localFhirUrls(addresses, roles),
    encryptionKey: settings.DHP_SECRET_KEY ?? context.data.secretKey(),
    auditHeads: auditHeadsOf(context),
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    ...(settings.DHP_SSO_CORS_ORIGINS !== undefined && { corsOrigins: settings.DHP_SSO_CORS_ORIGINS }),
    requirePkce: settings.DHP_PKCE === 'required',
    requireDpopNonce: settings.DHP_DPOP_NONCE === 'required',
    trustProxy: settings.DHP_TRUST_PROXY ?? false,
    limits: {
      perClient: settings.DHP_SSO_CLIENT_RATE ?? 3_000,
      perAddress: settings.DHP_SSO_ADDRESS_RATE ?? 12_000,
    },
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    send: senderOf(context, addresses),
    ...(await breachedPasswordsOf(settings)),
    ...identitySystem(settings, { issuer: addresses.urls.sso, internal: addresses.ssoInternal }),
    secondFactorFor: settings.DHP_SECOND_FACTOR ?? (settings.DHP_PRODUCTION === true ? ['administrator'] : []),
    session: {
      idle: (settings.DHP_SESSION_IDLE_HOURS ?? 8) * 3600,
      absolute: (settings.DHP_SESSION_HOURS ?? 12) * 3600,
      groups: settings.DHP_SESSION_LIMITS ?? new Map([['administrators', { idle: 3600, absolute: 12 * 3600 }]]),
      sharedWorkstations: settings.DHP_SHARED_WORKSTATIONS ?? false,
    },
    temporaryPasswordSeconds: (settings.DHP_TEMPORARY_PASSWORD_HOURS ?? 72) * 3600,
    ...keyRotation(settings.DHP_KEY_ROTATION_DAYS ?? 90),
    resourceTypes,
    ...(settings.DHP_OUTBOUND_HOSTS !== undefined && { allowedHosts: settings.DHP_OUTBOUND_HOSTS }),
    logger: logging(settings.DHP_LOG ?? 'warn'),
  });
  closers.push(() => sso.close());
  await attach(addresses.listeners.sso, sso.app);
  return openClients(sql, { actor: 'start', resourceTypes });
}

function keyRotation(days: number): Pick<SsoOptions, 'keyRotation'> {
  return days === 0 ? {} : { keyRotation: { intervalSeconds: days * 86_400 } };
}

/** FHIR servers of this process are asked here, not by way of a proxy that may stand in front of it. */
function localFhirUrls({ urls, listeners }: Addresses, roles: readonly Role[]): SsoOptions['fhirUrls'] & object {
  if (!roles.includes('fhir')) return {};
  const at = (port: number, url: string): string =>
    `http://127.0.0.1:${String(port)}${new URL(url).pathname.replace(/\/$/, '')}`;
  return {
    ...(listeners.web && { playground: at(listeners.web.port, urls.playground) }),
    ...(listeners.production &&
      urls.production !== undefined && { production: at(listeners.production.port, urls.production) }),
  };
}

function senderOf({ settings, data }: Context, { urls }: Addresses): Sender {
  if (settings.DHP_MAIL === undefined) return fileSender(join(data.path, 'mail.ndjson'));
  return smtpSender(settings.DHP_MAIL, settings.DHP_MAIL_FROM ?? `noreply@${new URL(urls.sso).hostname}`);
}

async function startProduction(
  context: Context,
  addresses: Addresses,
  databases: Databases,
  closers: Close[],
): Promise<void> {
  const server = await createFhirServer(await openEnvironment(context, addresses, databases, 'production', closers));
  closers.push(() => server.close());
  await attach(addresses.listeners.production, server.app);
}

/** The listener that the playground and the portal share. */
async function startWeb(
  context: Context,
  addresses: Addresses,
  databases: Databases,
  roles: readonly Role[],
  closers: Close[],
): Promise<Pick<Platform, 'hasDemoPatient'>> {
  const playground = roles.includes('fhir')
    ? await openEnvironment(context, addresses, databases, 'playground', closers)
    : undefined;
  const app = Fastify(
    playground ? frameworkOptions(playground) : portalFramework(context),
  ) as unknown as FastifyInstance;
  closers.push(() => app.close());
  if (playground) await app.register(fhirPlugin(playground));
  const hasDemoPatient = playground !== undefined && (await hasDemoPeople(playground.store));
  if (roles.includes('portal')) await app.register(portal(context, addresses, hasDemoPatient));
  await attach(addresses.listeners.web, app);
  return { hasDemoPatient };
}

/** Whether the patient and the doctor of the documents and examples are there: an empty playground has none. */
async function hasDemoPeople(store: FhirStore): Promise<boolean> {
  const people = [await store.read('Patient', demoPatientId), await store.read('Practitioner', demoPractitionerId)];
  return people.every((one) => one !== undefined && !one.deleted);
}

async function openEnvironment(
  context: Context,
  addresses: Addresses,
  databases: Databases,
  environment: 'playground' | 'production',
  closers: Close[],
): Promise<FhirOptions> {
  const url = await openMigrated(databases, environment, context.progress);
  const store = await openStoreFor(context, url, addresses.urls[environment], closers);
  if (environment === 'playground') await seedWhenEmpty(store, url, context);
  await installAtStart(store, url, context); // what is installed would be no empty environment
  return fhirOptions(context, addresses, environment, store);
}

function portalFramework({ settings }: Context): FastifyServerOptions {
  return {
    logger: logging(settings.DHP_LOG ?? 'warn'),
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
    trustProxy: settings.DHP_TRUST_PROXY ?? false,
  };
}

async function openStoreFor(
  context: Context,
  url: string,
  baseUrl: string | undefined,
  closers: Close[],
): Promise<FhirStore> {
  const timeZone = context.settings.DHP_TIME_ZONE ?? 'Asia/Tashkent';
  const store = await openStore({
    url,
    timeZone,
    ownBases: baseUrl === undefined ? [] : [baseUrl],
    expansionLimit: context.settings.DHP_EXPANSION_LIMIT ?? 10_000,
  });
  closers.push(() => store.close());
  closers.push(indexInBackground(store, context.progress));
  return store;
}

function portal(
  { settings }: Context,
  { urls, listeners, ssoInternal }: Addresses,
  hasDemoPeople: boolean,
): ReturnType<typeof portalPlugin> {
  const local = (listener: Listener | undefined, path: string, publicUrl: string): string =>
    listener ? `http://127.0.0.1:${listener.port}${path}` : publicUrl;
  return portalPlugin({
    urls,
    probe: [
      { name: 'sso', url: `${ssoInternal}/readyz` },
      {
        name: 'playground',
        url: local(
          listeners.web,
          `${new URL(urls.playground).pathname.replace(/\/$/, '')}/readyz`,
          `${urls.playground}/readyz`,
        ),
      },
      ...(urls.production === undefined
        ? []
        : [{ name: 'production' as const, url: local(listeners.production, '/readyz', `${urls.production}/readyz`) }]),
    ],
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    ...(hasDemoPeople && { demo: { patientId: demoPatientId, practitionerId: demoPractitionerId } }),
  });
}

async function attach(listener: Listener | undefined, app: FastifyInstance): Promise<void> {
  await app.ready();
  // The framework has a server of its own, which does not listen here: how it answers and waits is asked of it.
  const { server } = app;
  listener?.attach({
    handler: (request, response) => app.routing(request, response),
    refuse: (error, socket) => server.emit('clientError', error, socket),
    timeouts: { requestTimeout: server.requestTimeout, keepAliveTimeout: server.keepAliveTimeout },
  });
}
