/** Background work of the server: rotation of keys, logout notices to clients, removal of expired rows, and the state of the services. */
import type { FastifyInstance } from 'fastify';
import { keyRecoveryCodes } from '@dhp/accounts/sign-in';
import { markTestPeople } from '@dhp/accounts/identity-systems';
import { deleteExpiredInvitations, deleteOldReminders, remindOfEnds } from '@dhp/applications';
import type { Outbox } from '@dhp/accounts/messages';
import { deleteUnusedSecretEnds } from '@dhp/clients/rows';
import { indexNames } from '@dhp/administration/server';
import type { AuditTrail } from '@dhp/audit';
import { type KeyRing, rotateWhenDue } from '@dhp/signing-keys';
import { sendLogoutNotices } from '@dhp/protocol';
import type { SsoOptions } from './options.ts';
import { calendarOf } from './service-history/days.ts';
import { measureServices } from './service-history/measure.ts';
import type { Outbound } from '@dhp/outbound';
import { deleteExpired, deleteExpiredRevocations } from '@dhp/grants/artifacts';
import {
  deleteOldDevices,
  deleteExpiredPaperCodes,
  deleteExpiredPasswordLinks,
  deleteOldAttempts,
} from '@dhp/accounts/rows';
import { deleteExpiredSignInSteps, deleteOldSessionDetails } from '@dhp/grants';
import { deleteExpiredGrantBases, deleteExpiredLaunches } from '@dhp/protocol/rows';
import { deleteUnseenRecipients, type AccessWatches } from '@dhp/accounts/recipients';
import { deleteExpiredOwnLinks, deleteExpiredSignUps, eraseClosed } from '@dhp/accounts/own';
import { deleteExpiredUpstreamStates } from '@dhp/accounts/identity-rows';

interface Background {
  readonly options: SsoOptions;
  readonly keys: KeyRing;
  readonly outbound: Outbound;
  readonly audit: AuditTrail;
  readonly clock: () => Date;
  /** Queue of messages to people; undefined if none are sent. */
  readonly outbox: Outbox | undefined;
  readonly accessWatches: AccessWatches | undefined;
}

/** Starts the background work. @returns a function that stops it and waits for running work */
export function startBackground(
  app: FastifyInstance,
  { options, keys, outbound, audit, clock, outbox, accessWatches }: Background,
): () => Promise<void> {
  const { sql, issuer } = options;
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
  const stopSweeping = sweep(app, options, clock);
  const stopReminding = remind(app, options, { clock, outbox });
  const stopWatching = watch(app, options, accessWatches);
  const stopMeasuring = options.services === undefined ? undefined : measure(app, options, clock);
  return async () => {
    await stopMeasuring?.();
    await stopPolling();
    stopSweeping();
    await stopReminding();
    await stopWatching();
    await stopNotices();
  };
}

/** Notifies owners of applications of credentials that expire soon. @returns a function that stops it and waits for running work */
function remind(
  app: FastifyInstance,
  { sql, credentials, defaultLanguage, timeZone = 'Asia/Tashkent', sweepSeconds = 60 }: SsoOptions,
  { clock, outbox }: Pick<Background, 'clock' | 'outbox'>,
): () => Promise<void> {
  if (credentials === undefined || outbox === undefined) return () => Promise.resolve();
  const { reminderDays: days, portal } = credentials;
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= remindOfEnds({ ...{ sql, queue: outbox.queue, clock, days, portal, defaultLanguage, timeZone } })
      .catch((error: unknown) => app.log.warn(error, 'owners of applications could not be told what ends soon'))
      .finally(() => (running = undefined));
  }, sweepSeconds * 1000).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Notifies people that somebody has opened their record. @returns a function that stops it and waits for running work */
function watch(
  app: FastifyInstance,
  { accessWatchSeconds = 60 }: SsoOptions,
  watches: AccessWatches | undefined,
): () => Promise<void> {
  if (watches === undefined) return () => Promise.resolve();
  let running: Promise<unknown> | undefined;
  let ended = false;
  const look = async (): Promise<void> => {
    while (!ended && (await watches.look()));
  };
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: unknown) => app.log.warn(error, 'people could not be told who opens their record'))
      .finally(() => (running = undefined));
  }, accessWatchSeconds * 1000).unref();
  return async () => {
    ended = true;
    clearInterval(timer);
    await running;
  };
}

function measure(
  app: FastifyInstance,
  { sql, services = [], timeZone = 'Asia/Tashkent', measureSeconds = 20 }: SsoOptions,
  clock: () => Date,
): () => Promise<void> {
  const onFault = (error: unknown): void => app.log.warn(error, 'the state of the services could not be counted');
  return measureServices({
    ...{ sql, services, clock, onFault },
    dayOf: calendarOf(timeZone),
    seconds: measureSeconds,
  });
}

/** Creates the keys that are due, and loads those that other processes created. @returns a function that stops it */
function pollKeys(
  app: FastifyInstance,
  keys: KeyRing,
  { sql, encryptionKey, clock = () => new Date(Date.now()), keyRotation, keyPollSeconds = 30 }: SsoOptions,
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

const sweepRows = 5000;
/** Accounts erased in one transaction. */
const eraseRows = 20;

/** Removes expired rows, a batch at a time. @returns a function that stops it */
function sweep(
  app: FastifyInstance,
  { sql, encryptionKey, sweepSeconds = 60, testPeople = [] }: SsoOptions,
  clock: () => Date,
): () => void {
  let ended = false;
  const run = async (): Promise<void> => {
    while (!ended && (await deleteExpired(sql, clock(), sweepRows)) === sweepRows);
    await deleteExpiredRevocations(sql, clock());
    await deleteExpiredLaunches(sql, clock());
    await deleteExpiredGrantBases(sql, clock());
    await deleteExpiredSignInSteps(sql, clock());
    await deleteExpiredUpstreamStates(sql, clock());
    await deleteExpiredPasswordLinks(sql, clock());
    await deleteExpiredPaperCodes(sql, clock());
    await deleteExpiredOwnLinks(sql, clock());
    await deleteExpiredSignUps(sql, clock());
    await deleteUnseenRecipients(sql, clock());
    await deleteExpiredInvitations(sql, clock());
    await deleteUnusedSecretEnds(sql);
    await deleteOldReminders(sql, clock());
    while (!ended && (await eraseClosed(sql, clock(), eraseRows)) === eraseRows);
    await deleteOldDevices(sql, new Date(clock().getTime() - 400 * 86_400_000));
    await deleteOldSessionDetails(sql, new Date(clock().getTime() - 86_400_000));
    await deleteOldAttempts(sql, new Date(clock().getTime() - 86_400_000));
    // Includes codes of nodes that are not upgraded yet.
    await keyRecoveryCodes(sql, encryptionKey);
    await markTestPeople({ sql, encryptionKey, pinfls: testPeople, clock });
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
