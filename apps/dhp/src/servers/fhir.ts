/** The FHIR server of one environment. The playground shares its port with the portal, and forwards the portal's requests. */
import { constants, setPriority } from 'node:os';
import { createFhirServer, defaultPolicies } from '@dhp/fhir';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { demoPatientId, demoPractitionerId } from '@dhp/synthetic-population/demo';
import type { Context } from '../context.ts';
import { fhirOptions } from '../fhir-options.ts';
import { indexInBackground, indexWorkOf } from '../indexing.ts';
import { installAtStart } from '../packages/at-start.ts';
import type { Assignment } from '../processes/messages.ts';
import { spokenLanguage } from '../locale.ts';
import type { Progress } from '../progress.ts';
import { operationMessages } from '../texts/operation.ts';
import { seedWhenEmpty } from '../seeding.ts';
import { passChangesOn, streamsOf } from '../stream/open.ts';
import { callers } from './caller-address.ts';
import { watchDiskRoom, type DiskRoom } from './disk-room.ts';
import { portalProxy } from './portal-proxy.ts';
import type { Assigned } from './assigned.ts';
import { createClosers, endpointOf, running, servedBy, type Closers, type RunningServer } from './running.ts';

/** For the initial access policies of production: an upgraded environment keeps its own. */
const beginning = { by: 'platform', reason: 'the default of a new installation' };

/** @param go resolves when the SSO of this node serves: earlier, callers would be told that tokens cannot be checked */
export async function openFhirServer(
  context: Assigned,
  { server, databaseUrl: url = '', addresses, keys, portalSocket, worker, workers }: Assignment,
  go: Promise<unknown>,
): Promise<RunningServer> {
  const environment = server === 'production' ? server : 'playground';
  const closers = createClosers();
  // For reads and searches: the events of an absent body are a fifth of Node's work for a request.
  const endpoint = endpointOf(context, { endsEmptyRequests: true });
  try {
    const baseUrl = addresses.urls[environment] ?? '';
    const isForJobs = worker >= workers;
    if (isForJobs) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const store = await openStoreFor(context, { url, baseUrl, isForJobs }, closers);
    if (worker === 0) {
      context.metrics?.watchStore(store);
      context.metrics?.watchStreams(store, streamsOf(context.settings, environment));
    }
    if (environment === 'playground') await seedWhenEmpty(store, url, context);
    else await store.accessAdministration.activateDefault(defaultPolicies(), beginning);
    await installAtStart(store, url, context); // installed packages would make the environment non-empty
    await go;
    const { app, handler, upgrades, close } = await createFhirServer(
      fhirOptions(context, { addresses, keys: keys!, environment, store, keepsHeads: worker === 0, isForJobs }),
    );
    closers.add(close);
    context.log.watch(app.log);
    const passing = await passChangesOn(store, context, { environment, isForJobs });
    if (passing !== undefined) closers.add(passing);
    const served = await servedBy(app, handler, upgrades);
    const proxy =
      portalSocket === undefined
        ? undefined
        : portalProxy(
            { socketPath: portalSocket, urls: addresses.urls, callers: callers(context.settings.DHP_TRUST_PROXY) },
            served.handler,
          );
    if (proxy) closers.add(proxy.close);
    endpoint.attach({ ...served, ...(proxy && { handler: proxy.handler }) });
    const hasDemoPeople = environment === 'playground' && (await hasDemo(store));
    return running(endpoint, closers, { hasDemoPeople });
  } catch (error) {
    await endpoint.close(0);
    await closers.run();
    throw error;
  }
}

async function openStoreFor(
  { settings, data, progress }: Context,
  { url, baseUrl, isForJobs }: { readonly url: string; readonly baseUrl: string; readonly isForJobs: boolean },
  closers: Closers,
): Promise<FhirStore> {
  const room = settings.DATABASE_URL === undefined ? await roomFor(data.database, progress) : undefined;
  if (room !== undefined) closers.add(room.close);
  const store = await openStore({
    ...(room && { hasRoom: room.hasRoom }),
    url,
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    ownBases: baseUrl === '' ? [] : [baseUrl],
    expansionLimit: settings.DHP_EXPANSION_LIMIT ?? 10_000,
    indexWork: indexWorkOf(settings),
    processes: settings.DHP_WORKERS ?? 1,
    // A process for jobs answers no requests.
    ...(settings.DHP_DATABASE_REPLICAS !== undefined &&
      !isForJobs && { replicas: { addresses: settings.DHP_DATABASE_REPLICAS } }),
  });
  closers.add(() => store.close());
  // A process for jobs, if there is one, also indexes.
  if (isForJobs || settings.DHP_JOBS !== 'process') closers.add(indexInBackground(store, progress));
  return store;
}

/** Of the embedded database, which is on a disk of this machine. */
function roomFor(path: string, progress: Progress): Promise<DiskRoom> {
  const { full, again } = operationMessages[spokenLanguage()].disk;
  return watchDiskRoom(path, {
    changed: (hasRoom, free) =>
      progress.say(hasRoom ? again({ path }) : full({ path, size: String(Math.floor(free / 1024 ** 2)) })),
  });
}

/** Whether the patient and the doctor in the documents and examples exist: an empty playground has none. */
async function hasDemo(store: FhirStore): Promise<boolean> {
  const people = [await store.read('Patient', demoPatientId), await store.read('Practitioner', demoPractitionerId)];
  return people.every((one) => one !== undefined && !one.deleted);
}
