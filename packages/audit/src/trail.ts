/** Writes the audit trail of decisions. The request that a decision answers waits for its record; those of one moment share a commit. */
import { channel } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { createBatcher, type Sql } from '@dhp/postgres';
import { isConnectionError } from '@dhp/postgres/errors';
import {
  beginUnitOfWork,
  callerAddress,
  correlationId,
  holdAnswer,
  unitOfWork,
  createUnitOfWork,
} from '@dhp/sso-kit/request';
import { insertAuditEvents, insertingAuditEvents, type AuditEvent } from './store/insert-events.ts';

/** Receives the `event` of each accepted record, for metrics (`node:diagnostics_channel`). */
export const recordChannel = 'dhp:audit.record';
const records = channel(recordChannel);

export interface AuditTrail {
  /**
   * Accepts the event and returns at once. The current request is answered when it is in the database, and with an error if it cannot be
   * written: nothing is acknowledged without a record.
   */
  record(event: AuditEvent): void;
  /** Starts a unit of work: the changes and records of the current request are written together from now on, before it is answered. */
  beginUnitOfWork: () => void;
  /** Resolves when every event taken has been written. */
  close(): Promise<void>;
}

const retryAfter = 500;
/** Milliseconds for which a request waits for an unreachable database to return. */
const awayPatience = 2_000;

/**
 * @param onLost called for events that could not be written. Events survive a restart of the database: they are written
 *   again until it answers, so an event may be there twice when the link broke during the commit. Waiting callers get the error meanwhile that the database cannot be reached; there may be a record of something that was then not issued, never the other way round.
 */
export function openAuditTrail(sql: Sql, onLost: (error: unknown) => void): AuditTrail {
  const closing = new AbortController();
  /** Rejects the waiting requests of all events that are not written yet. */
  const waiting = new Set<(error: unknown) => void>();
  /** Error of the last attempt while the database cannot be reached; undefined while it can. */
  let away: { error: unknown } | undefined;
  /** Ends the pause between two attempts to reach it. */
  let pause: AbortController | undefined;

  async function write(events: AuditEvent[]): Promise<undefined[]> {
    for (;;) {
      try {
        await insertAuditEvents(sql, events);
        away = undefined;
        return events.map(() => undefined);
      } catch (error) {
        away = undefined;
        if (!isConnectionError(error) || closing.signal.aborted) throw error;
        // Also those later in the queue: no request waits until the database is back.
        away = { error };
        for (const fail of waiting) fail(error);
        waiting.clear();
        pause = new AbortController();
        const signal = AbortSignal.any([closing.signal, pause.signal]);
        await delay(retryAfter, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  // Gathers the events of one turn of the event loop; otherwise the first would be written alone and the others would wait for it.
  const batcher = createBatcher<AuditEvent, undefined>({
    ...{ name: 'records of decisions', concurrency: 1, maxBatch: 1000, gather: true, run: write },
  });
  /** @returns a promise that rejects if it is not written in time */
  function submit(event: AuditEvent): Promise<undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    waiting.add(reject);
    let timer: NodeJS.Timeout | undefined;
    if (away !== undefined) {
      // It may be back, which the next attempt shows: otherwise tokens would be refused until the pause is over.
      timer = setTimeout(reject, awayPatience, away.error);
      pause?.abort();
    }
    batcher
      .submit(event)
      .then(resolve, (error: unknown) => {
        reject(error);
        onLost(error);
      })
      .finally(() => waiting.delete(reject));
    void promise.catch(() => undefined).finally(() => clearTimeout(timer)); // there may be no waiting caller
    return promise;
  }

  const submitAll = (events: readonly AuditEvent[]): void => {
    for (const event of events) void submit(event);
  };

  return {
    record(given) {
      if (records.hasSubscribers) records.publish(given.event);
      // It is written outside of its request: the data of the request are added now.
      const event = { correlationId: correlationId(), address: callerAddress(), ...given };
      const unit = unitOfWork();
      if (unit === undefined) holdAnswer(submit(event));
      else unit.record(event);
    },
    beginUnitOfWork: () =>
      beginUnitOfWork(createUnitOfWork(sql, { inserting: insertingAuditEvents, retry: submitAll })),
    close: () => {
      closing.abort();
      return batcher.close();
    },
  };
}
