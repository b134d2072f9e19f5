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

/** Gets the `event` of each record that is taken, for whoever measures (`node:diagnostics_channel`). */
export const recordChannel = 'dhp:audit.record';
const records = channel(recordChannel);

export interface AuditTrail {
  /**
   * Takes the event and returns at once. The request that is being served is answered when it is in the database, and with an error when it
   * cannot be written: nothing is acknowledged of which there is no record.
   */
  record(event: AuditEvent): void;
  /** Starts a unit of work: the changes and records of the current request are written together from now on, before it is answered. */
  beginUnitOfWork: () => void;
  /** Resolves when every event taken has been written. */
  close(): Promise<void>;
}

const retryAfter = 500;
/** Milliseconds for which a request waits to hear that a database which could not be reached is there again. */
const awayPatience = 2_000;

/**
 * @param onLost is told of events that could not be written. Events survive a restart of the database: they are written
 *   again until it answers, so an event may be there twice when the link broke during the commit. Whoever waits is told meanwhile that the
 *   database cannot be reached; there may be a record of what was then not handed out, never the other way round.
 */
export function openAuditTrail(sql: Sql, onLost: (error: unknown) => void): AuditTrail {
  const closing = new AbortController();
  /** Reject what requests wait for, of every event that is not written yet. */
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
        // Also those behind these in the queue: nobody shall wait until the database is back.
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
  /** @returns what rejects when it is not written now */
  function submit(event: AuditEvent): Promise<undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    waiting.add(reject);
    let timer: NodeJS.Timeout | undefined;
    if (away !== undefined) {
      // It may be there again, which the next attempt tells: tokens would be refused until the pause is over.
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
    void promise.catch(() => undefined).finally(() => clearTimeout(timer)); // nobody may be waiting
    return promise;
  }

  const submitAll = (events: readonly AuditEvent[]): void => {
    for (const event of events) void submit(event);
  };

  return {
    record(given) {
      if (records.hasSubscribers) records.publish(given.event);
      // It is written outside of its request: what is known of that is said now.
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
